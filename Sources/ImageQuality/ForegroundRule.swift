/// Which pixels of a scan are foreground, as a rule for the whole volume.
public enum ForegroundRule: Equatable, Sendable, Codable, CustomStringConvertible {
  /// Everything but exact zeros: a skull-stripped scan.
  case nonZero
  /// Everything above a threshold, in the volume's unit: air is not exactly anything.
  case above(Double)
  /// Everything.
  case everything

  /// Above this share of the range, a voxel of a scan with a noisy background counts as foreground.
  static let airShare = 0.1
  /// From this share of exact zeros on, the background was cleared.
  static let clearedShare = 0.2

  /// The rule that suits a volume: exact zeros are background where there are many of them and nothing is below, else whatever reaches
  /// a tenth of the intensity range.
  /// - Parameters:
  ///   - zeros: the share of voxels that are exactly 0.
  ///   - minimum: of the volume.
  ///   - range: from black to white, in the volume's unit.
  public static func suiting(zeros: Double, minimum: Double, range: ClosedRange<Double>) -> ForegroundRule {
    if minimum >= 0, zeros >= clearedShare { return .nonZero }
    return .above(range.lowerBound + airShare * (range.upperBound - range.lowerBound))
  }

  /// The foreground of a slice of the truth.
  public func mask(of values: [Double]) -> ForegroundMask {
    switch self {
    case .nonZero: .nonZero(values)
    case .above(let threshold): .above(threshold, values)
    case .everything: .all(count: values.count)
    }
  }

  public var description: String {
    switch self {
    case .nonZero: "voxels that are not exactly 0"
    case .above(let threshold): "voxels above \(threshold)"
    case .everything: "all voxels"
    }
  }
}
