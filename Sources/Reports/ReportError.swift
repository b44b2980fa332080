/// A report that cannot be made: what, where, what was expected and found, what to do now.
package struct ReportError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// There is no output of an upscale under this name.
    case notAnOutput
    /// A volume that does not belong to the output.
    case mismatch
  }

  package let code: Code
  /// The file that this is about.
  package let subject: String
  package let reason: String

  package init(_ code: Code, _ subject: String, _ reason: String) {
    self.code = code
    self.subject = subject
    self.reason = reason
  }

  package var description: String { "\(subject): \(reason)" }
}
