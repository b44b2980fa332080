/// A report that cannot be made: what, where, what was expected and found, what to do now.
public struct ReportError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// There is no output of an upscale under this name.
    case notAnOutput
    /// A volume that does not belong to the output.
    case mismatch
  }

  public let code: Code
  /// The file that this is about.
  public let subject: String
  public let reason: String

  public init(_ code: Code, _ subject: String, _ reason: String) {
    self.code = code
    self.subject = subject
    self.reason = reason
  }

  public var description: String { "\(subject): \(reason)" }
}
