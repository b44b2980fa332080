import Tensors

/// One batch on its way from noise to residuals, advanced step by step; whoever holds it owns progress and cancellation.
///
/// ```swift
/// let sampler = try Sampler(of: model, plan: plan, conditions: [condition], conditionIndex: [0, 0], noise: noise,
///   height: 256, width: 256, channels: 1)
/// while let step = try sampler.next() { report(step) }
/// use(sampler.state)
/// ```
///
/// An item's result depends on its condition and its noise alone, not on the rest of the batch. A step that throws leaves everything as
/// it was, so that it can be tried again.
public final class Sampler<Predictor: NoisePredictor> {
  /// Writes one item's noise, N(0, I), `[height, width, channels]`: for item `item` of the batch, for the reverse step `step` = t, or T for
  /// what sampling starts from.
  public typealias Noise = (_ destination: UnsafeMutablePointer<Float>, _ item: Int, _ step: Int) throws -> Void

  /// The steps, and what each computes.
  public let plan: SamplingPlan
  /// What predicts ε.
  public let predictor: Predictor
  /// One per slice.
  public let conditions: [Predictor.Condition]
  /// Which condition each item is under.
  public let conditionIndex: [Int]
  package let noise: Noise
  /// x_t at `nextStep`, or the residuals in [−1, 1] when done; `[items, height, width, channels]`. Changed in place by `next()`.
  public let state: Tensor
  /// r̂ of the step before, for methods that look back.
  let earlier: Tensor?
  /// How many steps of the plan are done.
  public internal(set) var stepsDone = 0

  /// Starts from the given x_t at the plan's first step.
  ///
  /// - Parameter start: x_t, `[items, height, width, channels]`; it is copied.
  /// - Precondition: one valid condition index per item.
  public init(
    of predictor: Predictor, plan: SamplingPlan, conditions: [Predictor.Condition], conditionIndex: [Int],
    from start: Tensor, noise: @escaping Noise
  ) {
    precondition(
      conditionIndex.count == start.n && conditionIndex.allSatisfy(conditions.indices.contains),
      "condition indices \(conditionIndex) for \(start.n) items and \(conditions.count) conditions")
    self.predictor = predictor
    self.plan = plan
    self.conditions = conditions
    self.conditionIndex = conditionIndex
    self.noise = noise
    state = Tensor(n: start.n, h: start.h, w: start.w, c: start.c)
    state.copy(from: start)
    if plan.updates.contains(where: { $0.earlierResidual != 0 }) {
      let tensor = Tensor(n: start.n, h: start.h, w: start.w, c: start.c)
      tensor.fill(0)
      earlier = tensor
    } else {
      earlier = nil
    }
  }

  /// Starts from pure noise, that of step T.
  public convenience init(
    of predictor: Predictor, plan: SamplingPlan, conditions: [Predictor.Condition], conditionIndex: [Int],
    noise: @escaping Noise, height: Int, width: Int, channels: Int
  ) throws {
    let start = Tensor(n: conditionIndex.count, h: height, w: width, c: channels)
    for item in 0..<start.n { try noise(start.items(item..<item + 1).pointer, item, plan.schedule.timesteps) }
    self.init(
      of: predictor, plan: plan, conditions: conditions, conditionIndex: conditionIndex, from: start, noise: noise)
  }

  /// The step t that `state` stands at; nil when done.
  public var nextStep: Int? { stepsDone < plan.updates.count ? plan.updates[stepsDone].step : nil }

  /// Takes one step.
  /// - Returns: the t it was taken at; nil when there was none left.
  /// - Throws: what the predictor and the noise throw; `SamplingError` when values stop being finite.
  @discardableResult public func next() throws -> Int? {
    guard stepsDone < plan.updates.count else { return nil }
    let update = plan.updates[stepsDone]
    let predicted = try predictor.predictNoise(
      in: state, steps: [Int](repeating: update.step, count: state.n), conditions: conditions,
      conditionIndex: conditionIndex)
    precondition(predicted.shape == state.shape && predicted.isContiguous, "a predictor keeps the shape")
    var fresh: Tensor?
    if update.deviation != 0 {
      let tensor = Tensor(n: state.n, h: state.h, w: state.w, c: state.c)
      for item in 0..<state.n { try noise(tensor.items(item..<item + 1).pointer, item, update.step) }
      fresh = tensor
    }
    guard predicted.isFinite else {
      throw SamplingError(
        .diverged, subject: "step \(update.step)",
        reason: "the network gave values that are not finite. The model file may be damaged or of another kind.")
    }
    update.apply(to: state, predicted: predicted, earlier: earlier, fresh: fresh)
    stepsDone += 1
    return update.step
  }

  /// Takes all remaining steps.
  /// - Returns: the residuals in [−1, 1].
  public func finished() throws -> Tensor {
    while try next() != nil {}
    return state
  }
}

extension SamplingPlan.Update {
  /// The step's arithmetic, in Double, one element like the other, so that its order cannot matter.
  func apply(to state: Tensor, predicted: Tensor, earlier: Tensor?, fresh: Tensor?) {
    let count = state.count
    let x = state.pointer
    let e = predicted.pointer
    // One branch per kind of method: a coefficient of zero would still cost, and turn −0 into 0.
    switch (earlier?.pointer, fresh?.pointer) {
    case (let before?, let z?):
      for i in 0..<count {
        let old = Double(x[i])
        let clean = min(max(signal * old - noise * Double(e[i]), -1), 1)
        x[i] = Float(residual * clean + earlierResidual * Double(before[i]) + noisy * old + deviation * Double(z[i]))
        before[i] = Float(clean)
      }
    case (let before?, nil):
      for i in 0..<count {
        let old = Double(x[i])
        let clean = min(max(signal * old - noise * Double(e[i]), -1), 1)
        x[i] = Float(residual * clean + earlierResidual * Double(before[i]) + noisy * old)
        before[i] = Float(clean)
      }
    case (nil, let z?):
      for i in 0..<count {
        let old = Double(x[i])
        let clean = min(max(signal * old - noise * Double(e[i]), -1), 1)
        x[i] = Float(residual * clean + noisy * old + deviation * Double(z[i]))
      }
    case (nil, nil):
      for i in 0..<count {
        let old = Double(x[i])
        let clean = min(max(signal * old - noise * Double(e[i]), -1), 1)
        x[i] = Float(residual * clean + noisy * old)
      }
    }
  }
}

extension Tensor {
  /// Whether every value of a contiguous tensor is finite.
  fileprivate var isFinite: Bool {
    var poison: Float = 0
    let pointer = pointer
    for i in 0..<count { poison += pointer[i] * 0 }
    return poison == 0
  }
}
