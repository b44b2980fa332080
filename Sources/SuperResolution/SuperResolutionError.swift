/// Something a file, a flag or a person caused: what, where, what was expected and found, what to do now.
public struct SuperResolutionError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    case modelNotFound
    case modelMismatch
    case invalidSetting
    /// Asked to be strict, and the input is unlike what the model has learned from.
    case outsideModel
    case outputExists
    case unwritable
    case unreadable
    case unsupported
    case calibrationNotFound
    case invalidCalibration
    /// A label map that does not fit.
    case invalidLabels
  }

  public let code: Code
  /// The file or the option that this is about.
  public let subject: String
  public let reason: String

  public init(_ code: Code, _ subject: String, _ reason: String) {
    self.code = code
    self.subject = subject
    self.reason = reason
  }

  public var description: String { "\(subject): \(reason)" }
}
