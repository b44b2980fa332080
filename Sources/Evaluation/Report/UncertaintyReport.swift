import ImageQuality

/// Whether σ means something: every report about N samples and the truth, over all subjects. Lengths (errors, widths, scores) are shares
/// of the data range. Subjects weigh the same, however many voxels they have, except where a figure is called pooled.
package struct UncertaintyReport: Codable, Sendable {
  /// One nominal coverage.
  package struct Level: Codable, Sendable {
    package let nominal: Double
    /// Half the interval in units of s: Student's quantile · √(1 + 1/N).
    package let factor: Double
    /// Over all voxels.
    package let pooled: Double
    /// Over subjects.
    package let mean, deviation, minimum, maximum: Double
    package let meanWidth: Double
    /// Gneiting and Raftery's; smaller is better.
    package let meanScore: Double
  }

  /// A tenth of the voxels, in ascending σ.
  package struct Decile: Codable, Sendable {
    /// √(1 + 1/N) · √(mean s²).
    package let expectedError: Double
    package let rootMeanSquaredError: Double
    package let coverage: [Double]
  }

  package struct Part: Codable, Sendable {
    package let part: String
    package let voxels: Int
    /// Per level, over all voxels of the part.
    package let coverage: [Double]
    package let spreadOverSkill: Double
  }

  package struct Subject: Codable, Sendable {
    package let name: String
    package let coverage: [Double]
    package let figures: Figures
  }

  /// What a single number says.
  package struct Figures: Codable, Sendable {
    /// √(1 + 1/N)·√(mean s²) and the root mean squared error of the mean.
    package let spread, skill: Double
    package let spreadOverSkill: Double
    /// By how many dB the mean beats one sample, and a perfect sampler's mean would.
    package let gainOfMean, gainOfPerfectMean: Double
    package let fairCRPS: Double
    /// ENCE of deciles under the normal and under Student's deviation; the latter where N ≥ 4.
    package let ence: Double
    package let enceStudent: Double?
    /// Area under the sparsification error, and that of a map that knows nothing.
    package let ause, auseOfConstant: Double
    package let auseShare: Double
    package let spearman: Double
    /// Of the rank histogram: truths outside all samples over the calibrated share; slope; unevenness.
    package let excessOutside, rankSlope, rankUnevenness: Double
    /// The paper's, 0–255.
    package let sigma: Double
  }

  package let samples: Int
  package let levels: [Level]
  /// Share of truths per rank 0…N.
  package let ranks: [Double]
  package let deciles: [Decile]
  package let parts: [Part]
  package let figures: Figures
  package let subjects: [Subject]
  package let sparsification: Sparsification
  /// `nil` without a calibration.
  package let calibrated: CalibratedReport?

  /// Mean absolute error of what is left.
  package struct Sparsification: Codable, Sendable {
    package let removed, bySigma, oracle: [Double]
    package let overall: Double
  }
}

