/// Something that a configuration, a folder of scans or a checkpoint caused: what, where, and what to do now.
public struct TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What went wrong.
  public enum Code: String, Sendable {
    /// The configuration is not YAML, has unknown keys, or values that cannot be.
    case invalidConfiguration
    /// No scan that can be learned from.
    case noData
    /// A checkpoint that does not belong to the configuration, or cannot be read.
    case unsuitableCheckpoint
    /// The output cannot be written.
    case unwritable
    /// Loss or gradients stopped being numbers.
    case diverged
  }

  /// What went wrong, for programs.
  public let code: Code
  /// The file, the key or the update that this is about.
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
