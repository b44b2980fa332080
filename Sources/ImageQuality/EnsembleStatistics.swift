/// Every measure of N samples against the truth at once, gathered slice by slice in about 2 MB: one for each subject and for each
/// part of it that is reported by itself (foreground, tissue, edges, the slices at the ends).
///
/// ```swift
/// var subject = EnsembleStatistics(sampleCount: 8, dataRange: 1000)
/// for slice in slices { subject.add(samples: slice.samples, truth: slice.truth, mask: .nonZero(slice.truth)) }
/// subject.intervals.results[2].coverage   // of the nominal 90 % interval
/// subject.sketch.profile.sparsification().areaUnderError
/// ```
public struct EnsembleStatistics: Sendable, Codable {
  /// λ and τ that intervals and sketch use; rank histogram, spread and score are of the samples as they are.
  public let calibration: DeviationCalibration
  /// Ranks of the truth.
  public private(set) var ranks: RankHistogram
  /// Spread against skill.
  public private(set) var spread: SpreadSkill
  /// Fair CRPS.
  public private(set) var score = RankedProbabilityScore()
  /// Coverage, width and score of the intervals.
  public private(set) var intervals: IntervalStatistics
  /// How the error depends on the deviation.
  public private(set) var sketch: UncertaintySketch
  /// The paper's σ.
  public private(set) var pixelDeviation = PixelDeviation()
  /// Errors of the mean of the samples.
  public private(set) var errors = ErrorStatistics()

  /// - Parameters:
  ///   - sampleCount: N ≥ 2.
  ///   - dataRange: a typical full range of the data, positive; only sets where the bins of the sketch lie.
  ///   - calibration: identity for the raw deviation.
  ///   - levels: nominal coverages, each between 0 and 1.
  public init(
    sampleCount: Int, dataRange: Double, calibration: DeviationCalibration = .identity,
    levels: [Double] = PredictionInterval.standardLevels
  ) {
    self.calibration = calibration
    ranks = RankHistogram(sampleCount: sampleCount)
    spread = SpreadSkill(sampleCount: sampleCount)
    intervals = IntervalStatistics(levels: levels)
    sketch = UncertaintySketch(dataRange: dataRange, sampleCount: sampleCount, levels: levels)
  }

  /// Adds a slice: N arrays of samples and the truth.
  public mutating func add(samples: [[Double]], truth: [Double], mask: ForegroundMask? = nil) {
    let moments = SampleMoments(samples)
    ranks.add(samples: samples, truth: truth, mask: mask)
    score.add(samples: samples, truth: truth, mask: mask)
    spread.add(mean: moments.mean, deviation: moments.deviation, truth: truth, mask: mask)
    intervals.add(
      mean: moments.mean, deviation: moments.deviation, truth: truth, sampleCount: ranks.sampleCount,
      calibration: calibration, mask: mask)
    sketch.add(
      mean: moments.mean, deviation: moments.deviation, truth: truth, calibration: calibration, mask: mask)
    pixelDeviation.add(deviation: moments.deviation, mask: mask)
    errors.add(estimate: moments.mean, truth: truth, mask: mask)
  }

  /// Adds what another gathered, voxel by voxel: pooled, not weighted by subject.
  public mutating func merge(_ other: EnsembleStatistics) {
    precondition(calibration == other.calibration, "statistics of one calibration")
    ranks.merge(other.ranks)
    spread.merge(other.spread)
    score.merge(other.score)
    intervals.merge(other.intervals)
    sketch.merge(other.sketch)
    pixelDeviation.merge(other.pixelDeviation)
    errors.merge(other.errors)
  }
}
