import ImageQuality

/// What a calibration makes of σ, on scans that it may not have seen. Lengths are shares of the data range; subjects weigh the same, except
/// where a figure is called pooled.
package struct CalibratedReport: Codable, Sendable {
  /// Both kinds of interval of one nominal coverage.
  package struct Level: Codable, Sendable {
    package let nominal: Double
    package let typical, assured: Kind
  }

  package struct Kind: Codable, Sendable {
    /// Over all voxels.
    package let pooled: Double
    /// Over subjects.
    package let mean, deviation, minimum, maximum: Double
    package let meanWidth, meanScore: Double
  }

  package struct Part: Codable, Sendable {
    package let part: String
    /// Of the typical 90 % interval.
    package let coverage: Double
  }

  package let levels: [Level]
  /// Of the typical 90 % interval, by decile of the calibrated deviation.
  package let decileCoverage: [Double]
  package let parts: [Part]
  /// Of the calibrated deviation, over deciles.
  package let ence: Double
  package let ause, auseOfConstant, auseShare: Double
  package let spearman: Double
  /// Why the calibration does not hold for some of the scans; empty where it does.
  package let reasons: [String]

  /// - Parameter subjects: of each subject's scans together; at least one.
  init?(_ subjects: [CalibratedTally], reasons: [String]) {
    guard var pooled = subjects.first else { return nil }
    for other in subjects.dropFirst() { pooled.merge(other) }
    let samples = pooled.sketch.sampleCount
    var sketch = UncertaintySketch(dataRange: 1, sampleCount: samples)
    var deciles = UncertaintySketch(dataRange: 1, sampleCount: samples, levels: [0.9])
    for subject in subjects where subject.sketch.count > 0 {
      sketch.merge(subject.sketch, weight: 1 / subject.sketch.count)
      deciles.merge(subject.deciles, weight: 1 / subject.deciles.count)
    }
    func kind(_ intervals: (CalibratedTally) -> IntervalStatistics) -> Kind {
      let all = intervals(pooled).results[0]
      let summary = try? SubjectSummary(subjects.map { intervals($0).results[0].coverage })
      return Kind(
        pooled: all.coverage, mean: summary?.mean ?? .nan, deviation: summary?.deviation ?? .nan,
        minimum: summary?.minimum ?? .nan, maximum: summary?.maximum ?? .nan, meanWidth: all.meanWidth,
        meanScore: all.meanScore)
    }
    levels = PredictionInterval.standardLevels.enumerated().map { k, level in
      Level(nominal: level, typical: kind { $0.typical[k] }, assured: kind { $0.assured[k] })
    }
    decileCoverage = deciles.profile.reliability().map { $0.coverage[0] }
    parts = UncertaintyTally.Part.allCases.compactMap { part in
      pooled.parts[part].flatMap { $0.count > 0 ? Part(part: part.title, coverage: $0.results[0].coverage) : nil }
    }
    let profile = sketch.profile
    let curve = profile.sparsification()
    ence = profile.expectedNormalizedCalibrationError()
    ause = curve.areaUnderError
    auseOfConstant = curve.areaUnderErrorOfConstant
    auseShare = curve.areaUnderError / curve.areaUnderErrorOfConstant
    spearman = profile.rankCorrelation
    self.reasons = reasons
  }

  /// For a terminal.
  var lines: [String] {
    func percent(_ value: Double) -> String { value.isFinite ? (value * 100).text(1) + " %" : "–" }
    func cells(_ kind: Kind) -> [String] {
      [percent(kind.mean), percent(kind.minimum), percent(kind.maximum), (kind.meanWidth * 100).text(2)]
    }
    var lines = ["With the calibration:"]
    lines += reasons.map { "UNCALIBRATED for these scans: \($0)" }
    lines += textTable(
      [
        [
          "interval", "typical: mean of subjects", "lowest", "highest", "width", "assured: mean of subjects", "lowest",
          "highest", "width",
        ]
      ]
        + levels.map { [percent($0.nominal)] + cells($0.typical) + cells($0.assured) })
    lines += [""]
    lines += textTable(
      [["typical 90 % interval by part", "coverage"]] + parts.map { [$0.part, percent($0.coverage)] }
        + decileCoverage.enumerated().map { ["σ decile \($0 + 1)", percent($1)] })
    lines += [""]
    lines += textTable([
      ["ENCE of the calibrated deviation", percent(ence)],
      ["AUSE, over that of a constant map", "\(ause.text(3)), \(auseShare.text(3))"],
      ["Spearman of calibrated σ and |error|", spearman.text(3)],
    ])
    return lines
  }
}
