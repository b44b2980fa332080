import Neural
import Tensors

extension SRDiffModel: NoisePredictor {
  /// What a slice contributes: `cond_proj` of the encoder's features, `[1, H, W, dim]`, shared by all its samples and steps.
  public struct Condition: Sendable {
    /// `[1, H, W, dim]` at the output's size.
    public let projected: Tensor

    /// - Parameter projected: `[1, H, W, dim]`.
    public init(projected: Tensor) { self.projected = projected }
  }

  /// The condition of one low-resolution slice.
  ///
  /// - Parameter lr: `[1, h, w, channels]` in [−1, 1], any size of at least 1×1 whose enlargement the predictor takes.
  public func encode(lr: Tensor) throws -> Condition {
    try check(lr, name: "lr")
    let execution = Execution(engine)
    return Condition(projected: predictor.projectedCondition(encoder(lr, in: execution).condition, in: execution))
  }

  /// The super-resolved image of the encoder's own head, `[n, scale·h, scale·w, channels]` in [−1, 1].
  public func encoderImage(lr: Tensor) throws -> Tensor {
    try check(lr, name: "lr")
    let execution = Execution(engine)
    return encoder.image(of: encoder(lr, in: execution), in: execution)
  }

  public func predictNoise(in noisy: Tensor, steps: [Int], conditions: [Condition], conditionIndex: [Int]) throws
    -> Tensor
  {
    try check(noisy, name: "x_t")
    try checkSides(noisy)
    guard steps.count == noisy.n, conditionIndex.count == noisy.n else {
      throw unsuitable(
        "batch",
        "\(noisy.n) items have \(steps.count) steps and \(conditionIndex.count) conditions. Give one of each per item.")
    }
    guard let first = conditions.first else { throw unsuitable("conditions", "there are none. Encode a slice first.") }
    for condition in conditions {
      let expected = [1, noisy.h, noisy.w, shape.dim]
      guard condition.projected.shape == expected else {
        throw unsuitable(
          "condition",
          "its shape is \(condition.projected.shape), expected \(expected). Encode the slice of this image.")
      }
    }
    guard conditionIndex.allSatisfy(conditions.indices.contains) else {
      throw unsuitable(
        "condition index",
        "\(conditionIndex) names a condition that is not among \(conditions.count). Number them from 0.")
    }
    let execution = Execution(engine)
    if conditions.count == 1 {
      return predictor(noisy, steps: steps, condition: first.projected, conditionIndex: conditionIndex, in: execution)
    }
    // Items under the same condition are run together; nothing an item meets depends on its company.
    let out = engine.tensor(n: noisy.n, h: noisy.h, w: noisy.w, c: noisy.c)
    var start = 0
    while start < noisy.n {
      var end = start + 1
      while end < noisy.n && conditionIndex[end] == conditionIndex[start] { end += 1 }
      let part = predictor(
        noisy.items(start..<end), steps: Array(steps[start..<end]),
        condition: conditions[conditionIndex[start]].projected,
        conditionIndex: Array(repeating: 0, count: end - start), in: execution)
      out.items(start..<end).copy(from: part)
      start = end
    }
    return out
  }

  private func unsuitable(_ subject: String, _ reason: String) -> NetworkError {
    NetworkError(code: .unsuitableInput, subject: subject, reason: reason)
  }

  private func check(_ image: Tensor, name: String) throws {
    guard image.c == shape.channels, image.pixels > 0 else {
      throw unsuitable(name, "its shape is \(image.shape), expected [n, h, w, \(shape.channels)] with pixels in it.")
    }
  }

  private func checkSides(_ image: Tensor) throws {
    let multiple = shape.sideMultiple
    let least = shape.leastSide
    guard image.h % multiple == 0, image.w % multiple == 0, image.h >= least, image.w >= least else {
      throw unsuitable(
        "x_t",
        "\(image.h)×\(image.w) pixels; each side must be a multiple of \(multiple) and at least \(least). Pad the image."
      )
    }
  }
}
