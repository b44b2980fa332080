/// One run of a network: the engine that computes it and, where gradients are wanted, the tape that remembers it.
///
/// Layers take an execution and know nothing else about why they run: inference and training share every line.
public struct Execution: Sendable {
  public let engine: Engine
  public let tape: Tape?
  /// Where the time of each convolution is noted, if it is to be.
  public let profile: Profile?

  public init(_ engine: Engine, tape: Tape? = nil, profile: Profile? = nil) {
    self.engine = engine
    self.tape = tape
    self.profile = profile
  }

  /// mish(x), value by value.
  public func mish(_ x: Tensor) -> Tensor {
    let out = engine.mish(x)
    tape?.record(out) { gradients in
      guard gradients.wants(x) else { return }
      let back = engine.activationGradient(gradients[out], activation: .mish, scale: 1, preactivation: x)
      engine.add(back, to: gradients[x])
    }
    return out
  }

  /// scale · x + offset, value by value.
  public func scaled(_ x: Tensor, by scale: Float, plus offset: Float) -> Tensor {
    let out = engine.scaled(x, by: scale, plus: offset)
    tape?.record(out) { gradients in
      if gradients.wants(x) { engine.add(gradients[out], weight: scale, to: gradients[x]) }
    }
    return out
  }

  /// scale · clamp(x, range) + offset, value by value; where x lies outside, the gradient ends.
  public func clamped(_ x: Tensor, to range: ClosedRange<Float>, scale: Float = 1, offset: Float = 0) -> Tensor {
    let out = engine.clamped(x, to: range, scale: scale, offset: offset)
    tape?.record(out) { gradients in
      guard gradients.wants(x) else { return }
      let (from, to) = (gradients[out], gradients[x])
      for p in 0..<x.pixels {
        for c in 0..<x.c where range.contains(x.pointer[p * x.pixelStride + c]) {
          to.pointer[p * to.pixelStride + c] += scale * from.pointer[p * from.pixelStride + c]
        }
      }
    }
    return out
  }

  /// Each pixel repeated `factor` times both ways.
  public func enlargedByNearest(_ x: Tensor, factor: Int) -> Tensor {
    let out = engine.enlargedByNearest(x, factor: factor)
    tape?.record(out) { gradients in
      guard gradients.wants(x) else { return }
      let (from, to) = (gradients[out], gradients[x])
      engine.concurrently(x.n * x.h) { line in
        for row in 0..<factor {
          for column in 0..<out.w {
            let source = from.pointer + ((line * factor + row) * out.w + column) * from.pixelStride
            let target = to.pointer + (line * x.w + column / factor) * to.pixelStride
            engine.table.pointee.add_scaled(source, 1, target, Int32(x.c))
          }
        }
      }
    }
    return out
  }

  /// Copies `x` to `destination`, which has its shape.
  public func copy(_ x: Tensor, to destination: Tensor) {
    destination.copy(from: x)
    tape?.record(destination) { gradients in
      if gradients.wants(x) { engine.add(gradients[destination], to: gradients[x]) }
    }
  }
}
