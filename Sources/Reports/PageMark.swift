import Foundation
import SuperResolution

/// What stands at the head of every page of ours: by it a page is known as one that may be replaced, and what it shows.
package struct PageMark: Equatable, Sendable {
  /// What a page was made of, such as `estimate-52fd… sigma-91c3… input-07ab…`: the volumes that it holds, each with a digest of how it was
  /// found (files, their sizes and times) and shown. Empty for an index.
  package let shows: String

  /// Whether a page with this mark shows all that one with the other does, of the same files.
  package func covers(_ other: PageMark) -> Bool {
    Set(shows.split(separator: " ")).isSuperset(of: other.shows.split(separator: " "))
  }

  static let generator = "\(ToolVersion.name) report"
  /// The mark lies within so many bytes.
  private static let reach = 2048

  /// Of a page that is there; `nil` where there is none, or one that is not ours.
  package init?(of url: URL) {
    guard let handle = FileHandle(forReadingAtPath: url.path) else { return nil }
    defer { try? handle.close() }
    let head = String(decoding: (try? handle.read(upToCount: Self.reach)) ?? Data(), as: UTF8.self)
    guard head.contains("name=\"generator\" content=\"\(Self.generator)\"") else { return nil }
    let mark = "name=\"shows\" content=\""
    guard let start = head.firstRange(of: mark), let end = head[start.upperBound...].firstIndex(of: "\"") else {
      shows = ""
      return
    }
    shows = String(head[start.upperBound..<end])
  }

  /// Of the page that an output would get now.
  package init(of output: UpscaleOutput, options: ReportPage.Options = ReportPage.Options()) {
    // The sidecar speaks of the estimate and stands on the page with it.
    let estimate =
      [ToolVersion.number, "\(options.frame)", "\(options.sizeLimit)"]
      + [output.url, Sidecar.url(beside: output.url)].flatMap(Self.state)
    var parts = [("estimate", estimate)]
    if let url = output.uncertainty { parts.append(("sigma", Self.state(of: url))) }
    if let url = output.input { parts.append(("input", [options.series ?? ""] + Self.state(of: url))) }
    shows = parts.map { name, state in
      "\(name)-" + FileDigest.sha256(ofText: state.joined(separator: "\n")).prefix(16)
    }.joined(separator: " ")
  }

  /// Name, size and time of change of a file; of a folder also those of all that lies directly in it.
  private static func state(of url: URL) -> [String] {
    let files = FileManager.default
    let names = (try? files.contentsOfDirectory(atPath: url.path))?.sorted() ?? []
    return ([url] + names.map { url.appendingPathComponent($0) }).map { file in
      let attributes = try? files.attributesOfItem(atPath: file.path)
      let time = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
      return "\(file.lastPathComponent) \(attributes?[.size] as? Int ?? -1) \(time)"
    }
  }
}
