import ImageQuality
import Testing

/// The bounded-memory profile against the exact one.
@Suite struct SketchTests {
  private let data = SyntheticEnsemble(voxels: 30_000, samples: 8, inflation: 0.8, seed: 11)

  @Test func `a sketch differs from the exact profile by less than it says`() {
    let moments = SampleMoments(data.samples)
    let error = zip(data.truth, moments.mean).map { $0 - $1 }
    let calibration = DeviationCalibration(scale: 1.3, floor: 0.2)
    let exact = UncertaintyProfile(
      deviation: moments.deviation.map(calibration.calibrated), error: error, sampleCount: 8)
    var sketch = UncertaintySketch(dataRange: 20, sampleCount: 8)
    // Plane by plane, and from two workers.
    var other = sketch
    for start in stride(from: 0, to: 30_000, by: 5000) {
      let part = start..<start + 5000
      let isFirst = start < 15_000
      var target = isFirst ? sketch : other
      target.add(
        mean: Array(moments.mean[part]), deviation: Array(moments.deviation[part]), truth: Array(data.truth[part]),
        calibration: calibration)
      if isFirst { sketch = target } else { other = target }
    }
    sketch.merge(other)
    #expect(sketch.count == 30_000)
    let rough = sketch.profile
    for (a, b) in zip(rough.reliability(), exact.reliability()) {
      #expect(agree(a.count, 3000, 1e-9))
      #expect(abs(a.expectedError / b.expectedError - 1) < 0.001)
      #expect(abs(a.rootMeanSquaredError / b.rootMeanSquaredError - 1) < 0.005)
      #expect(zip(a.coverage, b.coverage).allSatisfy { abs($0 - $1) < 0.002 })
    }
    #expect(abs(rough.expectedNormalizedCalibrationError() - exact.expectedNormalizedCalibrationError()) < 0.001)
    let roughCurve = rough.sparsification()
    let exactCurve = exact.sparsification()
    #expect(abs(roughCurve.areaUnderError - exactCurve.areaUnderError) < 0.001)
    #expect(abs(roughCurve.areaUnderErrorOfConstant - exactCurve.areaUnderErrorOfConstant) < 0.001)
    #expect(abs(rough.rankCorrelation - exact.rankCorrelation) < 0.001)
  }

  @Test func `subjects can weigh the same`() {
    func sketch(_ count: Int, sigma: Double, error: Double) -> UncertaintySketch {
      var result = UncertaintySketch(dataRange: 1, sampleCount: 8)
      result.add(
        mean: [Double](repeating: 0, count: count), deviation: [Double](repeating: sigma, count: count),
        truth: [Double](repeating: error, count: count))
      return result
    }
    let large = sketch(9000, sigma: 0.1, error: 0.1)
    let small = sketch(1000, sigma: 0.2, error: 0.6)
    var pooled = UncertaintySketch(dataRange: 1, sampleCount: 8)
    for subject in [large, small] { pooled.merge(subject, weight: 1 / subject.count) }
    let bins = pooled.profile.reliability(bins: 2)
    #expect(agree(bins[0].rootMeanSquaredError, 0.1, 1e-9) && agree(bins[1].rootMeanSquaredError, 0.6, 1e-9))
    #expect(agree(pooled.profile.sparsification().overall, 0.35, 1e-9))
  }

  @Test func `zero, tiny, huge and unfinished numbers find a bin`() {
    var sketch = UncertaintySketch(dataRange: 1, sampleCount: 8)
    let odd = [0, .leastNonzeroMagnitude, 1e-9, 1e300, .greatestFiniteMagnitude, .nan, .infinity]
    for sigma in odd {
      sketch.add(mean: odd.map { _ in 0 }, deviation: odd.map { _ in sigma }, truth: odd)
    }
    #expect(sketch.count == 25 && sketch.skipped == 24)
    _ = sketch.profile.reliability()
    _ = sketch.profile.sparsification()
    let empty = UncertaintySketch(dataRange: 1, sampleCount: 8).profile
    #expect(empty.reliability().isEmpty && empty.rankCorrelation.isNaN)
    #expect(empty.expectedNormalizedCalibrationError().isNaN && empty.sparsification().areaUnderError.isNaN)
  }
}
