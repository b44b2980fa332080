import Foundation
import Volumes

/// Gives finished outputs their names: from a job's staging folder to the same paths below the output folder.
///
/// Both lie on one file system, so that every name appears by one rename; sidecars come last.
struct OutputPublisher {
  let output: URL
  /// Takes what is replaced and cannot be renamed over: folders.
  let trash: URL

  /// - Returns: the folders whose entries changed.
  /// - Throws: `BatchError` where a name cannot be given.
  func publish(from staging: URL, folders: Set<String>) throws -> Set<String> {
    var changed: Set<String> = []
    let whole = Set(folders.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 })
    let units = Self.units(in: staging, folders: whole).sorted {
      ($0.hasSuffix(".json") ? 1 : 0, $0) < ($1.hasSuffix(".json") ? 1 : 0, $1)
    }
    for path in units {
      let target = output.appendingPathComponent(path)
      let parent = target.deletingLastPathComponent()
      do {
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
      } catch {
        throw BatchError.unwritable(parent.path, "cannot be made", error)
      }
      try move(staging.appendingPathComponent(path), to: target)
      changed.insert(parent.path)
    }
    return changed
  }

  /// Takes away what an earlier run made of a job beside another estimate: beside the new one it would pass for a part of it.
  /// - Parameters:
  ///   - sizes: of what that run made, as it recorded them; what has another size is somebody else's.
  ///   - current: outputs of all jobs that are planned.
  /// - Returns: what was there.
  func remove(_ sizes: [String: Int], keeping current: Set<String>) -> [String] {
    let kinds = ["json", "bval", "bvec"]
    let kept = Set(current.flatMap { path in kinds.map { BidsSidecar.neighbour(of: url(path), $0).path } })
    return sizes.keys.sorted().filter { path in
      // A ledger may have been tampered with.
      guard JobList.problem(ofOutput: path) == nil, !BidsDerivative.files.contains(path), !current.contains(path),
        !current.contains(where: { $0.hasPrefix(path + "/") }), OutputSize.of(url(path)) == sizes[path]
      else { return false }
      for beside in kinds.map({ BidsSidecar.neighbour(of: url(path), $0) }) where !kept.contains(beside.path) {
        discard(beside)
      }
      return discard(url(path))
    }
  }

  private func url(_ path: String) -> URL { output.appendingPathComponent(path) }

  @discardableResult
  private func discard(_ url: URL) -> Bool {
    try? FileManager.default.createDirectory(at: trash, withIntermediateDirectories: true)
    return rename(url.path, trash.appendingPathComponent(UUID().uuidString).path) == 0
  }

  /// Files, and those folders that are outputs as a whole.
  private static func units(in folder: URL, folders: Set<String>, below prefix: String = "") -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.flatMap { name -> [String] in
      let path = prefix + name
      var isFolder: ObjCBool = false
      let url = folder.appendingPathComponent(name)
      _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
      if !isFolder.boolValue || folders.contains(path) { return [path] }
      return units(in: url, folders: folders, below: path + "/")
    }
  }

  private func move(_ source: URL, to target: URL) throws {
    if rename(source.path, target.path) == 0 { return }
    let reason = errno
    guard [ENOTEMPTY, EEXIST].contains(reason) else {
      throw BatchError.system(.unwritable, target.path, "cannot take its name", errno: reason)
    }
    try? FileManager.default.createDirectory(at: trash, withIntermediateDirectories: true)
    let old = trash.appendingPathComponent(UUID().uuidString)
    guard rename(target.path, old.path) == 0, rename(source.path, target.path) == 0 else {
      throw BatchError.system(.unwritable, target.path, "cannot be replaced", errno: errno)
    }
  }
}
