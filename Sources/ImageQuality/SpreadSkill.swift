#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Spread against skill: the error of the mean should be (1 + 1/N) times the variance over the samples, on average
/// (Fortin et al., "Why should ensemble spread match the RMSE of the ensemble mean?", 2014, equation 15).
public struct SpreadSkill: Equatable, Sendable, Codable {
  /// N ≥ 2.
  public let sampleCount: Int
  /// Pixels counted.
  public private(set) var count = 0
  private var squaredError = 0.0
  private var variance = 0.0

  /// Nothing gathered yet, for N ≥ 2 samples.
  public init(sampleCount: Int) {
    precondition(sampleCount >= 2, "one sample has no spread")
    self.sampleCount = sampleCount
  }

  /// Adds a plane: mean and deviation (divisor N − 1) of the samples, and the truth.
  public mutating func add(mean: [Double], deviation: [Double], truth: [Double], mask: ForegroundMask? = nil) {
    precondition(mean.count == truth.count && deviation.count == truth.count, "all cover the same pixels")
    precondition(mask.map { $0.included.count == truth.count } ?? true, "the mask covers the same pixels")
    var planeError = 0.0
    var planeVariance = 0.0
    for i in truth.indices where mask?.included[i] ?? true {
      let error = mean[i] - truth[i]
      guard error.isFinite, deviation[i].isFinite else { continue }
      planeError += error * error
      planeVariance += deviation[i] * deviation[i]
      count += 1
    }
    squaredError += planeError
    variance += planeVariance
  }

  /// Adds what another gathered.
  public mutating func merge(_ other: SpreadSkill) {
    precondition(sampleCount == other.sampleCount, "the same number of samples")
    count += other.count
    squaredError += other.squaredError
    variance += other.variance
  }

  /// Root mean squared error of the mean.
  public var skill: Double { (squaredError / Double(count)).squareRoot() }

  /// √((1 + 1/N) · mean s²): what the skill should be.
  public var spread: Double { ((1 + 1 / Double(sampleCount)) * variance / Double(count)).squareRoot() }

  /// Spread over skill: 1 when calibrated, below 1 under-dispersed.
  public var ratio: Double { spread / skill }

  /// By how many dB the mean beats a single sample; from both sums alone, as (1/N)Σ(xᵢ − y)² = (m − y)² + s²·(N−1)/N.
  public var gainOfMean: Double {
    let n = Double(sampleCount)
    return 10 * log10((squaredError + variance * (n - 1) / n) / squaredError)
  }

  /// The same for a perfect sampler: 10·log₁₀(2/(1 + 1/N)); 2.5 dB at N = 8.
  public var gainOfPerfectMean: Double { 10 * log10(2 / (1 + 1 / Double(sampleCount))) }
}
