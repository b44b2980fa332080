/// How the values of a volume are spread, whatever its unit: what tells a skull-stripped T1 from a FLAIR or from a whole head in noisy air.
///
/// Values are divided by the percentile that the model's intensity mapping takes; what exceeds `foregroundAbove` of it is foreground, capped at 1.
/// Nothing here depends on how much air surrounds the body, so that cropping changes nothing.
public struct IntensityShape: Equatable, Sendable {
  /// A number about the distribution of a volume's intensities that does not depend on their unit.
  public enum Measure: String, CaseIterable, Sendable {
    /// The share of the background's voxels that are zero, to a thousandth of the range: 1 in masked scans, about 0 in raw ones.
    case backgroundZero = "background_zero"
    /// The median of the foreground.
    case median
    /// The distance between the quartiles of the foreground.
    case spread
    /// The third standardised moment of the foreground.
    case skewness

    /// For people.
    public var text: String {
      switch self {
      case .backgroundZero: "the share of the background that is exactly zero"
      case .median: "the median brightness of the foreground"
      case .spread: "the distance between the quartiles of the foreground's brightness"
      case .skewness: "the skewness of the foreground's histogram"
      }
    }

    /// Differences up to this are between people, not between kinds of scans. A masked scan that was resampled has ringing along its mask, hence the
    /// first.
    var tolerance: Double {
      switch self {
      case .backgroundZero: 0.25
      case .median, .spread: 0.05
      case .skewness: 0.2
      }
    }

    /// What it can be at all.
    var limits: ClosedRange<Double> { self == .skewness ? -1000...1000 : 0...1 }
  }

  /// Above this share of the mapping's percentile a voxel is foreground.
  public static let foregroundAbove = 0.04

  /// What was measured.
  public let values: [Measure: Double]

  /// These values.
  public init(_ values: [Measure: Double]) { self.values = values }

  /// One of them; `nil` where it could not be measured.
  public subscript(measure: Measure) -> Double? { values[measure] }
}

extension IntensityShape {
  /// Zero to the range's thousandth.
  private static let zeroBelow = 0.001
  /// Where there is less background than this share of the volume, its zeros say nothing.
  private static let leastBackground = 0.01

  /// - Parameters:
  ///   - bins: positive voxels, counted by the upper half of their Float32 pattern: within 0.4 % of their value.
  ///   - unit: the mapping's percentile, above zero.
  ///   - zeros: voxels that are exactly zero.
  ///   - finite: all voxels that are finite.
  /// - Returns: nil where nothing is foreground.
  init?(bins: [Int], unit: Double, zeros: Int, finite: Int) {
    var foreground: [(value: Double, count: Int)] = []
    var almostZero = 0
    for (index, count) in bins.enumerated() where count > 0 {
      let value = Double(Float(bitPattern: UInt32(index) << 16 | 0x8000)) / unit
      if value > Self.foregroundAbove {
        foreground.append((min(value, 1), count))
      } else if value < Self.zeroBelow {
        almostZero += count
      }
    }
    let total = foreground.reduce(0) { $0 + $1.count }
    guard total > 0 else { return nil }
    func quantile(_ share: Double) -> Double {
      var before = 0
      for (value, count) in foreground {
        before += count
        if Double(before) >= share * Double(total) { return value }
      }
      return 1
    }
    func moment(_ body: (Double) -> Double) -> Double {
      foreground.reduce(0) { $0 + body($1.value) * Double($1.count) } / Double(total)
    }
    let mean = moment { $0 }
    let deviation = moment { ($0 - mean) * ($0 - mean) }.squareRoot()
    var values: [Measure: Double] = [.median: quantile(0.5), .spread: quantile(0.75) - quantile(0.25)]
    if deviation > 1e-6 {
      values[.skewness] = moment { ($0 - mean) * ($0 - mean) * ($0 - mean) } / (deviation * deviation * deviation)
    }
    let background = finite - total
    if Double(background) >= Self.leastBackground * Double(finite) {
      values[.backgroundZero] = Double(zeros + almostZero) / Double(background)
    }
    self.init(values)
  }
}
