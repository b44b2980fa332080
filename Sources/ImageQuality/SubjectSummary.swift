/// A measure over subjects: every subject counts the same, however many voxels it has, because its voxels are one draw.
///
/// To compare two methods, summarise their differences subject by subject: whether that interval excludes 0 is the question.
public struct SubjectSummary: Equatable, Sendable {
  /// Subjects with a finite value.
  public let count: Int
  /// Mean over subjects.
  public let mean: Double
  /// Standard deviation over subjects, divisor count − 1; NaN for one subject.
  public let deviation: Double
  /// The smallest value.
  public let minimum: Double
  /// The largest value.
  public let maximum: Double
  /// Percentile bootstrap interval of the mean over subjects (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993,
  /// section 13.3). With ten subjects or fewer it is somewhat too narrow: read it as a lower bound of the doubt.
  public let interval: ClosedRange<Double>
  /// Coverage of the interval, 0…1.
  public let confidence: Double

  /// - Parameters:
  ///   - values: one number per subject; what is not finite is left out.
  ///   - confidence: between 0 and 1.
  ///   - resamples: draws of the bootstrap.
  ///   - seed: the same seed gives the same interval.
  /// - Throws: `ImageQualityError` when no value is finite.
  public init(_ values: [Double], confidence: Double = 0.95, resamples: Int = 10_000, seed: UInt64 = 1) throws {
    precondition(confidence > 0 && confidence < 1, "a confidence lies between 0 and 1")
    let finite = values.filter(\.isFinite)
    guard let least = finite.min(), let most = finite.max() else {
      throw ImageQualityError(
        .tooFewData, subject: "summary over subjects",
        reason: "none of \(values.count) values is a finite number. At least one subject is needed.")
    }
    let n = Double(finite.count)
    let mean = finite.reduce(0, +) / n
    count = finite.count
    self.mean = mean
    deviation = (finite.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)).squareRoot()
    minimum = least
    maximum = most
    self.confidence = confidence
    var random = SplitMix64(seed: seed)
    var means: [Double] = []
    means.reserveCapacity(resamples)
    for _ in 0..<max(resamples, 1) {
      var sum = 0.0
      for _ in finite.indices { sum += finite[random.next(below: finite.count)] }
      means.append(sum / n)
    }
    means.sort()
    let tail = (1 - confidence) / 2
    interval = quantile(ofSorted: means, tail)...quantile(ofSorted: means, 1 - tail)
  }
}

/// The `share` quantile of sorted numbers, linear between neighbours (type 7 of Hyndman and Fan, NumPy's default).
func quantile(ofSorted sorted: [Double], _ share: Double) -> Double {
  let position = min(max(share, 0), 1) * Double(sorted.count - 1)
  let k = Int(position)
  return k + 1 < sorted.count ? sorted[k] + (sorted[k + 1] - sorted[k]) * (position - Double(k)) : sorted[k]
}

/// A small generator of random numbers that is the same everywhere (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", 2014).
struct SplitMix64 {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number in 0..<bound; the bias of the multiplication is below bound / 2⁶⁴.
  mutating func next(below bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }
}
