/// The one affine map between a volume's values and the model's [−1, 1]; fixed for the whole volume and recorded beside the output.
///
/// Values outside `low…high` are clamped for the network's eyes only: the bicubic base of the output carries them unchanged.
public struct IntensityMapping: Equatable, Sendable, Codable {
  /// The value that becomes −1, in the volume's unit.
  public let low: Double
  /// The value that becomes +1, in the volume's unit.
  public let high: Double
  /// How the two were found, for the record.
  public let rule: String

  public init(low: Double, high: Double, rule: String) {
    precondition(high > low && low.isFinite && high.isFinite, "an intensity range has an extent")
    self.low = low
    self.high = high
    self.rule = rule
  }

  /// The volume's units in one unit of the model's scale.
  public var unitsPerModelUnit: Double { (high - low) / 2 }

  /// What the network sees of a value: −1…1.
  package func modelValue(_ value: Double) -> Float {
    Float(Swift.min(1, Swift.max(-1, (value - low) / (high - low) * 2 - 1)))
  }
}
