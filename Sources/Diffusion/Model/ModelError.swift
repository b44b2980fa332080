/// Everything that is wrong with one model file, in one error.
public struct ModelError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong.
  public enum Code: String, Sendable {
    /// The file cannot be read, or is no safetensors file.
    case unreadable
    /// Its tensors are not those of an SRDiff model, or its metadata contradicts them.
    case unsuitable
    /// It could not be written.
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
    guard problems.count > 1 else { return "\(subject): \(problems.first ?? code.rawValue)" }
    let shown = problems.prefix(500)
    let rest = problems.count - shown.count
    return "\(subject): \(problems.count) problems:\n" + shown.map { "  - \($0)" }.joined(separator: "\n")
      + (rest > 0 ? "\n  - and \(rest) more" : "")
  }
}
