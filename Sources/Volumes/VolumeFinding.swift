/// Something odd about a file, and what was done about it. Findings never stop a reading; what must is a `VolumeError`.
public struct VolumeFinding: Equatable, Sendable, CustomStringConvertible {
  /// How much it matters.
  public enum Severity: String, Comparable, Sendable {
    /// Worth knowing.
    case note
    /// A value was repaired or ignored: look whether that suits.
    case warning

    public static func < (a: Self, b: Self) -> Bool { a == .note && b == .warning }
  }

  /// How much it matters.
  public var severity: Severity
  /// What was found, and what was done: a sentence without a capital at its start and a full stop at its end.
  public var text: String

  /// A finding of this severity.
  public init(severity: Severity, text: String) {
    self.severity = severity
    self.text = text
  }

  /// Worth knowing.
  public static func note(_ text: String) -> Self { .init(severity: .note, text: text) }
  /// Look whether it suits.
  public static func warning(_ text: String) -> Self { .init(severity: .warning, text: text) }

  public var description: String { "\(severity.rawValue): \(text)" }
}
