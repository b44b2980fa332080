import Foundation
import SuperResolution
import Volumes

/// Names, sizes and times of change of a job's input files, as a short text: whether an input may have changed, without reading it.
struct InputStamp {
  /// Folders that many series share are listed once.
  private var folders: [String: String] = [:]

  /// - Returns: an empty text where the input is gone.
  mutating func of(_ job: BatchJob) -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: job.input.path, isDirectory: &isFolder) else { return "" }
    guard isFolder.boolValue else { return Self.digest(Self.halves(of: job.input).compactMap(Self.line)) }
    if let known = folders[job.input.path] { return known }
    let names = FileManager.default.enumerator(atPath: job.input.path)?.compactMap { $0 as? String } ?? []
    let digest = Self.digest(
      names.sorted().compactMap { name in
        Self.line(job.input.appendingPathComponent(name)).map { "\(name) \($0)" }
      })
    folders[job.input.path] = digest
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
    lines.count == 1 ? lines[0] : String(FileDigest.sha256(ofText: lines.joined(separator: "\n")).prefix(32))
  }
}
