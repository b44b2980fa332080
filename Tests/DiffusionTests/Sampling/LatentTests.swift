import Diffusion
import Tensors
import Testing

@Suite struct LatentTests {
  let schedule = NoiseSchedule(cosine: 100)
  var predictor: GaussianPredictor { GaussianPredictor(schedule: schedule) }
  let condition = GaussianPredictor.Condition(mean: [0.05, -0.1], deviation: [0.2, 0.1])

  private func sampler(_ method: SamplingMethod, seed: UInt64) throws -> Sampler<GaussianPredictor> {
    let field = NoiseField(seed: seed)
    return try Sampler(
      of: predictor, plan: SamplingPlan(schedule: schedule, method: method, steps: 12), conditions: [condition],
      conditionIndex: [0],
      noise: { field.fill($0, rows: 0..<20, columns: 0..<30, sample: $1, slice: 0, step: $2) },
      height: 20, width: 30, channels: 1)
  }

  @Test(arguments: [SamplingMethod.ddpm, .ddim(eta: 0.5), .dpmpp2m, .sdedpmpp2m])
  func endsOfAnInterpolationAreThePlainSamples(_ method: SamplingMethod) throws {
    let (first, second) = try (sampler(method, seed: 1), sampler(method, seed: 2))
    let step = first.plan.step(nearest: 60)
    try first.advance(to: step)
    try second.advance(to: step)
    #expect(first.nextStep == step)
    let (one, zero) = (first.interpolated(with: second, weight: 1), first.interpolated(with: second, weight: 0))
    let half = first.interpolated(with: second, weight: 0.5)
    let (a, b) = try (first.finished().flat, second.finished().flat)
    #expect(try one.finished().flat.map(\.bitPattern) == a.map(\.bitPattern))
    #expect(try zero.finished().flat.map(\.bitPattern) == b.map(\.bitPattern))
    let middle = try half.finished().flat
    #expect(middle != a && middle != b)
    let plain = try (sampler(method, seed: 1).finished().flat, sampler(method, seed: 2).finished().flat)
    #expect(plain.0 == a && plain.1 == b)
  }

  /// The mixed noise of the remaining steps is still N(0, I), and lies between its parents.
  @Test func mixedNoiseIsNormal() throws {
    let (first, second) = try (sampler(.ddpm, seed: 1), sampler(.ddpm, seed: 2))
    let mixed = first.interpolated(with: second, weight: 0.3)
    var values = [Float](repeating: 0, count: 600)
    var (one, two) = (values, values)
    try values.withUnsafeMutableBufferPointer { try mixed.noise($0.baseAddress!, 0, 44) }
    try one.withUnsafeMutableBufferPointer { try first.noise($0.baseAddress!, 0, 44) }
    try two.withUnsafeMutableBufferPointer { try second.noise($0.baseAddress!, 0, 44) }
    let norm = Float(0.3 * 0.3 + 0.7 * 0.7).squareRoot()
    for i in 0..<600 { #expect(abs(values[i] - (0.3 * one[i] + 0.7 * two[i]) / norm) < 1e-6) }
  }

  /// Noised to a late step and denoised, a composite stays near itself; noised to the first, nothing of it is left.
  @Test func fusionKeepsWhatItsStepKeeps() throws {
    let composite = Tensor(n: 1, h: 20, w: 30, c: 1)
    for i in 0..<600 { composite.pointer[i] = i < 300 ? 0.3 : -0.3 }
    let field = NoiseField(seed: 7)
    func fused(_ start: Int) throws -> Double {
      let plan = try SamplingPlan(schedule: schedule, method: .ddpm, from: start)
      let sampler = try Sampler.fusing(
        composite, under: condition, with: predictor, plan: plan,
        noise: { field.fill($0, rows: 0..<20, columns: 0..<30, sample: $1, slice: 0, step: $2) })
      let x = sampler.state.flat
      let alpha = schedule.cumulativeAlphas[start]
      var noise = [Float](repeating: 0, count: 600)
      noise.withUnsafeMutableBufferPointer {
        field.fill($0.baseAddress!, rows: 0..<20, columns: 0..<30, sample: 0, slice: 0, step: 100)
      }
      for i in 0..<600 {
        let expected = alpha.squareRoot() * Double(composite.pointer[i]) + (1 - alpha).squareRoot() * Double(noise[i])
        #expect(abs(Double(x[i]) - expected) < 1e-6)
      }
      let result = try sampler.finished().flat
      return (0..<600).reduce(0) { $0 + Double(result[$1] * composite.pointer[$1]) } / (600 * 0.09)
    }
    #expect(try fused(2) > 0.75)
    #expect(try abs(fused(99)) < 0.2)
  }
}
