import Foundation
import Volumes

/// Finds what goes along with the images of a BIDS dataset by entities: in the dataset itself, and in those below its `derivatives`.
///
/// `desc-brain_mask` means an image with the suffix `mask` and `desc-brain`, whose other entities are entities of the scan:
/// `sub-01_ses-a_desc-brain_mask` goes along with `sub-01_ses-a_run-1_T1w`, and `sub-01_space-MNI_desc-brain_mask` does not. Of several the
/// one that shares most entities is taken; of several such none.
struct BidsCompanions {
  private struct Candidate {
    let name: BidsName
    let url: URL
    /// For messages: from the dataset.
    let path: String
  }

  private let wanted: [(option: String, name: BidsName, role: Companions.Role)]
  /// What is no set of entities: names and patterns as everywhere.
  let others: CompanionPatterns
  private var candidates: [String: [Candidate]] = [:]

  init(of dataset: BidsDataset, request: BatchRequest, checkpoint: @escaping @Sendable () throws -> Void) throws {
    var patterns = request.companions
    var wanted: [(String, BidsName, Companions.Role)] = []
    let byEntities: [(String, String?, Companions.Role, WritableKeyPath<CompanionPatterns, String?>)] = [
      ("--mask", patterns.mask, \.mask, \.mask),
      ("--regions", patterns.regions, \.regions, \.regions), ("--labels-along", patterns.labels, \.labels, \.labels),
    ]
    for (option, text, role, field) in byEntities {
      guard let text, !text.contains("."), let name = BidsName("\(text).nii") else { continue }
      wanted.append((option, name, role))
      patterns[keyPath: field] = nil
    }
    self.wanted = wanted
    others = patterns
    guard !wanted.isEmpty else { return }
    add(dataset.images.map { ($0.path, $0.name) }, below: dataset.root, called: "")
    let derivatives = dataset.root.appendingPathComponent("derivatives")
    let output = FileIdentity(request.output.path)
    for name in ((try? FileManager.default.contentsOfDirectory(atPath: derivatives.path)) ?? []).sorted() {
      let root = derivatives.appendingPathComponent(name)
      guard !name.hasPrefix("."), let identity = FileIdentity(root.path), identity.isFolder, identity != output,
        FileIdentity(root.path + "/" + FolderWalk.ledgerName) == nil
      else { continue }
      // Somebody else's derivatives need not be readable: what is missing from them is told scan by scan.
      let walk: FolderWalk
      do { walk = try FolderWalk(root, checkpoint: checkpoint) } catch is VolumeError { continue }
      let images = walk.files.compactMap { path -> (String, BidsName)? in
        guard path.hasSuffix(".nii") || path.hasSuffix(".nii.gz") else { return nil }
        return BidsName((path as NSString).lastPathComponent).map { (path, $0) }
      }
      add(images, below: root, called: "derivatives/\(name)/")
    }
  }

  private mutating func add(_ images: [(path: String, name: BidsName)], below root: URL, called prefix: String) {
    let suffixes = Set(wanted.map(\.name.suffix))
    for (path, name) in images where suffixes.contains(name.suffix) {
      let candidate = Candidate(name: name, url: root.appendingPathComponent(path), path: prefix + path)
      candidates[name["sub"] ?? "", default: []].append(candidate)
    }
  }

  /// - Throws: `BatchPlan.Refusal` where one is missing, or several would do.
  func companions(of scan: BidsName, called what: String) throws -> Companions {
    var found = Companions()
    for (option, asked, role) in wanted {
      let own = Set(scan.entities)
      let fitting = (candidates[scan["sub"] ?? ""] ?? []).filter { candidate in
        let all = Set(candidate.name.entities)
        return candidate.name.suffix == asked.suffix && all.isSuperset(of: asked.entities)
          && own.isSuperset(of: all.subtracting(asked.entities))
      }
      let best = fitting.map { own.intersection($0.name.entities).count }.max() ?? 0
      let closest = fitting.filter { own.intersection($0.name.entities).count == best }
      guard closest.count == 1 else {
        let reason =
          closest.isEmpty
          ? "no image \(asked.stem) with entities of this scan, here or in derivatives"
          : "several would do: \(closest.map(\.path).joined(separator: ", ")). Name more entities, or a path"
        throw BatchPlan.Refusal(what: what, reason: "\(option) \(asked.stem): \(reason)", isDamage: true)
      }
      found[keyPath: role] = closest[0].url
    }
    return found
  }
}
