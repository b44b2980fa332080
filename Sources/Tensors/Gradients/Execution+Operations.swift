/// The operations of a network, recorded where there is a tape.
extension Execution {
  /// A convolution with everything that follows it; see `Engine.convolve`.
  ///
  /// - Parameters:
  ///   - weights: packed for this engine.
  ///   - parameters: what `weights` were packed from, and where its gradients belong.
  @discardableResult
  public func convolve(
    _ input: Tensor, _ weights: PackedConvolution, parameters: ConvolutionParameters, _ epilogue: Epilogue = Epilogue(),
    into destination: Tensor? = nil
  ) -> Tensor {
    guard let tape else {
      guard let profile else { return self.engine.convolve(input, weights, epilogue, into: destination) }
      return profile.measure(weights, input: input, epilogue: epilogue) {
        self.engine.convolve(input, weights, epilogue, into: destination)
      }
    }
    let geometry = weights.geometry
    let out =
      destination
      ?? engine.tensor(
        n: input.n, h: geometry.outputSide(input.h), w: geometry.outputSide(input.w), c: geometry.outputs)
    let saved: Tensor?
    let preactivation: Tensor?
    switch epilogue.activation {
    case .linear: (saved, preactivation) = (nil, nil)
    case .leaky where epilogue.keepsSign: (saved, preactivation) = (out, nil)
    case .leaky, .mish:
      let z = engine.tensor(n: out.n, h: out.h, w: out.w, c: out.c)
      (saved, preactivation) = (z, z)
    }
    engine.convolve(input, weights, epilogue, into: out, preactivation: preactivation)
    let engine = engine
    tape.record(out) { tape in
      let dz = engine.epilogueGradient(epilogue, out: out, saved: saved, bias: parameters.biasKey, tape: tape)
      engine.convolutionGradient(
        input, weights, weight: parameters.weight, dz: dz,
        intoInput: tape.isTracked(input) ? tape.gradient(of: input) : nil,
        intoWeight: tape.gradient(of: parameters.weightKey, count: parameters.weight.count))
    }
    return out
  }

  /// mish(x), value by value.
  public func mish(_ x: Tensor) -> Tensor {
    let out = engine.mish(x)
    guard let tape, tape.isTracked(x) else { return out }
    let engine = engine
    tape.record(out) { tape in engine.addMishGradient(x, dout: tape.gradient(of: out), to: tape.gradient(of: x)) }
    return out
  }

  /// Each pixel repeated `factor` times both ways.
  public func enlargedByNearest(_ x: Tensor, factor: Int) -> Tensor {
    let out = engine.enlargedByNearest(x, factor: factor)
    guard let tape, tape.isTracked(x) else { return out }
    let engine = engine
    tape.record(out) { tape in
      engine.addNearestGradient(tape.gradient(of: out), factor: factor, to: tape.gradient(of: x))
    }
    return out
  }

  /// scale · clamp(x, lower, upper) + offset, value by value; the gradient is zero outside the range and `scale` within, bounds included.
  public func clamped(_ x: Tensor, to range: ClosedRange<Float>, scale: Float = 1, offset: Float = 0) -> Tensor {
    let out = engine.clamped(x, to: range, scale: scale, offset: offset)
    guard let tape, tape.isTracked(x) else { return out }
    let engine = engine
    tape.record(out) { tape in
      engine.addClampGradient(x, range: range, scale: scale, dout: tape.gradient(of: out), to: tape.gradient(of: x))
    }
    return out
  }

  /// scale · x + offset, value by value.
  public func scaled(_ x: Tensor, by scale: Float, plus offset: Float) -> Tensor {
    clamped(x, to: -.infinity ... .infinity, scale: scale, offset: offset)
  }

  /// Writes the values of `x` to `destination`, which has its shape.
  public func copy(_ x: Tensor, into destination: Tensor) {
    destination.copy(from: x)
    guard let tape, tape.isTracked(x) else { return }
    let engine = engine
    tape.record(destination) { tape in
      engine.add(tape.gradient(of: destination), to: tape.gradient(of: x))
    }
  }
}

/// What a packed convolution was packed from, and where its gradients belong.
public struct ConvolutionParameters: Sendable {
  /// In PyTorch's layout.
  public let weight: [Float]
  /// Under which the weight's gradient is kept.
  public let weightKey: GradientKey
  /// Under which the bias' gradient is kept.
  public let biasKey: GradientKey

  /// Packed weights, and where their gradients go.
  public init(weight: [Float], weightKey: GradientKey, biasKey: GradientKey) {
    self.weight = weight
    self.weightKey = weightKey
    self.biasKey = biasKey
  }
}

extension Epilogue {
  /// Whether the result has the sign of the convolution's sum, so that it says which side of a leaky activation was taken.
  fileprivate var keepsSign: Bool {
    guard case .leaky(let slope) = activation else { return false }
    return slope > 0 && scale > 0 && shift == nil && residual == nil && secondResidual == nil
  }
}
