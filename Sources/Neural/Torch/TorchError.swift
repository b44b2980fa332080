/// Why a file that PyTorch may have saved cannot be read. One sentence: reading stops at the first thing that is wrong.
public struct TorchError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong.
  public enum Code: String, Sendable {
    /// There is no such file, or it may not be read.
    case unreadable
    /// Truncated, damaged, or neither of the two forms that PyTorch saves.
    case malformed
    /// Well formed, and asks for what a file of weights has no need of: code to call, shared memory, sizes beyond the file.
    case refused
  }

  /// What went wrong, for programs.
  public let code: Code
  /// The path of the file.
  public let subject: String
  /// What was expected and found, and what to do.
  public let reason: String

  /// Made of a code, the file, and a reason that says what to do.
  public init(_ code: Code, subject: String, reason: String) {
    self.code = code
    self.subject = subject
    self.reason = reason
  }

  public var description: String { "\(subject): \(reason)" }
}
