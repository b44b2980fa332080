/// Why a volume could not be read or written: `subject: reason`, where the reason says what was expected and found, and what
/// to do now.
public struct VolumeError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What went wrong.
  public enum Code: String, CaseIterable, Sendable {
    /// No file of this name.
    case notFound
    /// A folder where a file was expected.
    case isDirectory
    /// The file is there and may not be read.
    case permissionDenied
    /// The system failed to deliver the bytes.
    case unreadable
    /// The file ends before what its header promises.
    case truncated
    /// The bytes contradict themselves or the format.
    case corrupt
    /// Not a volume in any format known here.
    case notAVolume
    /// A known format or feature that is not read here.
    case unsupported
    /// No usable position, direction or spacing.
    case geometry
    /// Parts of a series do not fit together.
    case inconsistent
    /// The output cannot be created or written.
    case unwritable
    /// No space left, or a limit on the size of files reached.
    case diskFull
    /// The output is there already.
    case exists
    /// A choice that this file or format cannot follow.
    case invalidRequest
  }

  /// What went wrong, for programs.
  public var code: Code
  /// The file (or folder, or series) this is about.
  public var subject: String
  /// What was expected and found, and what to do.
  public var reason: String

  /// Made of a code, the file, and a reason that says what to do.
  public init(_ code: Code, subject: String, reason: String) {
    self.code = code
    self.subject = subject
    self.reason = reason
  }

  public var description: String { "\(subject): \(reason)" }
}
