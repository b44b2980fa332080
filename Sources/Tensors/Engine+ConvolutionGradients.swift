import COpenBLAS

extension Engine {
  /// Adds the gradient with respect to a convolution's input to `destination`.
  ///
  /// - Parameters:
  ///   - gradient: with respect to the convolution's sums.
  ///   - adjoint: `geometry.adjoint` with `geometry.adjointWeight`, packed for this engine, without bias.
  public func addInputGradient(
    _ gradient: Tensor, of geometry: ConvolutionGeometry, adjoint: PackedConvolution, to destination: Tensor
  ) {
    let back = geometry.adjoint
    precondition(adjoint.geometry == back.geometry, "the adjoint of another convolution")
    if back.yieldsPadded {
      let padded = convolve(gradient, adjoint)
      addFolded(padded, padding: geometry.padding, edges: geometry.edges, to: destination)
    } else {
      convolve(gradient, adjoint, Epilogue(residual: .init(destination)), into: destination)
    }
  }

  /// The gradient with respect to a convolution's weight, in PyTorch's layout.
  ///
  /// - Parameters:
  ///   - input: what the convolution was given.
  ///   - gradient: with respect to its sums, contiguous.
  public func weightGradient(_ geometry: ConvolutionGeometry, input: Tensor, gradient: Tensor) -> [Float] {
    // A transposed convolution is the transpose of one that runs from its result to its input.
    let source = geometry.isTransposed ? gradient : input
    let target = geometry.isTransposed ? input : gradient
    let wide = padded(source, by: geometry.padding, edges: geometry.edges)
    let taps = geometry.kernel * geometry.kernel
    // sums[tap][source channel][target channel], each tap and range of channels summed by one thread over all pixels in order.
    let sums = zeros(n: taps, h: source.c, w: 1, c: target.c)
    let range = 64
    let ranges = (source.c + range - 1) / range
    concurrently(taps * ranges) { piece in
      let (tap, first) = (piece / ranges, piece % ranges * range)
      let (ky, kx) = (tap / geometry.kernel, tap % geometry.kernel)
      for item in 0..<target.n {
        for y in 0..<target.h {
          let from = ((item * wide.h + y * geometry.stride + ky) * wide.w + kx) * wide.c + first
          cob_multiply(
            1, 0, Int32(min(range, source.c - first)), Int32(target.c), Int32(target.w), 1, wide.pointer + from,
            Int32(geometry.stride * wide.c), target.pointer + (item * target.h + y) * target.w * target.pixelStride,
            Int32(target.pixelStride), 1, sums.pointer + (tap * source.c + first) * target.c, Int32(target.c))
        }
      }
    }
    return [Float](unsafeUninitializedCapacity: taps * source.c * target.c) { weight, count in
      for t in 0..<target.c {
        for s in 0..<source.c {
          for tap in 0..<taps {
            weight[(t * source.c + s) * taps + tap] = sums.pointer[(tap * source.c + s) * target.c + t]
          }
        }
      }
      count = taps * source.c * target.c
    }
  }
}
