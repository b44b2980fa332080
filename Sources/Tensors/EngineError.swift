/// Why an engine cannot be had.
public struct EngineError: Error, CustomStringConvertible, Sendable {
  public enum Code: String, Sendable {
    case kernelsUnavailable
    case threadsRefused
  }

  public let code: Code
  /// What was asked for.
  public let subject: String
  /// What is wrong and what to do.
  public let reason: String

  public var description: String { "\(subject): \(reason)" }

  public init(code: Code, subject: String, reason: String) {
    self.code = code
    self.subject = subject
    self.reason = reason
  }
}