extension UncertaintyReport {
  /// - Parameter subjects: the tallies of each subject's scans, all of the same number of samples; at least one.
  package init?(_ subjects: [(name: String, tallies: [UncertaintyTally])], calibrationReasons: [String] = []) {
    let merged = subjects.compactMap { subject -> (name: String, tally: UncertaintyTally)? in
      guard var sum = subject.tallies.first else { return nil }
      for tally in subject.tallies.dropFirst() { sum.merge(tally) }
      return sum.foreground.errors.count > 0 ? (subject.name, sum) : nil
    }
    guard let first = merged.first?.tally else { return nil }
    let samples = first.sampleCount
    var ranks = RankHistogram(sampleCount: samples)
    var sketch = UncertaintySketch(dataRange: 1, sampleCount: samples)
    var pooled = first
    for (index, subject) in merged.enumerated() {
      let one = subject.tally.foreground
      if one.ranks.total > 0 { ranks.merge(one.ranks, weight: 1 / one.ranks.total) }
      if one.sketch.count > 0 { sketch.merge(one.sketch, weight: 1 / one.sketch.count) }
      if index > 0 { pooled.merge(subject.tally) }
    }
    let profile = sketch.profile
    let rows = merged.map { subject in
      Subject(
        name: subject.name, coverage: subject.tally.foreground.intervals.results.map(\.coverage),
        figures: Figures(
          subject.tally.foreground, ranks: subject.tally.foreground.ranks,
          profile: subject.tally.foreground.sketch.profile))
    }
    self.samples = samples
    self.ranks = ranks.shares
    self.subjects = rows
    levels = pooled.foreground.intervals.results.enumerated().map { k, level in
      let summary = try? SubjectSummary(rows.map { $0.coverage[k] })
      return Level(
        nominal: level.nominal, factor: PredictionInterval(coverage: level.nominal, sampleCount: samples).factor,
        pooled: level.coverage, mean: summary?.mean ?? .nan, deviation: summary?.deviation ?? .nan,
        minimum: summary?.minimum ?? .nan, maximum: summary?.maximum ?? .nan, meanWidth: level.meanWidth,
        meanScore: level.meanScore)
    }
    deciles = profile.reliability().map {
      Decile(
        expectedError: $0.expectedError, rootMeanSquaredError: $0.rootMeanSquaredError, coverage: $0.coverage)
    }
    parts = UncertaintyTally.Part.allCases.compactMap { part in
      pooled.parts[part].flatMap { regional in
        guard regional.intervals.count > 0 else { return nil }
        return Part(
          part: part.title, voxels: regional.intervals.count, coverage: regional.intervals.results.map(\.coverage),
          spreadOverSkill: regional.spread.ratio)
      }
    }
    figures = Figures(pooled.foreground, ranks: ranks, profile: profile)
    calibrated = CalibratedReport(merged.compactMap(\.tally.calibrated), reasons: calibrationReasons)
    let curve = profile.sparsification()
    sparsification = Sparsification(
      removed: curve.removed, bySigma: curve.bySigma, oracle: curve.oracle, overall: curve.overall)
  }
}

extension UncertaintyReport.Figures {
  fileprivate init(_ statistics: EnsembleStatistics, ranks: RankHistogram, profile: UncertaintyProfile) {
    let curve = profile.sparsification()
    spread = statistics.spread.spread
    skill = statistics.spread.skill
    spreadOverSkill = statistics.spread.ratio
    gainOfMean = statistics.spread.gainOfMean
    gainOfPerfectMean = statistics.spread.gainOfPerfectMean
    fairCRPS = statistics.score.mean
    ence = profile.expectedNormalizedCalibrationError()
    enceStudent =
      ranks.sampleCount >= 4 ? profile.expectedNormalizedCalibrationError(predictive: .student) : nil
    ause = curve.areaUnderError
    auseOfConstant = curve.areaUnderErrorOfConstant
    auseShare = curve.areaUnderError / curve.areaUnderErrorOfConstant
    spearman = profile.rankCorrelation
    excessOutside = ranks.excessOutside
    rankSlope = ranks.slope
    rankUnevenness = ranks.unevenness
    sigma = statistics.pixelDeviation.value(dataRange: 1)
  }
}

extension UncertaintyTally {
  /// Adds another scan's, voxel by voxel.
  mutating func merge(_ other: UncertaintyTally) {
    foreground.merge(other.foreground)
    for (part, regional) in other.parts {
      guard var known = parts[part] else {
        parts[part] = regional
        continue
      }
      known.intervals.merge(regional.intervals)
      known.spread.merge(regional.spread)
      parts[part] = known
    }
    if var known = calibrated, let others = other.calibrated {
      known.merge(others)
      calibrated = known
    } else {
      calibrated = calibrated ?? other.calibrated
    }
  }
}

extension EvaluationReport {
  /// `nil` where no scan has two samples or more.
  var uncertainty: UncertaintyReport? {
    UncertaintyReport(
      zip(subjects, recordsBySubject).map { ($0, $1.compactMap(\.uncertainty)) },
      calibrationReasons: Set(records.flatMap(\.calibrationReasons)).sorted())
  }
}
