import ImageQuality
import SuperResolution

/// A calibration in shares of the data range, ready to be applied to samples.
package struct AppliedCalibration: Sendable {
  /// Half the width of the interval of each standard level, as a calibration whose result is the half-width.
  let typical: [DeviationCalibration]
  let assured: [DeviationCalibration]
  /// λ·√(s² + τ²): √(1 + 1/N) times it is the error to expect.
  let deviation: DeviationCalibration
  /// What the interval's factor is multiplied with for the typical 90 %.
  let interval: DeviationCalibration

  /// - Parameter range: the width of the model's intensity range in shares of the data range: what the calibration's lengths refer to.
  /// - Throws: `SuperResolutionError` where the calibration lacks a level.
  package init(_ calibration: UncertaintyCalibration, range: Double) throws {
    let mapping = IntensityMapping(low: 0, high: range, rule: "shares of the data range")
    let levels = PredictionInterval.standardLevels
    typical = try levels.map { try calibration.halfWidth(coverage: $0, .typical, for: mapping) }
    assured = try levels.map { try calibration.halfWidth(coverage: $0, .assured, for: mapping) }
    let samples = calibration.conditions.samples
    func divided(_ calibration: DeviationCalibration, by factor: Double) -> DeviationCalibration {
      DeviationCalibration(scale: calibration.scale / factor, floor: calibration.floor, shape: calibration.shape)
    }
    deviation = divided(
      calibration.deviation(for: mapping), by: PredictionInterval.predictiveFactor(sampleCount: samples))
    interval = divided(
      try calibration.halfWidth(coverage: 0.9, .typical, for: mapping),
      by: PredictionInterval(coverage: 0.9, sampleCount: samples).factor)
  }
}

/// What calibrated intervals and deviations say about the truth, gathered over a scan.
package struct CalibratedTally: Codable, Sendable {
  /// One of a single level for each standard level.
  var typical: [IntervalStatistics]
  var assured: [IntervalStatistics]
  /// Of the calibrated deviation.
  var sketch: UncertaintySketch
  /// Of the typical 90 % interval, for its coverage by decile.
  var deciles: UncertaintySketch
  /// Of the typical 90 % interval.
  var parts: [UncertaintyTally.Part: IntervalStatistics] = [:]

  package init(sampleCount: Int) {
    typical = PredictionInterval.standardLevels.map { IntervalStatistics(levels: [$0]) }
    assured = typical
    sketch = UncertaintySketch(dataRange: 1, sampleCount: sampleCount)
    deciles = UncertaintySketch(dataRange: 1, sampleCount: sampleCount, levels: [0.9])
  }

  mutating func add(
    _ moments: SampleMoments, truth: [Double], foreground: ForegroundMask,
    parts masks: [UncertaintyTally.Part: ForegroundMask],
    _ calibration: AppliedCalibration
  ) {
    func ends(_ half: DeviationCalibration) -> (lower: [Double], upper: [Double]) {
      let widths = moments.deviation.map(half.calibrated)
      return (zip(moments.mean, widths).map { $0 - $1 }, zip(moments.mean, widths).map { $0 + $1 })
    }
    for (k, level) in PredictionInterval.standardLevels.enumerated() {
      let usual = ends(calibration.typical[k])
      typical[k].add(lower: usual.lower, upper: usual.upper, truth: truth, mask: foreground)
      let wide = ends(calibration.assured[k])
      assured[k].add(lower: wide.lower, upper: wide.upper, truth: truth, mask: foreground)
      if level == 0.9 {
        for (part, mask) in masks {
          parts[part, default: IntervalStatistics(levels: [0.9])]
            .add(lower: usual.lower, upper: usual.upper, truth: truth, mask: mask)
        }
      }
    }
    sketch.add(
      mean: moments.mean, deviation: moments.deviation, truth: truth, calibration: calibration.deviation,
      mask: foreground)
    deciles.add(
      mean: moments.mean, deviation: moments.deviation, truth: truth, calibration: calibration.interval,
      mask: foreground)
  }

  mutating func merge(_ other: CalibratedTally) {
    for k in typical.indices {
      typical[k].merge(other.typical[k])
      assured[k].merge(other.assured[k])
    }
    sketch.merge(other.sketch)
    deciles.merge(other.deciles)
    for (part, intervals) in other.parts { parts[part, default: IntervalStatistics(levels: [0.9])].merge(intervals) }
  }
}
