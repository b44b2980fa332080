import Foundation

/// What keeps a whole batch from going on: what, where, what to do now.
package struct BatchError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable {
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

  package let code: Code
  package let subject: String
  package let reason: String

  package init(_ code: Code, _ subject: String, _ reason: String) {
    self.code = code
    self.subject = subject
    self.reason = reason
  }

  package var description: String { "\(subject): \(reason)" }

  /// Whatever keeps something from being written, with its reason where the system named one.
  static func unwritable(_ path: String, _ what: String, _ error: any Error) -> BatchError {
    if let error = error as? BatchError { return error }
    var cause = error as NSError
    while cause.domain != NSPOSIXErrorDomain, let deeper = cause.userInfo[NSUnderlyingErrorKey] as? NSError {
      cause = deeper
    }
    guard cause.domain == NSPOSIXErrorDomain else {
      return BatchError(.unwritable, path, "\(what): \(error.localizedDescription)")
    }
    return system(.unwritable, path, what, errno: Int32(cause.code))
  }

  /// A failed system call on a file.
  static func system(_ code: Code, _ path: String, _ what: String, errno number: Int32) -> BatchError {
    let full = [ENOSPC, EDQUOT, EFBIG].contains(number)
    return BatchError(
      full ? .diskFull : code, path,
      "\(what): \(String(cString: strerror(number)))"
        + (full ? ". Free some space and run the same command again." : ""))
  }
}
