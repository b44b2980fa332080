/// What keeps a whole batch from going on: what, where, what to do now.
public struct BatchError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    case unwritable
    case unreadable
    /// The ledger was begun with other kernels than this machine has.
    case kernelsUnavailable
    case diskFull
    /// The workers cannot be started, or end before they are ready.
    case workers
    case slurm
    case invalidSetting
  }

  public let code: Code
  public let subject: String
  public let reason: String

  public init(_ code: Code, _ subject: String, _ reason: String) {
    self.code = code
    self.subject = subject
    self.reason = reason
  }

  public var description: String { "\(subject): \(reason)" }

  /// A failed system call on a file.
  static func system(_ code: Code, _ path: String, _ what: String, errno number: Int32) -> BatchError {
    let full = number == 28 || number == 122  // ENOSPC, EDQUOT
    return BatchError(
      full ? .diskFull : code, path,
      "\(what): \(String(cString: strerror(number)))"
        + (full ? ". Free some space and run the same command again." : ""))
  }
}

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
