import Foundation
import SuperResolution
import Volumes

/// What a batch consists of: the jobs, and what was found but is none.
package struct BatchPlan: Codable, Sendable {
  /// In the order of their names.
  package var jobs: [BatchJob]
  /// Found, but not to be processed, or impossible to.
  package var refused: [Refusal]
  /// Those that count as failures.
  package var damaged: [Refusal] { refused.filter(\.isDamage) }
  /// Worth knowing about what was found.
  package var notes: [String]
  /// For a BIDS dataset: the derivatives dataset that the outputs make.
  package var derivative: BidsDerivative?
  /// Whether a part of the study was selected.
  package var isSelection: Bool?

  package struct Refusal: Codable, Hashable, Sendable {
    /// A path relative to the input folder, with the series where there are several.
    package let what: String
    /// One sentence: what was expected and found.
    package let reason: String
    /// Whether it was meant to be processed, as far as can be seen, and cannot be: a damaged file, one that may not be read or was named by the
    /// user. What is unsuitable by its nature (localisers, label maps, other formats) is none.
    package let isDamage: Bool

    package init(what: String, reason: String, isDamage: Bool = false) {
      self.what = what
      self.reason = reason
      self.isDamage = isDamage
    }

    /// Plans of earlier versions do not tell damage apart.
    package init(from decoder: Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      self.init(
        what: try values.decode(String.self, forKey: .what), reason: try values.decode(String.self, forKey: .reason),
        isDamage: try values.decodeIfPresent(Bool.self, forKey: .isDamage) ?? false)
    }

    init(_ refusal: FolderWalk.Refusal) {
      let isWanted = refusal.isFolder || Screening.promisesVolume(refusal.what)
      self.init(what: refusal.what, reason: refusal.reason, isDamage: refusal.isLoss && isWanted)
    }

    /// Where no name of a folder may show: a number for the name, and no sentence, since those about files that go along name their paths.
    package var nameless: Refusal {
      Refusal(
        what: "unreadable-\(FileDigest.sha256(ofText: what).prefix(8))",
        reason: "cannot be read, or misses what goes along with it; the terminal said which", isDamage: isDamage)
    }
  }

  package init(
    jobs: [BatchJob], refused: [Refusal] = [], notes: [String] = [], derivative: BidsDerivative? = nil
  ) {
    self.jobs = jobs.sorted { $0.name < $1.name }
    self.refused = refused
    self.notes = notes
    self.derivative = derivative
  }

  /// Makes the output folder and what describes it as a whole. For the start of every run: it does nothing where it has been done.
  /// - Throws: `SuperResolutionError` where the folder cannot be made or holds something else, `VolumeError` where it cannot be written to.
  package func prepare(_ output: URL) throws {
    try OutputFolder.make(output)
    try derivative?.write(into: output)
  }
}
