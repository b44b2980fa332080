import Diffusion
import Volumes

/// The one affine map between a volume's values and the model's [−1, 1]; fixed for the whole volume and recorded beside the output.
///
/// Values outside `low…high` go through the same line (clamping them costs 0.35 dB: `Docs/Decisions/0005-intensity.md`), and whatever the
/// network makes of them, the bicubic base of the output carries them unchanged.
public struct IntensityMapping: Equatable, Sendable, Codable {
  /// The value that becomes −1, in the volume's unit.
  public let low: Double
  /// The value that becomes +1, in the volume's unit.
  public let high: Double
  /// How the two were found, for the record.
  public let rule: String

  /// Vessels reach 7 in real scans; a stray voxel of 10³⁰ must not reach the network.
  package static let furthest = 10.0

  /// A mapping of `low…high` to −1…1; `low` < `high`, both finite.
  public init(low: Double, high: Double, rule: String) {
    precondition(high > low && low.isFinite && high.isFinite, "an intensity range has an extent")
    self.low = low
    self.high = high
    self.rule = rule
  }

  /// The volume's units in one unit of the model's scale.
  public var unitsPerModelUnit: Double { (high - low) / 2 }

  /// What the network sees of a value: −1…1 for `low…high`, beyond for what is brighter or darker, cut at ±`furthest`.
  package func modelValue(_ value: Double) -> Float {
    Float(Swift.min(Self.furthest, Swift.max(-Self.furthest, (value - low) / (high - low) * 2 - 1)))
  }
}

extension IntensityDescription {
  /// Whether the model is one for CT.
  public var isHounsfield: Bool { if case .hounsfield = self { true } else { false } }

  /// The percentile to ask `VolumeStatistics` for.
  var percentile: Double {
    switch self {
    case .percentile(let percentile, _, _): percentile
    case .hounsfield: 100
    }
  }

  /// For CT under a model that has no range of its own: air to dense bone, in HU.
  private static let computedTomography = -1024.0...1024.0

  /// Interpolation rings a little below zero; what goes further, in shares of the range, is worth a word.
  private static let harmlessUndershoot = 0.25

  /// The model's rule applied to a volume, and what the user should know about it.
  func mapping(for statistics: VolumeStatistics, of modality: Modality) -> (
    mapping: IntensityMapping, warnings: [String]
  ) {
    if modality == .ct, case .percentile = self {
      let range = Self.computedTomography
      // That the model has not learned from CT is for its scope to say.
      return (
        IntensityMapping(
          low: range.lowerBound, high: range.upperBound, rule: "CT: \(range.lowerBound) … \(range.upperBound) HU"), []
      )
    }
    switch self {
    case .hounsfield(let lower, let upper):
      return (IntensityMapping(low: lower, high: upper, rule: "\(lower) … \(upper) HU"), [])
    case .percentile(let percentile, let lower, let upper):
      let rule = "percentile \(percentile) of the positive voxels"
      if let unit = statistics.positivePercentile, unit > 0, unit * upper > unit * lower,
        (unit * (upper - lower)).isFinite
      {
        var warnings: [String] = []
        if statistics.minimum < unit * lower - Self.harmlessUndershoot * unit * (upper - lower) {
          warnings.append(
            "values go down to \(statistics.minimum), where the model has seen none below \(unit * lower). Is this a CT in Hounsfield units or "
              + "a normalised scan? No model for those ships yet.")
        }
        return (IntensityMapping(low: unit * lower, high: unit * upper, rule: rule), warnings)
      }
      // Nothing to hold on to: any range does, since there is no structure above zero to restore.
      let reach = max(abs(statistics.minimum), abs(statistics.maximum), 1e-30)
      return (
        IntensityMapping(low: 0, high: reach, rule: rule + ": there are none; largest magnitude instead"),
        ["no voxel is positive: the model's intensity mapping finds nothing to hold on to."]
      )
    }
  }
}
