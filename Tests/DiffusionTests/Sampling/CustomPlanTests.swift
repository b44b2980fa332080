import Diffusion
import Foundation
import Testing

/// Plans of the caller's own, against those that are built in.
@Suite struct CustomPlanTests {
  let schedule = NoiseSchedule(cosine: 100)

  /// SDE-DPM-Solver++(2M) from its equations: it looks back, and its caller may keep what it needs for that.
  @Test func aMultistepSolverCanBeSaid() throws {
    let built = try SamplingPlan(schedule: schedule, method: .sdedpmpp2m, steps: 9)
    var before: Double?
    let own = try SamplingPlan(schedule: schedule, named: "mine", visiting: built.steps) { t in
      func lambda(_ alpha: Double) -> Double { 0.5 * log(alpha / (1 - alpha)) }
      let (alpha, next) = (t.cumulativeAlpha, t.nextCumulativeAlpha)
      let h = lambda(next) - lambda(alpha)
      let half = before.map { 0.5 * h / $0 } ?? 0
      before = h
      let whole = next.squareRoot() * (1 - exp(-2 * h))
      return .init(
        residual: whole * (1 + half), earlierResidual: -whole * half,
        noisy: ((1 - next) / (1 - alpha)).squareRoot() * exp(-h),
        deviation: ((1 - next) * (1 - exp(-2 * h))).squareRoot())
    }
    #expect(own.steps == built.steps && own.method.name == "custom, mine" && !own.isDeterministic)
    for (a, b) in zip(own.updates, built.updates) {
      #expect(abs(a.residual - b.residual) < 1e-9 && abs(a.noisy - b.noisy) < 1e-9)
      #expect(abs(a.deviation - b.deviation) < 1e-9 && abs(a.earlierResidual - b.earlierResidual) < 1e-9)
    }
  }

  @Test(arguments: [[], [100], [50, 50], [10, 20], [5, -1]]) func impossibleSteps(_ steps: [Int]) {
    #expect(throws: SamplingError.self) {
      try SamplingPlan(schedule: schedule, named: "mine", visiting: steps) { _ in .init(residual: 1, noisy: 0) }
    }
  }

  @Test func coefficientsAreNumbers() {
    #expect(throws: SamplingError.self) {
      try SamplingPlan(schedule: schedule, named: "mine", visiting: [9, 0]) { _ in .init(residual: .nan, noisy: 0) }
    }
    #expect(throws: SamplingError.self) { try SamplingPlan(schedule: schedule, method: .custom("mine")) }
  }
}
