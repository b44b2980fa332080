import Diffusion
import Testing

@Suite struct NoiseScheduleTests {
  /// The table of the specification, from PyTorch in Float64.
  @Test(arguments: [
    (0, 0.0006312815983, 0.9993687184, 0.0, 1.0, 0.0),
    (1, 0.001116937037, 0.9982524865, 0.0004034886051, 0.6389560991, 0.3610438127),
    (10, 0.005530369715, 0.9667167049, 0.004637085389, 0.1638255743, 0.8361548055),
    (50, 0.03154633936, 0.4782646329, 0.03060436933, 0.04249065289, 0.9547153075),
    (98, 0.7499392804, 0.0002428572279, 0.7493929401, 0.0233767625, 0.4996964153),
    (99, 0.999, 2.428572279e-07, 0.9987576282, 0.01556829708, 0.03161510446),
  ])
  func cosineTable(_ t: Int, _ beta: Double, _ alpha: Double, _ variance: Double, _ c1: Double, _ c2: Double) {
    let schedule = NoiseSchedule(cosine: 100)
    func close(_ found: Double, _ expected: Double) -> Bool { abs(found - expected) <= 1e-9 * abs(expected) }
    #expect(close(schedule.betas[t], beta))
    #expect(close(schedule.cumulativeAlphas[t], alpha))
    #expect(close(schedule.posteriorVariance(t), variance))
    #expect(close(schedule.posteriorMeanCoefficients(t).residual, c1))
    #expect(close(schedule.posteriorMeanCoefficients(t).noisy, c2))
  }

  @Test func fallsForEveryLength() {
    for timesteps in [1, 2, 3, 50, 1000, 10_000] {
      let alphas = NoiseSchedule(cosine: timesteps).cumulativeAlphas
      #expect(alphas.count == timesteps && alphas.allSatisfy { $0 > 0 && $0 < 1 })
      #expect(zip(alphas, alphas.dropFirst()).allSatisfy { $0 > $1 })
    }
  }
}

@Suite struct ResidualMappingTests {
  @Test(arguments: [
    ResidualMapping.published, .linear(rescale: 0.7), .asinh(knee: 0.05, reach: 2),
    .asinh(knee: 40.0 / 2048, reach: 1),
  ])
  func inverts(_ mapping: ResidualMapping) {
    for i in -100...100 {
      let residual = Double(i) / 100
      #expect(abs(mapping.residual(ofDifference: mapping.difference(ofResidual: residual)) - residual) < 1e-12)
      let single = Float(residual)
      #expect(abs(mapping.residual(ofDifference: mapping.difference(ofResidual: single)) - single) < 1e-6)
      let slope =
        (mapping.difference(ofResidual: residual * 0.9 + 1e-6) - mapping.difference(ofResidual: residual * 0.9 - 1e-6))
        / 2e-6
      #expect(abs(mapping.slope(atResidual: residual * 0.9) / slope - 1) < 1e-6)
    }
    #expect(mapping.residual(ofDifference: 1e9) == 1 && mapping.residual(ofDifference: -1e9) == -1)
    #expect(mapping.difference(ofResidual: 7.0) == mapping.difference(ofResidual: 1.0))
    #expect(mapping.residual(ofDifference: Double.nan).isNaN)
  }

  /// The floor √(1 − ᾱ₀) = 0.0251 of the schedule in units of a 4096 wide CT range (26 HU linear, 4.7 HU companded), the
  /// latter with a knee of 40 HU and a reach of 2048 HU.
  @Test func floors() {
    let floor = (1 - NoiseSchedule(cosine: 100).cumulativeAlphas[0]).squareRoot()
    #expect(abs(ResidualMapping.published.difference(ofResidual: floor) * 2048 - 25.7) < 0.1)
    let companded = ResidualMapping.asinh(knee: 40.0 / 2048, reach: 1)
    #expect(abs(companded.difference(ofResidual: floor) * 2048 - 4.7) < 0.1)
    #expect(ResidualMapping.published.residual(ofDifference: 0.25) == 0.5)
  }
}
