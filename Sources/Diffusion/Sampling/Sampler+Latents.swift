import Tensors

extension NoiseSchedule {
  /// Forward diffusion: x_t = √ᾱ_t · r + √(1 − ᾱ_t) · ε, of every value.
  ///
  /// - Parameters:
  ///   - residual: r, `[items, height, width, channels]`, contiguous.
  ///   - step: t, 0…T − 1.
  ///   - noise: ε of the same shape.
  public func noised(_ residual: Tensor, to step: Int, with noise: Tensor) -> Tensor {
    precondition(residual.shape == noise.shape && residual.isContiguous && noise.isContiguous, "the same shape")
    let signal = cumulativeAlphas[step].squareRoot()
    let deviation = (1 - cumulativeAlphas[step]).squareRoot()
    let result = Tensor(n: residual.n, h: residual.h, w: residual.w, c: residual.c)
    let (r, e, x) = (residual.pointer, noise.pointer, result.pointer)
    for i in 0..<result.count { x[i] = Float(signal * Double(r[i]) + deviation * Double(e[i])) }
    return result
  }
}

extension Sampler {
  /// Takes the steps that come before `step`, so that `state` is x_t at it.
  /// - Precondition: the plan visits `step` and has not passed it; `SamplingPlan.step(nearest:)` finds one that it visits.
  public func advance(to step: Int) throws {
    precondition(plan.updates[stepsDone...].contains { $0.step == step }, "step \(step) is not ahead")
    while let next = nextStep, next > step { try self.next() }
  }

  /// Content fusion (Li et al., SRDiff, section on extensions): the residual of a composite is noised to the plan's first step and
  /// denoised under the condition of the image that the composite shall agree with.
  ///
  /// - Parameters:
  ///   - composite: r of one image with a region of another pasted in, against the base of the first, `[1, height, width, channels]`.
  ///   - condition: of the first image.
  ///   - plan: starts at the step to noise to.
  ///   - noise: its step T noises the composite, the others are those of the reverse steps.
  public static func fusing(
    _ composite: Tensor, under condition: Predictor.Condition, with predictor: Predictor, plan: SamplingPlan,
    noise: @escaping Noise
  ) throws -> Sampler {
    precondition(composite.n == 1, "one composite at a time")
    let fresh = Tensor(n: 1, h: composite.h, w: composite.w, c: composite.c)
    try noise(fresh.pointer, 0, plan.schedule.timesteps)
    let start = plan.schedule.noised(composite, to: plan.steps[0], with: fresh)
    return Sampler(
      of: predictor, plan: plan, conditions: [condition], conditionIndex: [0], from: start, noise: noise)
  }

  /// Latent interpolation: x̄_t = λ·x_t + (1 − λ)·x′_t, to be denoised further.
  ///
  /// The noise of the remaining steps is mixed as (λ·z + (1 − λ)·z′)/√(λ² + (1 − λ)²), which keeps it N(0, I). λ = 1 goes on exactly as
  /// this sampler would, λ = 0 exactly as the other, to the bit. Neither is changed.
  ///
  /// - Parameters:
  ///   - other: a sampler of the same plan at the same step, over as many items.
  ///   - weight: λ, any finite number; usually 0…1.
  public func interpolated(with other: Sampler, weight: Double) -> Sampler {
    precondition(weight.isFinite, "a finite weight")
    precondition(
      plan == other.plan && stepsDone == other.stepsDone && state.shape == other.state.shape
        && conditionIndex == other.conditionIndex,
      "samplers of the same plan, at the same step, over the same items")
    let (first, second) = (noise, other.noise)
    let norm = (weight * weight + (1 - weight) * (1 - weight)).squareRoot()
    let size = state.h * state.w * state.c
    let mixed: Noise = { destination, item, step in
      if weight == 0 { return try second(destination, item, step) }
      try first(destination, item, step)
      if weight == 1 { return }
      try withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { buffer in
        guard let pointer = buffer.baseAddress else { return }
        try second(pointer, item, step)
        mix(destination, pointer, into: destination, count: size, weight / norm, (1 - weight) / norm)
      }
    }
    let result = Sampler(
      of: predictor, plan: plan, conditions: conditions, conditionIndex: conditionIndex, from: state, noise: mixed)
    result.stepsDone = stepsDone
    mix(
      state.pointer, other.state.pointer, into: result.state.pointer, count: state.count, weight, 1 - weight)
    if let mine = earlier, let theirs = other.earlier, let target = result.earlier {
      mix(mine.pointer, theirs.pointer, into: target.pointer, count: mine.count, weight, 1 - weight)
    }
    return result
  }
}

/// target = a·first + b·second; an exact copy where one of the weights is 0 and the other 1.
private func mix(
  _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, count: Int,
  _ a: Double, _ b: Double
) {
  if a == 1, b == 0 {
    for i in 0..<count { target[i] = first[i] }
  } else if a == 0, b == 1 {
    for i in 0..<count { target[i] = second[i] }
  } else {
    for i in 0..<count { target[i] = Float(a * Double(first[i]) + b * Double(second[i])) }
  }
}
