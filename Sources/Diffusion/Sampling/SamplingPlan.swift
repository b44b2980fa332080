import Foundation

/// Which steps a sampling takes and what each of them computes; no state, no noise, no network.
public struct SamplingPlan: Sendable, Hashable {
  /// One step: x' = residual·r̂ + earlierResidual·r̂_before + noisy·x + deviation·z.
  public struct Update: Sendable, Hashable {
    /// t, as the network sees it and as the noise is keyed.
    public let step: Int
    /// √(1/ᾱ) and √(1/ᾱ − 1): r̂ = clamp(signal·x − noise·ε̂, −1, 1).
    let signal: Double
    let noise: Double
    package let residual: Double
    package let earlierResidual: Double
    package let noisy: Double
    package let deviation: Double
  }

  /// Of the model: how much noise each step holds.
  public let schedule: NoiseSchedule
  /// How a step goes.
  public let method: SamplingMethod
  /// Which of the T steps are visited; a plan of the caller's own says `uniform`, whatever it visits.
  public let spacing: StepSpacing
  /// In the order in which they are taken; t falls.
  public let updates: [Update]

  /// - Parameters:
  ///   - steps: how many steps to take, 1…`start` + 1; nil for all of them.
  ///   - start: the step whose x_t sampling starts from, 0…T − 1; nil for T − 1.
  /// - Throws: `SamplingError` naming what is out of range.
  public init(
    schedule: NoiseSchedule, method: SamplingMethod, steps: Int? = nil, spacing: StepSpacing = .uniform,
    from start: Int? = nil
  ) throws(SamplingError) {
    let start = start ?? schedule.timesteps - 1
    guard (0..<schedule.timesteps).contains(start) else {
      throw SamplingError(
        .impossiblePlan, subject: "step \(start)",
        reason: "the model's steps are 0 to \(schedule.timesteps - 1). Choose one of them to start from.")
    }
    let count = steps ?? start + 1
    guard (1...start + 1).contains(count) else {
      throw SamplingError(
        .impossiblePlan, subject: "\(count) steps",
        reason: "between 1 and \(start + 1) are possible from step \(start).")
    }
    if case .ddim(let eta) = method, !(eta >= 0 && eta <= 1) {
      throw SamplingError(
        .impossiblePlan, subject: "η = \(eta)", reason: "η goes from 0 (deterministic) to 1 (as much noise as ddpm).")
    }
    if case .custom(let name) = method {
      throw SamplingError(
        .impossiblePlan, subject: name,
        reason: "only its caller knows its steps. Make its plan with their coefficients.")
    }
    self.schedule = schedule
    self.method = method
    self.spacing = spacing
    let visited = Self.visited(count, from: start, schedule, spacing)
    updates = visited.indices.map { Self.update($0, visited, schedule, method) }
  }

  init(schedule: NoiseSchedule, method: SamplingMethod, updates: [Update]) {
    self.schedule = schedule
    self.method = method
    spacing = .uniform
    self.updates = updates
  }

  /// The steps t in the order in which they are taken.
  public var steps: [Int] { updates.map(\.step) }

  /// Whether any step adds noise.
  public var isDeterministic: Bool { updates.allSatisfy { $0.deviation == 0 } }

  /// The step of this plan that is nearest to `step`, the later one of two.
  public func step(nearest step: Int) -> Int {
    updates.map(\.step).min { (abs($0 - step), -$0) < (abs($1 - step), -$1) } ?? 0
  }

  /// `count` falling steps from `start` to 0. A single one is `start` itself.
  private static func visited(
    _ count: Int, from start: Int, _ schedule: NoiseSchedule, _ spacing: StepSpacing
  ) -> [Int] {
    guard count > 1 else { return [start] }
    guard count <= start else { return Array((0...start).reversed()) }
    let last = count - 1
    switch spacing {
    case .uniform:
      return (0..<count).map { Int((Double(start) * Double(last - $0) / Double(last)).rounded()) }
    case .logSNR:
      let lambdas = (0...start).map(schedule.logSignalToNoise)
      var previous = start + 1
      return (0..<count).map { k in
        let target = lambdas[start] + (lambdas[0] - lambdas[start]) * Double(k) / Double(last)
        let nearest = lambdas.indices.min { abs(lambdas[$0] - target) < abs(lambdas[$1] - target) } ?? 0
        // Neighbouring targets may meet in one step: move on, but leave room for those to come.
        previous = max(min(nearest, previous - 1), last - k)
        return previous
      }
    }
  }

  private static func update(
    _ index: Int, _ visited: [Int], _ schedule: NoiseSchedule, _ method: SamplingMethod
  ) -> Update {
    let step = visited[index]
    let alpha = schedule.cumulativeAlphas[step]
    let isLast = index == visited.count - 1
    let next = isLast ? 1 : schedule.cumulativeAlphas[visited[index + 1]]
    func update(residual: Double, earlier: Double = 0, noisy: Double, deviation: Double) -> Update {
      Update(
        step: step, cumulativeAlpha: alpha,
        Coefficients(residual: residual, earlierResidual: earlier, noisy: noisy, deviation: deviation))
    }
    if isLast { return update(residual: 1, noisy: 0, deviation: 0) }
    switch method {
    case .ddpm:
      let beta = 1 - alpha / next
      return update(
        residual: next.squareRoot() * beta / (1 - alpha), noisy: (1 - beta).squareRoot() * (1 - next) / (1 - alpha),
        deviation: (beta * (1 - next) / (1 - alpha)).squareRoot())
    case .ddim(let eta):
      let deviation = eta * ((1 - next) / (1 - alpha)).squareRoot() * (1 - alpha / next).squareRoot()
      let direction = max(1 - next - deviation * deviation, 0).squareRoot()
      // ε = (x − √ᾱ·r̂)/√(1 − ᾱ), put into the equation.
      let noisy = direction / (1 - alpha).squareRoot()
      return update(residual: next.squareRoot() - noisy * alpha.squareRoot(), noisy: noisy, deviation: deviation)
    case .dpmpp2m, .sdedpmpp2m:
      let lambda = schedule.logSignalToNoise(step)
      let h = schedule.logSignalToNoise(visited[index + 1]) - lambda
      var half = 0.0
      if index > 0 {
        let before = lambda - schedule.logSignalToNoise(visited[index - 1])
        half = 0.5 * h / before
      }
      let isStochastic = method == .sdedpmpp2m
      let whole = -next.squareRoot() * expm1(isStochastic ? -2 * h : -h)
      return update(
        residual: whole * (1 + half), earlier: -whole * half,
        noisy: ((1 - next) / (1 - alpha)).squareRoot() * (isStochastic ? exp(-h) : 1),
        deviation: isStochastic ? ((1 - next) * -expm1(-2 * h)).squareRoot() : 0)
    case .custom: preconditionFailure("refused by init")
    }
  }
}
