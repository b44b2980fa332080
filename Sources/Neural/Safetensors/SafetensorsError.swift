/// Everything that is wrong with one safetensors file, in one error.
public struct SafetensorsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong.
  public enum Code: String, Sendable {
    /// There is no such file, or it may not be read, or it is not a regular file.
    case unreadable
    /// The bytes are not a safetensors file: truncated, damaged, or made to harm.
    case malformed
    /// A tensor was asked for that is not there or is of another kind.
    case unsuitable
    /// The file could not be written.
    case unwritable
  }

  /// What went wrong, for programs.
  public let code: Code
  /// The path of the file.
  public let subject: String
  /// One sentence per problem.
  public let problems: [String]

  /// Made of a code, the file, and everything that is wrong with it.
  public init(_ code: Code, subject: String, problems: [String]) {
    self.code = code
    self.subject = subject
    self.problems = problems
  }

  public var description: String {
    let shown = problems.prefix(200)
    let rest = problems.count - shown.count
    guard problems.count > 1 else { return "\(subject): \(problems.first ?? code.rawValue)" }
    return "\(subject): \(problems.count) problems:\n"
      + shown.map { "  - \($0)" }.joined(separator: "\n")
      + (rest > 0 ? "\n  - and \(rest) more" : "")
  }
}
