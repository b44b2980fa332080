import Foundation
import SuperResolution
import Volumes

/// Names, sizes and times of change of a job's input files and of what goes with it, as a short text: whether an input may have changed,
/// without reading it.
struct InputStamp {
  /// Folders that many series share are listed once.
  private var folders: [String: String] = [:]

  /// - Returns: an empty text where the input is gone.
  mutating func of(_ job: BatchJob) -> String {
    guard let input = FileIdentity(job.input.path) else { return "" }
    // The whole path: another file of the same name, size and time is another input. One that was moved is told by its bytes.
    var lines = [job.input.path, job.series ?? ""]
    if let files = job.files {
      lines += files.map { "\($0) \(Self.line(job.input.appendingPathComponent($0)) ?? "gone")" }
    } else if input.isFolder {
      lines.append(listing(job.input))
    } else {
      lines += Self.halves(of: job.input).compactMap(Self.line)
    }
    for (role, url) in job.companions.all {
      lines.append("\(role) \(url.path)")
      if FileIdentity(url.path)?.isFolder == true {
        lines.append(listing(url))
      } else {
        lines += Self.halves(of: url).compactMap(Self.line)
      }
    }
    return Self.digest(lines)
  }

  /// All files below, but for hidden ones and results: what a series is read from, and more.
  private mutating func listing(_ folder: URL) -> String {
    if let known = folders[folder.path] { return known }
    let walk = try? FolderWalk(folder)
    let digest = Self.digest(
      (walk?.files ?? []).compactMap { name in walk.flatMap { Self.line($0.url(name)) }.map { "\(name) \($0)" } })
    folders[folder.path] = digest
    return digest
  }

  /// Both files of a `.hdr`/`.img` pair.
  private static func halves(of url: URL) -> [URL] {
    let path = url.path
    for (one, other) in [(".hdr", ".img"), (".img", ".hdr"), (".hdr.gz", ".img.gz"), (".img.gz", ".hdr.gz")]
    where path.lowercased().hasSuffix(one) {
      return [url, URL(fileURLWithPath: path.dropLast(one.count) + other)]
    }
    return [url]
  }

  private static func line(_ url: URL) -> String? {
    var status = stat()
    guard stat(url.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
  }

  private static func digest(_ lines: [String]) -> String {
    String(FileDigest.sha256(ofText: lines.joined(separator: "\n")).prefix(32))
  }
}
