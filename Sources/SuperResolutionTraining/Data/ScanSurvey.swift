import Foundation
import SuperResolution

/// What scans are, measured as a training measures them: for the card of a model whose file does not say what it has seen.
public struct ScanSurvey {
  /// What the scans are, for the model's metadata.
  public let scope: ModelScope
  /// How many scans of how many subjects.
  public let text: String
  /// Scans that were not used, and why.
  public let skipped: [String]

  /// - Parameters:
  ///   - paths: scans, or folders that are searched for scans.
  ///   - data: plane, percentile, and what to call scans that do not say what they are.
  ///   - checkpoint: called before each scan; what it throws is thrown.
  /// - Throws: `TrainingError` where no scan can be read.
  public init(of paths: [String], _ data: TrainingConfiguration.Data, checkpoint: () throws -> Void = {}) throws {
    let urls = paths.map { URL(fileURLWithPath: $0).standardizedFileURL }
    if let missing = urls.first(where: { !FileManager.default.fileExists(atPath: $0.path) }) {
      throw TrainingError(.noData, missing.path, "there is no such file or folder.")
    }
    let search = try ScanSearch(urls)
    var skipped = search.skipped
    var traits: [ScanTraits] = []
    for scan in search.scans {
      try checkpoint()
      do {
        traits.append(
          ScanTraits(try TrainingVolume(scan.url, series: scan.series, subject: scan.subject, data: data)))
      } catch { skipped.append("\(error)") }
    }
    guard !traits.isEmpty else {
      throw TrainingError(
        .noData, paths.joined(separator: ", "),
        "no scan can be read there" + skipped.prefix(10).map { "\n  - \($0)" }.joined())
    }
    scope = ModelScope(of: traits, data)
    text = ModelScope.text(of: traits)
    self.skipped = skipped
  }
}
