import CKernels
import COpenBLAS

/// The pieces that backward passes are made of. All of them share out work in ways that do not depend on the number of threads, and sum in a
/// fixed order, so that a training step has the same bytes for any number of threads.
extension Engine {
  /// A contiguous tensor of zeros in recycled memory.
  public func zeros(n: Int, h: Int, w: Int, c: Int) -> Tensor {
    let out = tensor(n: n, h: h, w: w, c: c)
    out.fill(0)
    return out
  }

  /// `out += weight · x`, both of one shape.
  public func add(_ x: Tensor, weight: Float = 1, to out: Tensor) {
    precondition(x.shape == out.shape, "\(x.shape) does not add to \(out.shape)")
    concurrently(x.n * x.h) { line in
      if x.isContiguous && out.isContiguous {
        table.pointee.add_scaled(
          x.pointer + line * x.w * x.c, weight, out.pointer + line * x.w * x.c, Int32(x.w * x.c))
      } else {
        for p in line * x.w..<(line + 1) * x.w {
          table.pointee.add_scaled(x.pointer + p * x.pixelStride, weight, out.pointer + p * out.pixelStride, Int32(x.c))
        }
      }
    }
  }

  /// `scale · activation′(z) · gradient`, contiguous. `z` may be nil where the activation is linear.
  public func activationGradient(
    _ gradient: Tensor, activation: Epilogue.Activation, scale: Float, preactivation z: Tensor?
  ) -> Tensor {
    let out = tensor(n: gradient.n, h: gradient.h, w: gradient.w, c: gradient.c)
    var kind = Int32(CK_LINEAR)
    var slope: Float = 0
    switch activation {
    case .linear: break
    case .mish: kind = Int32(CK_MISH)
    case .leaky(let s):
      kind = Int32(CK_LEAKY)
      slope = s
    }
    precondition(kind == CK_LINEAR || z?.shape == gradient.shape, "an activation's slope needs what went into it")
    let (code, leak) = (kind, slope)
    concurrently(gradient.n * gradient.h) { line in
      for p in line * gradient.w..<(line + 1) * gradient.w {
        let from = gradient.pointer + p * gradient.pixelStride
        let before = z.map { $0.pointer + p * $0.pixelStride } ?? from
        table.pointee.activation_gradient(
          before, from, out.pointer + p * out.c, Int32(out.c), code, leak, scale)
      }
    }
    return out
  }

  /// Sums over the pixels of each item, `[n, 1, 1, c]`.
  public func pixelSums(_ x: Tensor) -> Tensor {
    let lines = zeros(n: x.n, h: x.h, w: 1, c: x.c)
    concurrently(x.n * x.h) { line in
      let to = lines.pointer + line * x.c
      for p in line * x.w..<(line + 1) * x.w {
        table.pointee.add_scaled(x.pointer + p * x.pixelStride, 1, to, Int32(x.c))
      }
    }
    let out = zeros(n: x.n, h: 1, w: 1, c: x.c)
    for item in 0..<x.n {
      for line in 0..<x.h {
        table.pointee.add_scaled(lines.pointer + (item * x.h + line) * x.c, 1, out.pointer + item * x.c, Int32(x.c))
      }
    }
    return out
  }

  /// The sum over all pixels of all items, c values.
  public func channelSums(_ x: Tensor) -> [Float] {
    let sums = pixelSums(x)
    var total = [Float](repeating: 0, count: x.c)
    for item in 0..<x.n { for c in 0..<x.c { total[c] += sums.pointer[item * x.c + c] } }
    return total
  }

  /// `x` with `padding` pixels on each side, as `edges` says.
  func padded(_ x: Tensor, by padding: Int, edges: ConvolutionGeometry.Edges) -> Tensor {
    let out = tensor(n: x.n, h: x.h + 2 * padding, w: x.w + 2 * padding, c: x.c)
    concurrently(out.n * out.h) { line in
      let (item, row) = (line / out.h, line % out.h)
      let y = Self.source(row - padding, x.h, edges)
      for column in 0..<out.w {
        let to = out.pointer + (line * out.w + column) * x.c
        if let y, let xx = Self.source(column - padding, x.w, edges) {
          to.update(from: x.pointer + ((item * x.h + y) * x.w + xx) * x.pixelStride, count: x.c)
        } else {
          to.update(repeating: 0, count: x.c)
        }
      }
    }
    return out
  }

  /// Adds a padded gradient to `out`: each padded pixel to the pixel it was taken from. Rows and columns beyond the padding are ignored.
  func addFolded(_ x: Tensor, padding: Int, edges: ConvolutionGeometry.Edges, to out: Tensor) {
    concurrently(out.n) { item in
      for row in 0..<min(x.h, out.h + 2 * padding) {
        guard let y = Self.source(row - padding, out.h, edges) else { continue }
        for column in 0..<min(x.w, out.w + 2 * padding) {
          guard let xx = Self.source(column - padding, out.w, edges) else { continue }
          table.pointee.add_scaled(
            x.pointer + ((item * x.h + row) * x.w + column) * x.pixelStride, 1,
            out.pointer + ((item * out.h + y) * out.w + xx) * out.pixelStride, Int32(out.c))
        }
      }
    }
  }

  private static func source(_ i: Int, _ size: Int, _ edges: ConvolutionGeometry.Edges) -> Int? {
    if i >= 0 && i < size { return i }
    return edges == .zero ? nil : i < 0 ? -i : 2 * (size - 1) - i
  }
}
