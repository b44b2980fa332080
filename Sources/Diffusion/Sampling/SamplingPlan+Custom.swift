extension SamplingPlan {
  /// Where one step starts and where it goes, for a method of the caller's own.
  public struct Transition: Sendable, Hashable {
    /// t, 0…T − 1.
    public let step: Int
    /// The t of the step after it, which is smaller.
    public let nextStep: Int
    /// ᾱ of `step`, above 0 and below 1.
    public let cumulativeAlpha: Double
    /// ᾱ' of `nextStep`, larger.
    public let nextCumulativeAlpha: Double
  }

  /// What one step computes: x' = residual·r̂ + earlierResidual·r̂_before + noisy·x + deviation·z, with the clamped residual r̂ of
  /// `SamplingMethod`, that of the step before, and fresh noise z ~ N(0, I).
  public struct Coefficients: Sendable, Hashable {
    /// Of r̂, the clean residual as the network sees it now.
    public var residual: Double
    /// Of r̂ as it was seen one step before; 0 for methods that do not look back. At the first step there is none, and 0 stands in for r̂.
    public var earlierResidual: Double
    /// Of x_t.
    public var noisy: Double
    /// Of the fresh noise; 0 for none.
    public var deviation: Double

    /// - Parameters:
    ///   - residual: of r̂.
    ///   - earlierResidual: of r̂ one step before.
    ///   - noisy: of x_t.
    ///   - deviation: of fresh noise.
    public init(residual: Double, earlierResidual: Double = 0, noisy: Double, deviation: Double = 0) {
      self.residual = residual
      self.earlierResidual = earlierResidual
      self.noisy = noisy
      self.deviation = deviation
    }
  }

  /// A plan of the caller's own: which steps are visited, and what each computes. Anything that asks the network once per step and is linear
  /// in what it is given can be said so: other spacings, other noise, other multistep solvers.
  ///
  /// ```swift
  /// // Ancestral sampling with a tenth less noise (Ho et al. 2020, algorithm 2, z scaled by 0.9).
  /// let plan = try SamplingPlan(schedule: schedule, named: "cool", visiting: [99, 66, 33, 0]) { t in
  ///   let (alpha, next) = (t.cumulativeAlpha, t.nextCumulativeAlpha)
  ///   let beta = 1 - alpha / next
  ///   return .init(
  ///     residual: next.squareRoot() * beta / (1 - alpha), noisy: (1 - beta).squareRoot() * (1 - next) / (1 - alpha),
  ///     deviation: 0.9 * (beta * (1 - next) / (1 - alpha)).squareRoot())
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - schedule: of the model; `ModelConfiguration.schedule`.
  ///   - name: for people, and for the record of what was done.
  ///   - steps: t in the order in which they are taken: falling, in 0…T − 1, one or more. Sampling starts from pure noise at the first.
  ///   - coefficients: called for every step but the last, whose result is r̂ as it stands.
  /// - Throws: `SamplingError` for steps that do not fall or do not exist, or coefficients that are not finite.
  public init(
    schedule: NoiseSchedule, named name: String, visiting steps: [Int], coefficients: (Transition) -> Coefficients
  ) throws(SamplingError) {
    guard let first = steps.first, let last = steps.last, first < schedule.timesteps, last >= 0,
      zip(steps, steps.dropFirst()).allSatisfy({ $0 > $1 })
    else {
      throw SamplingError(
        .impossiblePlan, subject: name,
        reason: "its steps are \(steps); one or more, falling, from 0 to \(schedule.timesteps - 1) are possible.")
    }
    let alphas = schedule.cumulativeAlphas
    var updates: [Update] = []
    for (step, next) in zip(steps, steps.dropFirst()) {
      let values = coefficients(
        Transition(step: step, nextStep: next, cumulativeAlpha: alphas[step], nextCumulativeAlpha: alphas[next]))
      guard
        [values.residual, values.earlierResidual, values.noisy, values.deviation].allSatisfy(\.isFinite)
      else {
        throw SamplingError(
          .impossiblePlan, subject: name, reason: "its coefficients at step \(step) are not finite: \(values).")
      }
      updates.append(Update(step: step, cumulativeAlpha: alphas[step], values))
    }
    updates.append(Update(step: last, cumulativeAlpha: alphas[last], Coefficients(residual: 1, noisy: 0)))
    self.init(schedule: schedule, method: .custom(name), updates: updates)
  }
}

extension SamplingPlan.Update {
  init(step: Int, cumulativeAlpha alpha: Double, _ values: SamplingPlan.Coefficients) {
    self.init(
      step: step, signal: (1 / alpha).squareRoot(), noise: (1 / alpha - 1).squareRoot(), residual: values.residual,
      earlierResidual: values.earlierResidual, noisy: values.noisy, deviation: values.deviation)
  }
}
