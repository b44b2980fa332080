/// Something a file, a flag or a person caused: what, where, what was expected and found, what to do now.
package struct EvaluationError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// Nothing that could be evaluated.
    case noData
    /// A list of pairs or slices that cannot be read.
    case invalidList
    /// Two volumes that do not show the same field of view.
    case geometryMismatch
    /// Settings that do not go together.
    case invalidSetting
    /// The output folder cannot be written to.
    case unwritable
  }

  package let code: Code
  /// The file or the option that this is about.
  package let subject: String
  package let reason: String

  package init(_ code: Code, _ subject: String, _ reason: String) {
    self.code = code
    self.subject = subject
    self.reason = reason
  }

  package var description: String { "\(subject): \(reason)" }
}
