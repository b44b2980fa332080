import Foundation
import ImageQuality
import SuperResolution

/// From deviations and errors of several subjects to a calibration: τ (or a curve) by the second moment over all subjects, weighing the
/// same each, then one λ per subject and coverage, and the table of every subject under what was fitted without it.
package struct CalibrationFit {
  /// One subject: all of its scans.
  package struct Subject {
    let name: String
    let deviation: [Double]
    let error: [Double]
    let sketch: UncertaintySketch

    package init(_ name: String, _ scans: [CalibrationPairs]) {
      self.name = name
      deviation = scans.flatMap { $0.deviation.map(Double.init) }
      error = scans.flatMap { $0.error.map(Double.init) }
      sketch = CalibrationFit.sketch(deviation, error, .identity, samples: scans[0].conditions.samples)
    }
  }

  /// Decile coverage may be off by this before a curve takes τ's place.
  static let tolerance = 0.03
  /// The level that λ of the fit, the deciles and the printed table refer to.
  static let mainCoverage = 0.9

  package let subjects: [Subject]
  package let sampleCount: Int
  package let checkpoint: () throws -> Void

  package init(subjects: [Subject], sampleCount: Int, checkpoint: @escaping () throws -> Void) {
    self.subjects = subjects
    self.sampleCount = sampleCount
    self.checkpoint = checkpoint
  }

  package func calibration(
    conditions: CalibrationConditions, degradation: String, sites: Int, scans: [UncertaintyCalibration.Subject]
  ) throws -> UncertaintyCalibration {
    let shape = try shape(of: subjects)
    let scales = try scales(of: subjects, shape)
    let left = subjects.count > 1 ? try leftOut() : []
    let levels = try UncertaintyCalibration.coverages.enumerated().map { k, coverage in
      UncertaintyCalibration.Level(
        coverage: coverage,
        scales: try SplitConformal(
          zip(subjects, scales).map { .init(name: $0.name, scale: $1.scales[k]) }), leftOut: left.map { $0[k] })
    }
    return UncertaintyCalibration(
      conditions: conditions, degradation: degradation, sites: sites, subjects: scans, deviation: shape,
      levels: levels, decileCoverage: deciles(of: subjects, shape, typical: median(scales.map { $0.scales[Self.main] }))
    )
  }

  private static let main = UncertaintyCalibration.coverages.firstIndex(of: mainCoverage) ?? 0

  // MARK: The shape

  /// λ and τ of the second moment; a curve where deciles are then off, and the curve does better.
  private func shape(of chosen: [Subject]) throws -> DeviationCalibration {
    var pooled = UncertaintySketch(dataRange: 1, sampleCount: sampleCount)
    for subject in chosen { pooled.merge(subject.sketch, weight: 1 / subject.sketch.count) }
    let profile = pooled.profile
    let plain = try DeviationCalibration.fitted(to: profile.reliability(bins: 10))
    func error(_ calibration: DeviationCalibration) throws -> Double {
      let typical = median(try scales(of: chosen, calibration).map { $0.scales[Self.main] })
      return deciles(of: chosen, calibration, typical: typical).map { abs($0 - Self.mainCoverage) }.max() ?? 0
    }
    let plainError = try error(plain)
    guard plainError > Self.tolerance else { return plain }
    let curve = try IsotonicCurve.fitted(to: profile.reliability(bins: IsotonicCurve.largestKnotCount))
    guard (curve.y.last ?? 0) > 0 else { return plain }
    let curved = DeviationCalibration(scale: 1, floor: 0, shape: curve)
    return try error(curved) < plainError ? curved : plain
  }

  /// Coverage of the main level by decile of the calibrated deviation.
  private func deciles(of chosen: [Subject], _ shape: DeviationCalibration, typical: Double) -> [Double] {
    var calibration = shape
    calibration.scale = typical
    var pooled = UncertaintySketch(dataRange: 1, sampleCount: sampleCount, levels: [Self.mainCoverage])
    for subject in chosen {
      let one = Self.sketch(
        subject.deviation, subject.error, calibration, samples: sampleCount, levels: [Self.mainCoverage])
      pooled.merge(one, weight: 1 / one.count)
    }
    return pooled.profile.reliability(bins: 10).map { $0.coverage[0] }
  }

  // MARK: The factors

  private struct Scales {
    let scores: ConformityScores
    /// One λ per coverage.
    let scales: [Double]
  }

  /// λ multiplies √(s² + τ²), or the curve's root, whatever the shape's own scale is.
  private func scales(of chosen: [Subject], _ shape: DeviationCalibration) throws -> [Scales] {
    try chosen.map { subject in
      try checkpoint()
      let scores = scores(subject, shape)
      return Scales(scores: scores, scales: UncertaintyCalibration.coverages.map { scale(scores, $0) })
    }
  }

  private func scores(_ subject: Subject, _ shape: DeviationCalibration) -> ConformityScores {
    var unscaled = shape
    unscaled.scale = 1
    var scores = ConformityScores(
      interval: PredictionInterval(coverage: Self.mainCoverage, sampleCount: sampleCount), calibration: unscaled)
    scores.add(
      mean: [Double](repeating: 0, count: subject.error.count), deviation: subject.deviation, truth: subject.error)
    return scores
  }

  /// The scores refer to one factor; others follow from it.
  private func ratio(_ coverage: Double) -> Double {
    PredictionInterval(coverage: Self.mainCoverage, sampleCount: sampleCount).factor
      / PredictionInterval(coverage: coverage, sampleCount: sampleCount).factor
  }

  private func scale(_ scores: ConformityScores, _ coverage: Double) -> Double {
    scores.scale(covering: coverage) * ratio(coverage)
  }

  /// Per subject, per coverage.
  private func leftOut() throws -> [[SplitConformal.LeftOut]] {
    try subjects.indices.map { j in
      let others = subjects.indices.filter { $0 != j }.map { subjects[$0] }
      let shape = try shape(of: others)
      let theirs = try scales(of: others, shape)
      let own = scores(subjects[j], shape)
      return UncertaintyCalibration.coverages.enumerated().map { k, coverage in
        let typical = median(theirs.map { $0.scales[k] })
        let assured = theirs.map { $0.scales[k] }.max() ?? .nan
        return SplitConformal.LeftOut(
          name: subjects[j].name, scale: scale(own, coverage), typical: typical, assured: assured,
          coverageOfTypical: own.coverage(scale: typical / ratio(coverage)),
          coverageOfAssured: own.coverage(scale: assured / ratio(coverage)))
      }
    }
  }

  private func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  private static func sketch(
    _ deviation: [Double], _ error: [Double], _ calibration: DeviationCalibration, samples: Int,
    levels: [Double] = PredictionInterval.standardLevels
  ) -> UncertaintySketch {
    var sketch = UncertaintySketch(dataRange: 1, sampleCount: samples, levels: levels)
    sketch.add(
      mean: [Double](repeating: 0, count: error.count), deviation: deviation, truth: error, calibration: calibration)
    return sketch
  }
}
