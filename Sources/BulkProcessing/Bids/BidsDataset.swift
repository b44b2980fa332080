import Foundation
import SuperResolution
import Volumes

/// A folder laid out by the Brain Imaging Data Structure: `sub-*/[ses-*/]anat/…`. What lies beside the subjects (derivatives, sourcedata,
/// code) is no part of it.
struct BidsDataset {
  let root: URL
  /// `dataset_description.json`; empty where there is none.
  let description: [String: Any]
  /// Images (`.nii`, `.nii.gz`) under names that BIDS allows, and those JSON files that may apply to them.
  private(set) var images: [File] = []
  private var sidecars: [Place: [File]] = [:]
  private(set) var refused: [BatchPlan.Refusal] = []
  /// Images with names that BIDS does not allow, and such that `.bidsignore` names.
  private(set) var misnamed = 0
  private(set) var ignored = 0
  let walk: FolderWalk

  struct File {
    let path: String
    let name: BidsName
    /// The folders, from the root down.
    var folders: [Substring] { path.split(separator: "/").dropLast() }
  }

  private struct Place: Hashable {
    let folder: String
    let suffix: String
  }

  /// Whether a `dataset_description.json` says so.
  static func isOne(_ root: URL) -> Bool { describe(root)["BIDSVersion"] is String }

  init(_ root: URL, request: BatchRequest, checkpoint: @escaping @Sendable () throws -> Void) throws {
    self.root = root
    description = Self.describe(root)
    let selection = request.selection
    let participants = Set(selection.participants.map { Self.prefixed($0, "sub-") })
    let sessions = Set(selection.sessions.map { Self.prefixed($0, "ses-") })
    walk = try FolderWalk(root, excluding: [request.output], checkpoint: checkpoint) { path in
      let parts = path.split(separator: "/")
      guard parts[0].hasPrefix("sub-"), participants.isEmpty || participants.contains(String(parts[0])) else {
        return false
      }
      guard parts.count > 1, parts[1].hasPrefix("ses-") else { return parts.count <= 2 }
      return parts.count <= 3 && (sessions.isEmpty || sessions.contains(String(parts[1])))
    }
    let ignore = BidsIgnore(
      (try? String(contentsOf: root.appendingPathComponent(".bidsignore"), encoding: .utf8)) ?? "")
    refused = walk.refused.filter { !ignore.ignores($0.what) }
      .map { refusal in
        // Files that were never fetched (git-annex) are a loss only where they are wanted.
        let name = BidsName((refusal.what as NSString).lastPathComponent)
        let isWanted = refusal.isFolder || (name.map { selection.wantedSuffixes.contains($0.suffix) && $0["sub"] != nil } ?? false)
        return BatchPlan.Refusal(
          what: refusal.what, reason: refusal.reason,
          isDamage: isWanted && BatchPlan.Refusal(refusal).isDamage)
      }
    for path in walk.files {
      let fileName = (path as NSString).lastPathComponent
      let isImage = fileName.hasSuffix(".nii") || fileName.hasSuffix(".nii.gz")
      guard isImage || fileName.hasSuffix(".json") else { continue }
      let parts = path.split(separator: "/")
      if isImage, parts.count < 2 || (!sessions.isEmpty && !sessions.contains(String(parts[1]))) { continue }
      if ignore.ignores(path) {
        ignored += isImage ? 1 : 0
      } else if let name = BidsName(fileName), !isImage || name["sub"] != nil {
        let file = File(path: path, name: name)
        if isImage {
          images.append(file)
        } else {
          sidecars[Place(folder: file.folders.joined(separator: "/"), suffix: name.suffix), default: []].append(file)
        }
      } else if isImage {
        misnamed += 1
      }
    }
    try check(selection, participants: participants, sessions: sessions)
  }

  /// The JSON files of higher folders (and of fewer entities) that apply to an image, in the order in which they do: BIDS, "The
  /// inheritance principle".
  func inherited(by image: File) -> [URL] {
    let folders = image.folders
    let own = Set(image.name.entities)
    return (0...folders.count).flatMap { depth -> [URL] in
      let place = Place(folder: folders.prefix(depth).joined(separator: "/"), suffix: image.name.suffix)
      return (sidecars[place] ?? []).filter { file in
        own.isSuperset(of: file.name.entities) && (depth < folders.count || file.name.entities.count < own.count)
      }
      .sorted { $0.name.entities.count < $1.name.entities.count }.map { walk.url($0.path) }
    }
  }

  // MARK: What was asked for

  private func check(_ selection: BidsSelection, participants: Set<String>, sessions: Set<String>) throws {
    var problems: [String] = []
    let all = Self.folders(in: root, prefix: "sub-")
    if all.isEmpty {
      problems.append(
        "\(root.path): holds no folder sub-…, so it is no BIDS dataset. Check the path, or pass --layout tree.")
    }
    for missing in participants.subtracting(all).sorted() where !all.isEmpty {
      problems.append("--participant-label \(missing.dropFirst(4)): there is none. There are: \(Self.listed(all)).")
    }
    let chosen = participants.isEmpty ? all : all.filter(participants.contains)
    if !sessions.isEmpty, !chosen.isEmpty {
      let found = Set(chosen.flatMap { Self.folders(in: root.appendingPathComponent($0), prefix: "ses-") })
      for missing in sessions.subtracting(found).sorted() {
        problems.append(
          "--session-label \(missing.dropFirst(4)): none of the participants has it. "
            + (found.isEmpty ? "They have no sessions." : "There are: \(Self.listed(found.sorted()))."))
      }
    }
    guard problems.isEmpty else {
      throw SuperResolutionError(.invalidSetting, "BIDS", problems.joined(separator: "\n  "))
    }
  }

  private static func folders(in folder: URL, prefix: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
      .filter { $0.hasPrefix(prefix) && FileIdentity(folder.path + "/" + $0)?.isFolder == true }.sorted()
  }

  private static func listed(_ names: [String]) -> String {
    let shown = names.prefix(12).map { String($0.dropFirst(4)) }.joined(separator: ", ")
    return names.count > 12 ? "\(shown), … (\(names.count) in all)" : shown
  }

  private static func prefixed(_ label: String, _ prefix: String) -> String {
    label.hasPrefix(prefix) ? label : prefix + label
  }

  private static func describe(_ root: URL) -> [String: Any] {
    let url = root.appendingPathComponent("dataset_description.json")
    guard let data = try? Data(contentsOf: url) else { return [:] }
    return (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] ?? [:]
  }
}
