import Foundation

/// What a batch consists of: the jobs, and what was found but is none.
public struct BatchPlan: Sendable {
  /// In the order of their names.
  public var jobs: [BatchJob]
  /// Found, but not to be processed.
  public var refused: [Refusal]

  public struct Refusal: Codable, Hashable, Sendable {
    /// A path relative to the input folder, with the series where there are several.
    public let what: String
    /// One sentence: what was expected and found.
    public let reason: String

    public init(what: String, reason: String) {
      self.what = what
      self.reason = reason
    }
  }

  public init(jobs: [BatchJob], refused: [Refusal] = []) {
    self.jobs = jobs.sorted { $0.name < $1.name }
    self.refused = refused
  }
}
