/// What keeps a measure from being taken: of what, why, and what to do now.
public struct ImageQualityError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: String, Sendable {
    /// An image is smaller than the window or network that looks at it.
    case imageTooSmall
    /// Not enough subjects, samples or voxels for the measure to exist.
    case tooFewData
    /// A weight file that does not fit the network.
    case unusableWeights
  }

  /// The kind of failure.
  public let code: Code
  /// The measure, or the file.
  public let subject: String
  /// A sentence: what was expected, what was found, what to do now.
  public let reason: String

  /// An error about a measure or file; `reason` is a sentence that says what to do.
  public init(_ code: Code, subject: String, reason: String) {
    self.code = code
    self.subject = subject
    self.reason = reason
  }

  /// Subject and reason.
  public var description: String { "\(subject): \(reason)" }
}
