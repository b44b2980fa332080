import Diffusion
import Foundation
import Neural
import Tensors
import Testing

/// The golden trajectories of sampler_reference.py: data, noise and x after each of ten steps.
private struct Golden {
  let file: SafetensorsFile
  let condition: GaussianPredictor.Condition
  let noise: [Int: [Float]]

  init() throws {
    file = try SafetensorsFile(contentsOf: TinyModel.url("samplers"))
    condition = .init(mean: try file.floats("mean"), deviation: try file.floats("deviation"))
    let all = try file.floats("noise")
    let size = all.count / 11
    let keys = [99, 88, 77, 66, 55, 44, 33, 22, 11, 0, 100]
    noise = Dictionary(
      uniqueKeysWithValues: keys.enumerated().map { ($1, Array(all[$0 * size..<($0 + 1) * size])) })
  }

  func sampler(_ plan: SamplingPlan) throws -> Sampler<GaussianPredictor> {
    let half = condition.mean.count / 2
    let conditions = [0, 1].map { item in
      GaussianPredictor.Condition(
        mean: Array(condition.mean[item * half..<(item + 1) * half]),
        deviation: Array(condition.deviation[item * half..<(item + 1) * half]))
    }
    return try Sampler(
      of: GaussianPredictor(schedule: plan.schedule), plan: plan, conditions: conditions, conditionIndex: [0, 1],
      noise: { destination, item, step in
        for i in 0..<half { destination[i] = noise[step]![item * half + i] }
      }, height: 5, width: 7, channels: 1)
  }
}

/// Noise from a field, one sample per item.
private func fieldNoise(_ size: Int, seed: UInt64 = 1) -> (UnsafeMutablePointer<Float>, Int, Int) -> Void {
  let field = NoiseField(seed: seed)
  return { field.fill($0, rows: 0..<1, columns: 0..<size, sample: $1, slice: 0, step: $2) }
}

@Suite struct SamplerTests {
  @Test(arguments: [
    ("ddpm", SamplingMethod.ddpm), ("ddim0", .ddim(eta: 0)), ("ddim05", .ddim(eta: 0.5)), ("ddim1", .ddim(eta: 1)),
    ("dpmpp2m", .dpmpp2m), ("sdedpmpp2m", .sdedpmpp2m),
  ])
  func trajectoriesMatchTheReference(_ name: String, _ method: SamplingMethod) throws {
    let golden = try Golden()
    let plan = try SamplingPlan(schedule: NoiseSchedule(cosine: 100), method: method, steps: 10)
    let sampler = try golden.sampler(plan)
    let expected = try golden.file.floats(name)
    let size = sampler.state.count
    var index = 0
    while let step = try sampler.next() {
      #expect(step == plan.steps[index])
      let found = sampler.state.flat
      let worst = (0..<size).map { abs(found[$0] - expected[index * size + $0]) }.max() ?? 1
      // Noise predictions are rounded to Float32, which √(1/ᾱ) = 2029 enlarges at the first step.
      #expect(worst < 5e-5, "\(name) after step \(step)")
      index += 1
    }
    #expect(index == 10 && sampler.nextStep == nil && sampler.stepsDone == 10)
    #expect(sampler.state.flat.contains { abs($0) == 1 } || name != "ddim1", "the clamp is part of the test")
  }

  /// With all T steps, respaced ancestral sampling is the published one, coefficient for coefficient.
  @Test func allStepsAreThePublishedOnes() throws {
    let schedule = NoiseSchedule(cosine: 100)
    let plan = try SamplingPlan(schedule: schedule, method: .ddpm)
    #expect(plan.steps == Array((0..<100).reversed()))
    for update in plan.updates {
      let (c1, c2) = schedule.posteriorMeanCoefficients(update.step)
      #expect(abs(update.residual - c1) <= 1e-9 * c1 && abs(update.noisy - c2) <= 1e-9)
      let variance = schedule.posteriorVariance(update.step)
      #expect(abs(update.deviation * update.deviation - variance) <= 1e-9 * variance)
    }
    for method in [SamplingMethod.ddim(eta: 1), .ddpm] {
      let other = try SamplingPlan(schedule: schedule, method: method, steps: 17)
      let ddpm = try SamplingPlan(schedule: schedule, method: .ddpm, steps: 17)
      for (a, b) in zip(other.updates, ddpm.updates) {
        #expect(abs(a.residual - b.residual) < 1e-9 && abs(a.noisy - b.noisy) < 1e-9)
        #expect(abs(a.deviation - b.deviation) < 1e-9)
      }
    }
  }

