import Foundation
import ImageQuality
import Testing

@Suite struct CalibrationTests {
  /// Bins whose errors follow λ and τ exactly.
  private func bins(scale: Double, floor: Double, deviations: [Double]) -> [ReliabilityBin] {
    var profileDeviation: [Double] = []
    var errors: [Double] = []
    let factor = PredictionInterval.predictiveFactor(sampleCount: 8)
    for s in deviations {
      for sign in [1.0, -1] {
        profileDeviation.append(s)
        errors.append(sign * scale * factor * (s * s + floor * floor).squareRoot())
      }
    }
    return UncertaintyProfile(deviation: profileDeviation, error: errors, sampleCount: 8)
      .reliability(bins: deviations.count)
  }

  @Test(arguments: [(1.0, 0.0), (1.7, 0.0), (1.0, 3), (0.6, 0.02), (2.5, 40)])
  func `scale and floor are recovered`(scale: Double, floor: Double) throws {
    let deviations = (0..<10).map { 0.1 * pow(1.9, Double($0)) }
    let fit = try DeviationCalibration.fitted(to: bins(scale: scale, floor: floor, deviations: deviations))
    #expect(abs(fit.scale / scale - 1) < 1e-3)
    #expect(abs(fit.floor - floor) < 1e-3 * max(floor, 0.01))
  }

  @Test func `a floor is found where a bin has no spread at all`() throws {
    let fit = try DeviationCalibration.fitted(to: bins(scale: 1, floor: 2, deviations: [0, 1, 2, 4, 8]))
    #expect(abs(fit.floor - 2) < 0.01 && abs(fit.scale - 1) < 0.01)
    #expect(throws: ImageQualityError.self) { try DeviationCalibration.fitted(to: []) }
  }

