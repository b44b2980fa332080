/// What went wrong with a figure: which figure or file, what was expected and found, what to do now.
public struct FigureError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure, for a caller that wants to tell them apart.
  public enum Code: String, Sendable {
    /// There is nothing to draw.
    case empty
    /// A size or a pixel spacing from which no picture can be made.
    case unusableSize
    /// Larger than a PNG drawn by Cairo can be (32 767 pixels a side).
    case tooLarge
    /// The file is there already and may not be replaced.
    case outputExists
    /// The file could not be written; nothing was left behind.
    case cannotWrite
    /// The file is no readable PNG.
    case cannotRead
    /// Cairo gave up.
    case drawingFailed
  }

  /// The kind of failure.
  public let code: Code
  /// The figure or the file it is about.
  public let subject: String
  /// A sentence: what was expected, what was found, what to do now.
  public let reason: String

  /// An error about a figure or file; `reason` is a sentence that says what to do.
  public init(_ code: Code, subject: String, reason: String) {
    self.code = code
    self.subject = subject
    self.reason = reason
  }

  /// Subject and reason.
  public var description: String { "\(subject): \(reason)" }
}
