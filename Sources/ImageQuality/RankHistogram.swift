/// Where the truth ranks among its N samples: flat when the samples are draws from the right distribution, whatever its shape
/// (Hamill, "Interpretation of rank histograms for verifying ensemble forecasts", 2001).
///
/// A U says too little spread, a dome too much, a slope says bias. Ties share the pixel equally among the ranks they allow.
public struct RankHistogram: Equatable, Sendable, Codable {
  /// N.
  public let sampleCount: Int
  /// Pixels per rank 0…N, fractions where there were ties.
  public private(set) var counts: [Double]

  /// Nothing gathered yet, for N samples.
  public init(sampleCount: Int) {
    precondition(sampleCount >= 1, "a rank needs a sample")
    self.sampleCount = sampleCount
    counts = [Double](repeating: 0, count: sampleCount + 1)
  }

  /// Adds a plane: N arrays of samples and the truth.
  public mutating func add(samples: [[Double]], truth: [Double], mask: ForegroundMask? = nil) {
    precondition(samples.count == sampleCount && samples.allSatisfy { $0.count == truth.count }, "N planes of one size")
    precondition(mask.map { $0.included.count == truth.count } ?? true, "the mask covers the same pixels")
    for i in truth.indices where mask?.included[i] ?? true {
      var below = 0
      var tied = 0
      var isFinite = truth[i].isFinite
      for sample in samples {
        if sample[i] < truth[i] { below += 1 } else if sample[i] == truth[i] { tied += 1 }
        isFinite = isFinite && sample[i].isFinite
      }
      guard isFinite else { continue }
      for rank in below...below + tied { counts[rank] += 1 / Double(tied + 1) }
    }
  }

  /// Adds what another gathered.
  /// - Parameter weight: 1 / its total gives every subject the same weight.
  public mutating func merge(_ other: RankHistogram, weight: Double = 1) {
    precondition(sampleCount == other.sampleCount, "histograms of the same number of samples")
    for k in counts.indices { counts[k] += weight * other.counts[k] }
  }

  /// Pixels counted, or their weight.
  public var total: Double { counts.reduce(0, +) }

  /// Share of pixels per rank; each is 1/(N + 1) when calibrated.
  public var shares: [Double] { counts.map { $0 / total } }

  /// Σ|share − 1/(N+1)|: 0 when flat, at most 2 (the reliability index of Delle Monache et al., 2006).
  public var unevenness: Double {
    let flat = 1 / Double(counts.count)
    return shares.reduce(0) { $0 + abs($1 - flat) }
  }

  /// Mean rank, scaled to 0…1, less one half: positive when the truth lies above the samples.
  public var slope: Double {
    let mean = shares.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
    return mean / Double(sampleCount) - 0.5
  }

  /// Share of truths outside all samples, divided by the calibrated 2/(N + 1): above 1 is under-dispersed.
  public var excessOutside: Double { (shares[0] + shares[sampleCount]) * Double(counts.count) / 2 }
}
