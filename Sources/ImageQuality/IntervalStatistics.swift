/// Coverage, width and score of intervals, gathered plane by plane in constant memory.
public struct IntervalStatistics: Equatable, Sendable, Codable {
  /// What came out for one nominal level.
  public struct Level: Equatable, Sendable {
    /// The coverage that was promised, 0…1.
    public let nominal: Double
    /// The share of pixels whose truth lay inside (ends included); NaN without pixels.
    public let coverage: Double
    /// Mean of upper − lower, in the data's unit.
    public let meanWidth: Double
    /// Mean interval score, in the data's unit, smaller is better: width + 2/α · (distance of the truth outside), α being
    /// 1 − nominal (Gneiting and Raftery, "Strictly proper scoring rules", JASA 2007, equation 43).
    public let meanScore: Double
  }

  /// The nominal coverages.
  public let levels: [Double]
  /// Pixels counted.
  public private(set) var count = 0
  /// Pixels left out because a value was not finite.
  public private(set) var skipped = 0
  private var inside: [Int]
  private var width: [Double]
  private var score: [Double]

  /// - Parameter levels: nominal coverages, each between 0 and 1.
  public init(levels: [Double] = PredictionInterval.standardLevels) {
    self.levels = levels
    inside = levels.map { _ in 0 }
    width = levels.map { _ in 0 }
    score = levels.map { _ in 0 }
  }

  /// Adds the intervals mean ± factor·λ·√(deviation² + τ²) of every level, with the finite-N factor.
  /// - Parameters:
  ///   - sampleCount: N of the deviation, at least 2.
  ///   - calibration: λ and τ; identity for the raw deviation.
  public mutating func add(
    mean: [Double], deviation: [Double], truth: [Double], sampleCount: Int,
    calibration: DeviationCalibration = .identity, mask: ForegroundMask? = nil
  ) {
    precondition(mean.count == truth.count && deviation.count == truth.count, "all cover the same pixels")
    precondition(mask.map { $0.included.count == truth.count } ?? true, "the mask covers the same pixels")
    let factors = levels.map { PredictionInterval(coverage: $0, sampleCount: sampleCount).factor }
    var plane = IntervalStatistics(levels: levels)
    for i in truth.indices where mask?.included[i] ?? true {
      let error = truth[i] - mean[i]
      let spread = calibration.calibrated(deviation[i])
      guard error.isFinite, spread.isFinite else {
        plane.skipped += 1
        continue
      }
      plane.count += 1
      for (k, factor) in factors.enumerated() {
        plane.record(k, below: -factor * spread, above: factor * spread, error)
      }
    }
    merge(plane)
  }

  /// Adds intervals that are known by their ends, to a statistic of one level.
  public mutating func add(lower: [Double], upper: [Double], truth: [Double], mask: ForegroundMask? = nil) {
    precondition(levels.count == 1, "ends belong to one level: make one statistic for each")
    precondition(lower.count == truth.count && upper.count == truth.count, "all cover the same pixels")
    var plane = IntervalStatistics(levels: levels)
    for i in truth.indices where mask?.included[i] ?? true {
      guard lower[i].isFinite, upper[i].isFinite, truth[i].isFinite else {
        plane.skipped += 1
        continue
      }
      plane.count += 1
      plane.record(0, below: lower[i], above: upper[i], truth[i])
    }
    merge(plane)
  }

  /// Adds what another gathered, of the same levels.
  public mutating func merge(_ other: IntervalStatistics) {
    precondition(levels == other.levels, "statistics of the same levels")
    count += other.count
    skipped += other.skipped
    for k in levels.indices {
      inside[k] += other.inside[k]
      width[k] += other.width[k]
      score[k] += other.score[k]
    }
  }

  /// What came out, level by level.
  public var results: [Level] {
    levels.indices.map { k in
      Level(
        nominal: levels[k], coverage: Double(inside[k]) / Double(count), meanWidth: width[k] / Double(count),
        meanScore: score[k] / Double(count))
    }
  }

  private mutating func record(_ k: Int, below: Double, above: Double, _ value: Double) {
    let outside = max(below - value, value - above, 0)
    if outside == 0 { inside[k] += 1 }
    width[k] += above - below
    score[k] += above - below + 2 / (1 - levels[k]) * outside
  }
}
