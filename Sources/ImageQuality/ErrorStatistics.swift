#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Mean errors of an estimate against the truth, gathered plane by plane in constant memory.
///
/// PSNR equals scikit-image's `peak_signal_noise_ratio` with `data_range` given. LR-PSNR is the PSNR of the downscaled
/// estimate against the low-resolution input (SRDiff, Li et al. 2022, section 4.1): feed those two planes.
public struct ErrorStatistics: Equatable, Sendable, Codable {
  /// Pixels counted.
  public private(set) var count = 0
  /// Pixels left out because the estimate or the truth was not finite.
  public private(set) var skipped = 0
  private var sum = 0.0
  private var absolute = 0.0
  private var squared = 0.0

  /// Nothing gathered yet.
  public init() {}

  /// Adds the pixels of a plane, those inside the mask if there is one. All arrays have the same length.
  public mutating func add(estimate: [Double], truth: [Double], mask: ForegroundMask? = nil) {
    precondition(estimate.count == truth.count, "estimate and truth cover the same pixels")
    precondition(mask.map { $0.included.count == truth.count } ?? true, "the mask covers the same pixels")
    // Per plane first, so that the sums of a long volume do not swallow small planes.
    var plane = ErrorStatistics()
    for i in truth.indices where mask?.included[i] ?? true {
      let error = estimate[i] - truth[i]
      guard error.isFinite else {
        plane.skipped += 1
        continue
      }
      plane.count += 1
      plane.sum += error
      plane.absolute += abs(error)
      plane.squared += error * error
    }
    merge(plane)
  }

  /// Adds what another gathered.
  public mutating func merge(_ other: ErrorStatistics) {
    count += other.count
    skipped += other.skipped
    sum += other.sum
    absolute += other.absolute
    squared += other.squared
  }

  /// Mean of estimate − truth, in the unit of the values; NaN without pixels, as all below.
  public var bias: Double { sum / Double(count) }
  /// Mean absolute error.
  public var meanAbsoluteError: Double { absolute / Double(count) }
  /// Mean squared error, in the square of the unit.
  public var meanSquaredError: Double { squared / Double(count) }
  /// Its square root, in the unit of the values.
  public var rootMeanSquaredError: Double { meanSquaredError.squareRoot() }

  /// 10·log₁₀(range² / MSE) in dB; infinite where both agree exactly.
  /// - Parameter dataRange: the distance from the smallest to the largest value that the data can take; state it with the result.
  public func peakSignalToNoiseRatio(dataRange: Double) -> Double {
    10 * log10(dataRange * dataRange / meanSquaredError)
  }
}
