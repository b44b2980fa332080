import Foundation
import SuperResolution

/// What goes along with a scan: volumes that are read besides it.
package struct Companions: Codable, Hashable, Sendable {
  /// What to compute.
  package var mask: URL?
  /// Labels whose regions are reported.
  package var regions: URL?
  /// Labels that are brought onto the new grid.
  package var labels: URL?

  package init(mask: URL? = nil, regions: URL? = nil, labels: URL? = nil) {
    self.mask = mask
    self.regions = regions
    self.labels = labels
  }

  typealias Role = WritableKeyPath<Companions, URL?> & Sendable

  /// By the names that `UpscaleJob.inputDigests` gives them.
  package var all: [(role: String, url: URL)] {
    [("mask", mask), ("regions", regions), ("labels", labels)].compactMap { role, url in url.map { (role, $0) } }
  }

  /// So that its digests are those of the job's inputs; outputs are for the caller.
  func apply(to job: inout UpscaleJob) {
    job.mask = mask
    job.regions = regions.map { RegionRequest(labels: $0, table: job.output) }
    job.labelsAlong = labels.map { ($0, job.output) }
  }
}

/// How the companions of every scan are found: each a name or a pattern (`CompanionPattern`).
package struct CompanionPatterns: Sendable {
  package var mask: String?
  package var regions: String?
  package var labels: String?

  package init(mask: String? = nil, regions: String? = nil, labels: String? = nil) {
    self.mask = mask
    self.regions = regions
    self.labels = labels
  }

  var all: [(option: String, text: String, role: Companions.Role)] {
    let all: [(String, String?, Companions.Role)] = [
      ("--mask", mask, \.mask), ("--regions", regions, \.regions), ("--labels-along", labels, \.labels),
    ]
    return all.compactMap { option, text, role in text.map { (option, $0, role) } }
  }

  package var isEmpty: Bool { mask == nil && regions == nil && labels == nil }
}

/// Where one of a scan's companions lies: a path from the scan's own folder (for DICOM the folder that holds the series), or an absolute one.
///
/// `{name}` stands for the scan's file name without its ending (`series-3` for DICOM), `{folder}` for its folder below the input. The last part
/// may hold `*`, `?` and `[…]` as in a shell; one file has to match.
struct CompanionPattern: Sendable {
  let text: String

  /// - Throws: `SuperResolutionError` for a placeholder that is not known.
  init(_ text: String, option: String) throws {
    self.text = text
    let rest = text.replacingOccurrences(of: "{name}", with: "").replacingOccurrences(of: "{folder}", with: "")
    guard !text.isEmpty, !rest.contains("{"), !rest.contains("}") else {
      throw SuperResolutionError(
        .invalidSetting, "\(option) \(text)",
        "is no name and no pattern. {name} stands for the scan's name, {folder} for its folder below the input.")
    }
  }

  struct Missing: Error { let reason: String }

  /// - Throws: `Missing`.
  func file(beside folder: URL, name: String, relativeFolder: String) throws -> URL {
    // What the scan's own name holds is no pattern.
    func filled(_ text: Substring, quoting: Bool) -> String {
      func quoted(_ value: String) -> String {
        quoting ? value.map { "*?[\\".contains($0) ? "\\\($0)" : String($0) }.joined() : value
      }
      return text.replacingOccurrences(of: "{folder}", with: quoted(relativeFolder))
        .replacingOccurrences(of: "{name}", with: quoted(name))
    }
    let cut = text.lastIndex(of: "/").map { text.index(after: $0) } ?? text.startIndex
    let place = filled(text[..<cut], quoting: false)
    let parent = (place.hasPrefix("/") ? URL(fileURLWithPath: place) : folder.appendingPathComponent(place))
      .standardizedFileURL
    let last = text[cut...]
    guard last.contains(where: { "*?[".contains($0) }) else {
      let url = parent.appendingPathComponent(filled(last, quoting: false))
      guard FileManager.default.fileExists(atPath: url.path) else {
        throw Missing(reason: "\(url.lastPathComponent) is not there")
      }
      return url
    }
    let pattern = filled(last, quoting: true)
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? [])
      .filter { !$0.hasPrefix(".") && fnmatch(pattern, $0, 0) == 0 }.sorted()
    guard names.count == 1 else {
      throw Missing(
        reason: names.isEmpty
          ? "nothing is called \(pattern)"
          : "\(names.count) files are called \(pattern): \(names.joined(separator: ", "))")
    }
    return parent.appendingPathComponent(names[0])
  }
}
