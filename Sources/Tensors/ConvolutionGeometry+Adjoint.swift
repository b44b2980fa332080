extension ConvolutionGeometry {
  /// The operation that carries a gradient from the result back to the input, up to its border: it yields the gradient of the padded input where
  /// `yieldsPadded`, else of the input itself.
  package struct Adjoint {
    package let geometry: ConvolutionGeometry
    package let yieldsPadded: Bool
    /// Whether the weight's first two extents change places and its taps turn round.
    package let turnsWeight: Bool
  }

  package var adjoint: Adjoint {
    if isTransposed {
      let back = ConvolutionGeometry.convolution(outputs, to: inputs, kernel: kernel, stride: stride, padding: padding)
      return Adjoint(geometry: back, yieldsPadded: false, turnsWeight: false)
    }
    if stride == 1 {
      // Zeros absorb what falls on the border; a mirror gives it back, so there the padded gradient is needed whole.
      let isFull = edges == .reflection && padding > 0
      let back = ConvolutionGeometry.convolution(
        outputs, to: inputs, kernel: kernel, padding: isFull ? kernel - 1 : kernel - 1 - padding)
      return Adjoint(geometry: back, yieldsPadded: isFull, turnsWeight: true)
    }
    // P[s·o + k] += dZ[o] · W[k]: a transposed convolution without padding, one grid place longer than its input.
    let back = ConvolutionGeometry(
      inputs: outputs, outputs: inputs, kernel: kernel, stride: stride, padding: 0, edges: .zero, isTransposed: true,
      excess: (kernel - 1) / stride)
    return Adjoint(geometry: back, yieldsPadded: true, turnsWeight: false)
  }

  /// `weight` for `adjoint.geometry`.
  package func adjointWeight(_ weight: [Float]) -> [Float] {
    guard adjoint.turnsWeight else { return weight }
    let area = kernel * kernel
    return [Float](unsafeUninitializedCapacity: weight.count) { turned, count in
      for o in 0..<outputs {
        for i in 0..<inputs {
          for tap in 0..<area {
            turned[(i * outputs + o) * area + area - 1 - tap] = weight[(o * inputs + i) * area + tap]
          }
        }
      }
      count = weight.count
    }
  }
}
