import Foundation
import ImageQuality
import Testing

/// Samplers whose every measure can be written down: perfect, over- and under-dispersed, biased.
@Suite struct KnownPosteriorTests {
  static let voxels = 40_000

  /// The coverage of m ± factor·s when the samples' deviation is `inflation` times the posterior's: y − m has the variance
  /// σ²(1 + k²/N) and s is k·σ up to χ, so the ratio is Student's, scaled.
  private func expectedCoverage(_ level: Double, samples n: Int, inflation k: Double) -> Double {
    let student = StudentDistribution(degreesOfFreedom: Double(n - 1))
    let factor = PredictionInterval(coverage: level, sampleCount: n).factor
    return 2 * student.probability(below: factor * k / (1 + k * k / Double(n)).squareRoot()) - 1
  }

  @Test(arguments: [(8, 1.0), (4, 1), (16, 1), (8, 2), (8, 0.5)])
  func `coverage, spread and CRPS of an unbiased sampler`(n: Int, inflation: Double) {
    let data = SyntheticEnsemble(voxels: Self.voxels, samples: n, inflation: inflation, seed: UInt64(n))
    let moments = SampleMoments(data.samples)
    var intervals = IntervalStatistics()
    intervals.add(mean: moments.mean, deviation: moments.deviation, truth: data.truth, sampleCount: n)
    for level in intervals.results {
      let expected = expectedCoverage(level.nominal, samples: n, inflation: inflation)
      if inflation == 1 { #expect(abs(expected - level.nominal) < 1e-10) }
      // Four standard deviations of a share of 40 000.
      let tolerance = 4 * (expected * (1 - expected) / Double(Self.voxels)).squareRoot()
      #expect(abs(level.coverage - expected) < tolerance, "\(level.coverage) of \(expected)")
    }

    // Scaled to unit σ, so that a few wide voxels do not rule.
    let unit = data.samples.map { sample in sample.indices.map { (sample[$0] - data.truth[$0]) / data.sigma[$0] } }
    let zero = [Double](repeating: 0, count: Self.voxels)
    let unitMoments = SampleMoments(unit)
    var spread = SpreadSkill(sampleCount: n)
    spread.add(mean: unitMoments.mean, deviation: unitMoments.deviation, truth: zero)
    let k2 = inflation * inflation
    let skill = (1 + k2 / Double(n)).squareRoot()
    #expect(abs(spread.skill - skill) < 0.02)
    #expect(abs(spread.spread - inflation * (1 + 1 / Double(n)).squareRoot()) < 0.02)
    #expect(abs(spread.gainOfMean - 10 * log10((1 + k2) / (1 + k2 / Double(n)))) < 0.06)
    if inflation == 1 { #expect(abs(spread.gainOfMean - spread.gainOfPerfectMean) < 0.06) }

    // E|X − y| − E|X − X′|/2 of normal variables; fair, so the same for every N.
    var score = RankedProbabilityScore()
    score.add(samples: unit, truth: zero)
    let expected = ((1 + k2) * 2 / .pi).squareRoot() - inflation / Double.pi.squareRoot()
    #expect(abs(score.mean - expected) < 0.015)
  }

  @Test func `ranks are flat for a perfect sampler, a U, a dome or a slope for others`() {
    func histogram(bias: Double, inflation: Double) -> RankHistogram {
      let data = SyntheticEnsemble(voxels: Self.voxels, samples: 8, bias: bias, inflation: inflation, seed: 3)
      var ranks = RankHistogram(sampleCount: 8)
      ranks.add(samples: data.samples, truth: data.truth)
      return ranks
    }
    let perfect = histogram(bias: 0, inflation: 1)
    let tolerance = 4 * (1.0 / 9 * 8 / 9 / Double(Self.voxels)).squareRoot()
    #expect(perfect.shares.allSatisfy { abs($0 - 1.0 / 9) < tolerance })
    #expect(perfect.unevenness < 0.03 && abs(perfect.slope) < 0.01)
    #expect(abs(perfect.excessOutside - 1) < 0.04)
    let narrow = histogram(bias: 0, inflation: 0.5)
    #expect(narrow.excessOutside > 1.8 && narrow.shares[4] < 0.09 && abs(narrow.slope) < 0.01)
    let wide = histogram(bias: 0, inflation: 2)
    #expect(wide.excessOutside < 0.5 && wide.shares[4] > 0.13)
    // Samples too high: the truth ranks low.
    let high = histogram(bias: 0.5, inflation: 1)
    #expect(high.slope < -0.1 && high.shares[0] > 2 * high.shares[8])
  }

  @Test func `a bias shows in skill and coverage`() {
    let data = SyntheticEnsemble(voxels: Self.voxels, samples: 8, bias: 1, seed: 4)
    let unit = data.samples.map { sample in sample.indices.map { (sample[$0] - data.truth[$0]) / data.sigma[$0] } }
    let zero = [Double](repeating: 0, count: Self.voxels)
    let moments = SampleMoments(unit)
    var spread = SpreadSkill(sampleCount: 8)
    spread.add(mean: moments.mean, deviation: moments.deviation, truth: zero)
    #expect(abs(spread.ratio - (1.125 / 2.125).squareRoot()) < 0.01)
    var errors = ErrorStatistics()
    errors.add(estimate: moments.mean, truth: zero)
    #expect(abs(errors.bias - 1) < 0.02)
    var intervals = IntervalStatistics(levels: [0.9])
    intervals.add(mean: moments.mean, deviation: moments.deviation, truth: zero, sampleCount: 8)
    // scipy.stats.nct: the non-central t with 7 degrees of freedom about 1/√1.125, between ±t(0.95; 7).
    #expect(abs(intervals.results[0].coverage - 0.779543502695615) < 0.009)
  }

  /// Errors drawn with known σ; `sampleCount` so large that the finite-N factor is 1.
  private func profile(scale: Double) -> UncertaintyProfile {
    let data = SyntheticEnsemble(voxels: Self.voxels, samples: 1, seed: 6)
    var source = NormalSource(seed: 7)
    let error = data.sigma.map { $0 * source.next() }
    return UncertaintyProfile(deviation: data.sigma.map { $0 * scale }, error: error, sampleCount: 100_000)
  }

  @Test func `ENCE is 0 for the true σ, one half for twice it, one for half of it`() {
    #expect(profile(scale: 1).expectedNormalizedCalibrationError() < 0.02)
    #expect(abs(profile(scale: 2).expectedNormalizedCalibrationError() - 0.5) < 0.01)
    #expect(abs(profile(scale: 0.5).expectedNormalizedCalibrationError() - 1) < 0.02)
  }

  @Test func `few samples: bins of s are right with Student's deviation, not with the normal one`() {
    let data = SyntheticEnsemble(voxels: Self.voxels, samples: 8, seed: 9)
    let moments = SampleMoments(data.samples)
    let error = zip(data.truth, moments.mean).map { $0 - $1 }
    let profile = UncertaintyProfile(deviation: moments.deviation, error: error, sampleCount: 8)
    #expect(abs(profile.expectedNormalizedCalibrationError() - 0.174) < 0.03)
    #expect(profile.expectedNormalizedCalibrationError(predictive: .student) < 0.11)
  }

  @Test func `decile coverage is nominal in every decile for the true σ`() {
    for bin in profile(scale: 1).reliability() {
      for (level, coverage) in zip(PredictionInterval.standardLevels, bin.coverage) {
        #expect(abs(coverage - level) < 4 * (level * (1 - level) / 4000).squareRoot())
      }
    }
  }

  @Test func `sparsification: nothing known, everything known, σ known`() {
    var source = NormalSource(seed: 8)
    let error = (0..<10_000).map { _ in exp(source.next()) * source.next() }
    let constant = UncertaintyProfile(
      deviation: [Double](repeating: 3, count: error.count), error: error, sampleCount: 8)
    let flat = constant.sparsification()
    #expect(flat.bySigma.allSatisfy { abs($0 - flat.overall) < 1e-12 })
    #expect(abs(flat.areaUnderError - flat.areaUnderErrorOfConstant) < 1e-12)
    #expect(constant.rankCorrelation.isNaN)
    let oracle = UncertaintyProfile(deviation: error.map(abs), error: error, sampleCount: 8)
    #expect(abs(oracle.sparsification().areaUnderError) < 1e-12)
    #expect(abs(oracle.rankCorrelation - 1) < 1e-12)
    let known = profile(scale: 1).sparsification()
    #expect(known.areaUnderError < 0.5 * known.areaUnderErrorOfConstant)
    // A scale of σ changes no order.
    #expect(agree(profile(scale: 7).sparsification().areaUnderError, known.areaUnderError, 1e-9))
  }
}
