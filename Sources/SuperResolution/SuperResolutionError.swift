/// Something a file, a flag or a person caused: what, where, what was expected and found, what to do now.
public struct SuperResolutionError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What went wrong.
  public enum Code: String, Sendable {
    /// No such file, or none of this name on the search path.
    case modelNotFound
    /// A model for another scale than asked for.
    case modelMismatch
    /// A value that cannot be, or two that do not go together.
    case invalidSetting
    /// Asked to be strict, and the input is unlike what the model has learned from.
    case outsideModel
    /// A file of this name is there already.
    case outputExists
    /// A name that cannot be had.
    case unwritable
    /// A file whose bytes cannot be had.
    case unreadable
    /// A volume that is too large or too small.
    case unsupported
    /// No calibration for this model.
    case calibrationNotFound
    /// A calibration that is damaged or of another kind.
    case invalidCalibration
    /// A label map that does not fit.
    case invalidLabels
  }

  /// What went wrong, for programs.
  public let code: Code
  /// The file or the option that this is about.
  public let subject: String
  /// What was expected and found, and what to do.
  public let reason: String

  /// Made of a code, what it is about, and a reason that says what to do.
  public init(_ code: Code, _ subject: String, _ reason: String) {
    self.code = code
    self.subject = subject
    self.reason = reason
  }

  public var description: String { "\(subject): \(reason)" }
}
