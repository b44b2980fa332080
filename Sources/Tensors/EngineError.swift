/// Why an engine cannot be had.
public struct EngineError: Error, CustomStringConvertible, Sendable {
  /// What went wrong.
  public enum Code: String, Sendable {
    /// This processor lacks what the kernels need.
    case kernelsUnavailable
    /// The system gives no more threads.
    case threadsRefused
  }

  /// What went wrong, for programs.
  public let code: Code
  /// What was asked for.
  public let subject: String
  /// What is wrong and what to do.
  public let reason: String

  public var description: String { "\(subject): \(reason)" }

  /// Made of a code, what it is about, and a reason that says what to do.
  public init(code: Code, subject: String, reason: String) {
    self.code = code
    self.subject = subject
    self.reason = reason
  }
}