  @Test func `the rising fit pools what falls`() throws {
    // Pool-adjacent-violators by hand on (1, 1), (2, 3), (3, 2), (4, 5) with weights 1.
    var deviations: [Double] = []
    var errors: [Double] = []
    let factor = PredictionInterval.predictiveFactor(sampleCount: 8)
    for (x, y) in [(1.0, 1.0), (2, 3), (3, 2), (4, 5)] {
      deviations.append(x.squareRoot())
      errors.append(y.squareRoot() * factor)
    }
    let profile = UncertaintyProfile(deviation: deviations, error: errors, sampleCount: 8)
    let curve = try IsotonicCurve.fitted(to: profile.reliability(bins: 4))
    #expect(zip(curve.x, [1, 2.5, 4]).allSatisfy { agree($0, $1, 1e-12) } && curve.x.count == 3)
    #expect(zip(curve.y, [1, 2.5, 5]).allSatisfy { agree($0, $1, 1e-12) })
    for (x, y) in [(0.0, 1.0), (1, 1), (1.75, 1.75), (4, 5), (8, 10), (.nan, 1)] {
      #expect(agree(curve.value(at: x), y, 1e-12), "at \(x)")
    }
    let calibration = DeviationCalibration(scale: 2, floor: 0, shape: curve)
    #expect(agree(calibration.calibrated(2), 2 * 5.0.squareRoot(), 1e-12))
    let copy = try JSONDecoder().decode(DeviationCalibration.self, from: JSONEncoder().encode(calibration))
    #expect(copy == calibration)
    #expect(throws: ImageQualityError.self) { try IsotonicCurve(x: [1, 1], y: [0, 1]) }
    #expect(throws: ImageQualityError.self) {
      try JSONDecoder().decode(IsotonicCurve.self, from: Data(#"{"x":[],"y":[]}"#.utf8))
    }
  }

  @Test func `typical, assured, and what ten subjects can promise`() throws {
    let scales = [1.3, 0.9, 1.1, 1.05, 1.2, 0.95, 1.0, 1.4, 1.15, 1.25]
    let conformal = try SplitConformal(scales.enumerated().map { .init(name: "sub-\($0.offset)", scale: $0.element) })
    #expect(agree(conformal.typical, 1.125, 1e-12))
    #expect(conformal.assured == 1.4)
    #expect(agree(conformal.assurance, 10.0 / 11, 1e-15))
    #expect(conformal.scale(assuring: 10.0 / 11) == 1.4)
    #expect(conformal.scale(assuring: 0.5) == 1.15)
    #expect(conformal.scale(assuring: 0.95) == nil && conformal.scale(assuring: .nan) == nil)
    #expect(conformal.scale(assuring: 0) == 0.9)
    let copy = try JSONDecoder().decode(SplitConformal.self, from: JSONEncoder().encode(conformal))
    #expect(copy == conformal)
    #expect(throws: ImageQualityError.self) { try SplitConformal([]) }
    #expect(throws: ImageQualityError.self) { try SplitConformal([.init(name: "a", scale: .nan)]) }
    #expect(throws: ImageQualityError.self) {
      try JSONDecoder().decode(SplitConformal.self, from: Data(#"{"subjects":[]}"#.utf8))
    }
  }

  /// Subjects whose samplers are under-dispersed by different amounts.
  private func subject(_ inflation: Double, seed: UInt64) -> ConformityScores {
    let data = SyntheticEnsemble(voxels: 8000, samples: 8, inflation: inflation, seed: seed)
    let moments = SampleMoments(data.samples)
    var scores = ConformityScores(interval: PredictionInterval(coverage: 0.9, sampleCount: 8))
    scores.add(mean: moments.mean, deviation: moments.deviation, truth: data.truth)
    return scores
  }

  @Test func `leaving one out scores a subject with the others' factors`() throws {
    let inflations = [0.5, 0.6, 0.7, 0.8, 1.0]
    let subjects = inflations.enumerated().map {
      (name: "s\($0.offset)", scores: subject($0.element, seed: UInt64(20 + $0.offset)))
    }
    // A perfect sampler needs λ = 1; one with deviation k needs √(1 + k²/8)/(k·√1.125).
    for (k, s) in zip(inflations, subjects) {
      let expected = (1 + k * k / 8).squareRoot() / (k * 1.125.squareRoot())
      #expect(abs(s.scores.scale() / expected - 1) < 0.03, "\(k): \(s.scores.scale()) of \(expected)")
      #expect(abs(s.scores.coverage(scale: s.scores.scale()) - 0.9) < 1e-3)
    }
    let table = try SplitConformal.leavingOneOut(subjects)
    #expect(table.map(\.name) == ["s0", "s1", "s2", "s3", "s4"])
    let scales = table.map(\.scale)
    // The worst one is not covered by the others' largest; everyone else is.
    #expect(agree(table[0].assured, scales[1], 1e-12) && table[0].coverageOfAssured < 0.9)
    for row in table.dropFirst() { #expect(agree(row.assured, scales[0], 1e-12) && row.coverageOfAssured > 0.9) }
    #expect(agree(table[4].typical, (scales[1] + scales[2]) / 2, 1e-12))
    #expect(throws: ImageQualityError.self) { try SplitConformal.leavingOneOut(Array(subjects.prefix(1))) }
  }

  @Test func `no spread and no error is inside, an error without spread never`() {
    var scores = ConformityScores(interval: PredictionInterval(coverage: 0.9, sampleCount: 8))
    scores.add(mean: [0, 0], deviation: [0, 0], truth: [0, 1])
    #expect(scores.coverage(scale: 1) == 0.5 && scores.coverage(scale: .infinity) == 1)
    #expect(scores.scale() == .infinity && scores.scale(covering: 0.5) <= 1e-4)
    #expect(ConformityScores(interval: scores.interval).scale().isNaN)
  }

  @Test func `a summary over subjects is the mean with a repeatable bootstrap interval`() throws {
    let values = [31.2, 30.8, 32.5, 29.9, 31.7, 33.0, 30.1, 31.0]
    let summary = try SubjectSummary(values + [.nan])
    #expect(summary.count == 8)
    #expect(agree(summary.mean, 31.275, 1e-12))
    #expect(agree(summary.deviation, 1.0846329201294655, 1e-6))
    #expect(summary.minimum == 29.9 && summary.maximum == 33)
    // The bootstrap's own deviation is that of the sample over √n, with divisor n: 95 % lie within 1.96 of it.
    let half = 1.96 * 1.0846329201294655 * (7.0 / 8).squareRoot() / 8.0.squareRoot()
    #expect(abs(summary.interval.lowerBound - (31.275 - half)) < 0.06)
    #expect(abs(summary.interval.upperBound - (31.275 + half)) < 0.06)
    #expect(try SubjectSummary(values) == SubjectSummary(values))
    #expect(try SubjectSummary(values, seed: 2).interval != summary.interval)
    #expect(try SubjectSummary([5]).interval == 5...5)
    #expect(throws: ImageQualityError.self) { try SubjectSummary([.nan]) }
  }
}
