#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How wide the intervals of one subject would have to be: the distribution over its voxels of
/// |truth − m| / (factor·√(s² + τ²)), 1 meaning that the voxel lies exactly on the end of its interval.
///
/// Gathered plane by plane in constant memory (150 KB): logarithmic bins of 0.1 % from 10⁻⁴ to 10⁴. Quantiles are upper ends of
/// bins: at most 0.1 % too wide, never too narrow.
public struct ConformityScores: Sendable {
  /// Nominal coverage and N.
  public let interval: PredictionInterval
  /// Applied to s; its λ is part of the deviation, so leave it 1 to obtain λ from here.
  public let calibration: DeviationCalibration
  /// Voxels counted.
  public private(set) var count = 0
  /// Voxels left out because a value was not finite.
  public private(set) var skipped = 0
  private var bins: [Int]

  private static let lowest = 1e-4
  private static let highest = 1e4
  private static let step = 0.001
  private static let binCount = Int((log(highest / lowest) / step).rounded(.up)) + 2

  /// - Parameters:
  ///   - interval: nominal coverage and N; its factor is part of the score.
  ///   - calibration: τ (or the curve) with scale 1.
  public init(interval: PredictionInterval, calibration: DeviationCalibration = .identity) {
    self.interval = interval
    self.calibration = calibration
    bins = [Int](repeating: 0, count: Self.binCount)
  }

  /// Adds a plane: mean and deviation of the samples, and the truth.
  public mutating func add(mean: [Double], deviation: [Double], truth: [Double], mask: ForegroundMask? = nil) {
    precondition(mean.count == truth.count && deviation.count == truth.count, "all cover the same pixels")
    precondition(mask.map { $0.included.count == truth.count } ?? true, "the mask covers the same pixels")
    for i in truth.indices where mask?.included[i] ?? true {
      let error = abs(truth[i] - mean[i])
      let half = interval.factor * calibration.calibrated(deviation[i])
      guard error.isFinite, half.isFinite else {
        skipped += 1
        continue
      }
      // No error is inside any interval, even one without width.
      bins[Self.bin(of: error == 0 ? 0 : error / half)] += 1
      count += 1
    }
  }

  /// Adds the same of other voxels of this subject.
  public mutating func merge(_ other: ConformityScores) {
    precondition(interval == other.interval && calibration == other.calibration, "scores of one interval")
    count += other.count
    skipped += other.skipped
    for i in bins.indices { bins[i] += other.bins[i] }
  }

  /// The smallest λ with which at least this share of the voxels lies inside; the default is the interval's nominal coverage, and
  /// then this is the subject's λⱼ. Infinite where it takes intervals 10⁴ times wider; NaN without voxels.
  public func scale(covering share: Double? = nil) -> Double {
    guard count > 0 else { return .nan }
    let wanted = (share ?? interval.coverage) * Double(count)
    var inside = 0
    for (i, n) in bins.enumerated() {
      inside += n
      // Counts are whole: a hair below the product is rounding.
      if Double(inside) >= wanted - 1e-9 * Double(count) { return Self.upperEnd(i) }
    }
    return .infinity
  }

  /// The share of voxels inside intervals scaled by λ, within what one bin holds.
  public func coverage(scale: Double) -> Double {
    guard count > 0, !scale.isNaN else { return .nan }
    if scale == .infinity { return 1 }
    var inside = 0.0
    for (i, n) in bins.enumerated() where n > 0 {
      let high = Self.upperEnd(i)
      let low = i == 0 ? 0 : Self.upperEnd(i - 1)
      if high <= scale {
        inside += Double(n)
      } else if low < scale, high.isFinite {
        inside += Double(n) * (scale - low) / (high - low)
      }
    }
    return inside / Double(count)
  }

  private static func bin(of ratio: Double) -> Int {
    guard ratio > lowest else { return 0 }
    guard ratio <= highest else { return binCount - 1 }
    return min(Int((log(ratio / lowest) / step).rounded(.up)), binCount - 2)
  }

  private static func upperEnd(_ bin: Int) -> Double {
    bin >= binCount - 1 ? .infinity : lowest * exp(step * Double(bin))
  }
}