  /// The spread of ancestral samples follows the exact linear recursion of Gaussians, and tends to that of the data.
  @Test(arguments: [5, 20, 100]) func ancestralSpread(_ steps: Int) throws {
    let schedule = NoiseSchedule(cosine: 100)
    let plan = try SamplingPlan(schedule: schedule, method: .ddpm, steps: steps)
    let (mean, deviation, size) = (Float(0.2), Float(0.15), 40_000)
    let sampler = try Sampler(
      of: GaussianPredictor(schedule: schedule), plan: plan,
      conditions: [.init(mean: [mean], deviation: [deviation])], conditionIndex: [0], noise: fieldNoise(size),
      height: 1, width: size, channels: 1)
    let values = try sampler.finished().flat.map(Double.init)
    let average = values.reduce(0, +) / Double(size)
    let spread = (values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(size)).squareRoot()
    let exact = exactSpread(plan, deviation: Double(deviation))
    #expect(abs(spread / exact - 1) < 0.02)
    #expect(abs(average - Double(mean)) < 0.005)
    if steps == 5 { #expect(spread < 0.7 * Double(deviation), "few ancestral steps shrink the spread") }
  }

  /// The deviation of what an ancestral plan makes of Gaussian data: x − √ᾱ·m is N(0, v) at every step, v in closed form.
  private func exactSpread(_ plan: SamplingPlan, deviation: Double) -> Double {
    let alphas = plan.schedule.cumulativeAlphas
    let s2 = deviation * deviation
    var variance = 1.0
    for (index, step) in plan.steps.enumerated() {
      let alpha = alphas[step]
      let next = index + 1 < plan.steps.count ? alphas[plan.steps[index + 1]] : 1
      let gain = alpha.squareRoot() * s2 / (alpha * s2 + 1 - alpha)
      let beta = 1 - alpha / next
      let factor = next.squareRoot() * beta / (1 - alpha) * gain + (1 - beta).squareRoot() * (1 - next) / (1 - alpha)
      variance = factor * factor * variance + beta * (1 - next) / (1 - alpha)
    }
    return variance.squareRoot()
  }

  /// The second-order SDE solver: in the limit of many steps it is the same process as `ddpm`, and with few steps it keeps more of the spread.
  @Test func stochasticSecondOrderKeepsTheSpread() throws {
    let schedule = NoiseSchedule(cosine: 1000)
    let (mean, deviation, size) = (Float(0.1), Float(0.2), 40_000)
    func spread(_ method: SamplingMethod, _ steps: Int) throws -> (mean: Double, deviation: Double) {
      // From step 950 on λ runs evenly; before, the clip of β makes one enormous step of it.
      let plan = try SamplingPlan(schedule: schedule, method: method, steps: steps, spacing: .logSNR, from: 950)
      let values = try Sampler(
        of: GaussianPredictor(schedule: schedule), plan: plan,
        conditions: [.init(mean: [mean], deviation: [deviation])], conditionIndex: [0], noise: fieldNoise(size),
        height: 1, width: size, channels: 1
      ).finished().flat.map(Double.init)
      let average = values.reduce(0, +) / Double(size)
      return (average, (values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(size)).squareRoot())
    }
    let few = try (spread(.sdedpmpp2m, 10), spread(.ddpm, 10))
    let many = try (spread(.sdedpmpp2m, 951), spread(.ddpm, 951))
    #expect(abs(many.0.deviation / many.1.deviation - 1) < 0.02 && abs(many.0.deviation / 0.2 - 1) < 0.02)
    #expect(abs(few.0.deviation / 0.2 - 1) < abs(few.1.deviation / 0.2 - 1) / 2, "\(few)")
    for result in [few.0, few.1, many.0, many.1] { #expect(abs(result.mean - 0.1) < 0.005) }
  }

  /// Its first step, which has nothing to look back to, is that of `ddpm`.
  @Test func stochasticSecondOrderBeginsAsAncestral() throws {
    let schedule = NoiseSchedule(cosine: 100)
    for steps in [2, 5, 20, 100] {
      let sde = try SamplingPlan(schedule: schedule, method: .sdedpmpp2m, steps: steps).updates[0]
      let ddpm = try SamplingPlan(schedule: schedule, method: .ddpm, steps: steps).updates[0]
      #expect(abs(sde.residual - ddpm.residual) < 1e-9 && abs(sde.noisy - ddpm.noisy) < 1e-9)
      #expect(abs(sde.deviation - ddpm.deviation) < 1e-9)
    }
  }

  /// More steps bring the spread nearer to the data's, and a longer schedule all the way.
  @Test func spreadTendsToTheData() throws {
    let short = NoiseSchedule(cosine: 100)
    let spreads = try [4, 10, 30, 100].map {
      try exactSpread(SamplingPlan(schedule: short, method: .ddpm, steps: $0), deviation: 0.15)
    }
    #expect(zip(spreads, spreads.dropFirst()).allSatisfy { $0 < $1 } && spreads[3] < 0.15)
    let long = try SamplingPlan(schedule: NoiseSchedule(cosine: 5000), method: .ddpm)
    #expect(abs(exactSpread(long, deviation: 0.15) / 0.15 - 1) < 0.005)
  }

  /// The probability-flow ODE of Gaussian data has a closed solution: (x − √ᾱ·m)/√(ᾱ·s² + 1 − ᾱ) is constant.
  @Test func deterministicSamplersConverge() throws {
    let schedule = NoiseSchedule(cosine: 1000)
    let (mean, deviation) = (0.1, 0.2)
    let size = 64
    // From step 950 on λ runs evenly; before, the clip of β makes one enormous step of it.
    let origin = 950
    func error(_ method: SamplingMethod, _ steps: Int) throws -> Double {
      let plan = try SamplingPlan(schedule: schedule, method: method, steps: steps, spacing: .logSNR, from: origin)
      let sampler = try Sampler(
        of: GaussianPredictor(schedule: schedule), plan: plan,
        conditions: [.init(mean: [Float(mean)], deviation: [Float(deviation)])], conditionIndex: [0],
        noise: fieldNoise(size), height: 1, width: size, channels: 1)
      let start = sampler.state.flat.map(Double.init)
      let found = try sampler.finished().flat
      let (first, last) = (schedule.cumulativeAlphas[origin], schedule.cumulativeAlphas[0])
      return (0..<size).map { i in
        let constant = (start[i] - first.squareRoot() * mean) / (first * deviation * deviation + 1 - first).squareRoot()
        // At the last step the network gives E[r | x₀] of the x₀ that the ODE has come to.
        let noisy = constant * (last * deviation * deviation + 1 - last).squareRoot()
        let exact = mean + last.squareRoot() * deviation * deviation / (last * deviation * deviation + 1 - last) * noisy
        return abs(Double(found[i]) - exact)
      }.max() ?? 1
    }
    let ddim = try [10, 20, 40, 80].map { try error(.ddim(eta: 0), $0) }
    let dpm = try [10, 20, 40, 80].map { try error(.dpmpp2m, $0) }
    #expect(zip(ddim, ddim.dropFirst()).allSatisfy { $0 > 1.6 * $1 }, "first order: \(ddim)")
    #expect(zip(dpm, dpm.dropFirst()).allSatisfy { $0 > 2.5 * $1 }, "second order: \(dpm)")
    #expect(dpm[3] < 1e-3 && dpm[3] < ddim[3] / 5, "\(dpm) against \(ddim)")
  }

  @Test func plansVisitWhatTheySay() throws {
    let schedule = NoiseSchedule(cosine: 100)
    for spacing in StepSpacing.allCases {
      for (start, count) in [(99, 1), (99, 2), (99, 4), (99, 20), (99, 73), (99, 100), (40, 7), (40, 41), (0, 1)] {
        let plan = try SamplingPlan(schedule: schedule, method: .ddpm, steps: count, spacing: spacing, from: start)
        #expect(plan.steps.count == count && plan.steps[0] == start)
        #expect(zip(plan.steps, plan.steps.dropFirst()).allSatisfy { $0 > $1 })
        if count > 1 { #expect(plan.steps.last == 0) }
      }
    }
    #expect(try SamplingPlan(schedule: schedule, method: .ddpm, steps: 4).steps == [99, 66, 33, 0])
    #expect(try SamplingPlan(schedule: schedule, method: .ddpm, steps: 4).step(nearest: 50) == 66)
    for (steps, start) in [(0, nil), (101, nil), (-1, nil), (12, 10), (1, 100), (1, -1)] as [(Int, Int?)] {
      #expect(throws: SamplingError.self) {
        try SamplingPlan(schedule: schedule, method: .ddpm, steps: steps, from: start)
      }
    }
    for eta in [-0.1, 1.1, .nan] {
      #expect(throws: SamplingError.self) { try SamplingPlan(schedule: schedule, method: .ddim(eta: eta)) }
    }
  }

  /// An item comes out the same alone and in company.
  @Test(arguments: [SamplingMethod.ddpm, .dpmpp2m, .sdedpmpp2m]) func batchesDoNotMatter(_ method: SamplingMethod)
    throws
  {
    let schedule = NoiseSchedule(cosine: 100)
    let plan = try SamplingPlan(schedule: schedule, method: method, steps: 8)
    let predictor = GaussianPredictor(schedule: schedule)
    let conditions: [GaussianPredictor.Condition] = [
      .init(mean: [0.1], deviation: [0.2]), .init(mean: [-0.2], deviation: [0.1]),
    ]
    let noise = fieldNoise(33)
    let together = try Sampler(
      of: predictor, plan: plan, conditions: conditions, conditionIndex: [0, 1, 1, 0], noise: noise, height: 3,
      width: 11, channels: 1
    ).finished()
    for item in 0..<4 {
      let alone = try Sampler(
        of: predictor, plan: plan, conditions: [conditions[[0, 1, 1, 0][item]]], conditionIndex: [0],
        noise: { pointer, _, step in noise(pointer, item, step) }, height: 3, width: 11, channels: 1
      ).finished()
      #expect(alone.flat == together.items(item..<item + 1).flat)
    }
  }

  @Test func failuresLeaveTheStateAlone() throws {
    struct Failing: NoisePredictor {
      let value: Float
      func predictNoise(in noisy: Tensor, steps: [Int], conditions: [Void], conditionIndex: [Int]) -> Tensor {
        let result = Tensor(n: noisy.n, h: noisy.h, w: noisy.w, c: noisy.c)
        result.fill(0)
        result.pointer[result.count - 1] = value
        return result
      }
    }
    struct Interrupted: Error {}
    let plan = try SamplingPlan(schedule: NoiseSchedule(cosine: 100), method: .ddpm, steps: 5)
    for value in [Float.nan, .infinity, 0] {
      let noise = fieldNoise(64)
      let sampler = try Sampler(
        of: Failing(value: value), plan: plan, conditions: [()], conditionIndex: [0, 0],
        noise: { pointer, item, step in
          if value == 0, step < 99, item == 1 { throw Interrupted() }
          noise(pointer, item, step)
        }, height: 8, width: 8, channels: 1)
      let before = sampler.state.flat
      if value == 0 { _ = try? sampler.next() }
      if value == 0 {
        let after = sampler.state.flat
        #expect(throws: Interrupted.self) { try sampler.next() }
        #expect(sampler.state.flat == after)
      } else {
        #expect(throws: SamplingError.self) { try sampler.next() }
        #expect(sampler.state.flat == before && sampler.stepsDone == 0)
      }
    }
  }
}
