import Foundation
import Volumes

/// Gives every scan of a plan its companions, and takes from the plan what is the companion of another.
struct CompanionFinder: Sendable {
  private let wanted: [(option: String, pattern: CompanionPattern, role: Companions.Role)]

  /// - Throws: `SuperResolutionError` for a pattern that cannot be one.
  init(_ patterns: CompanionPatterns) throws {
    wanted = try patterns.all.map { ($0.option, try CompanionPattern($0.text, option: $0.option), $0.role) }
  }

  /// - Parameter found: what is known by another way (a list's columns, BIDS entities) stands.
  /// - Throws: `BatchPlan.Refusal` naming the option and what is missing: the scan cannot be done as it was asked for.
  func companions(of scan: PlannedScan, relativeFolder: String, found: Companions = Companions()) throws -> Companions {
    var companions = found
    let isFolder = FileIdentity(scan.input.path)?.isFolder ?? false
    let folder = isFolder ? scan.input : scan.input.deletingLastPathComponent()
    let name = (TreeNames.stem(isFolder ? scan.name : scan.input.path).stem as NSString).lastPathComponent
    for (option, pattern, role) in wanted where companions[keyPath: role] == nil {
      do {
        companions[keyPath: role] = try pattern.file(beside: folder, name: name, relativeFolder: relativeFolder)
      } catch let missing as CompanionPattern.Missing {
        throw BatchPlan.Refusal(what: scan.what, reason: "\(option): \(missing.reason)", isDamage: true)
      }
    }
    return companions
  }

  /// All scans of a folder.
  func complete(_ scans: inout [PlannedScan], _ refused: inout [BatchPlan.Refusal], root: URL) {
    var missing: [(scan: PlannedScan, refusal: BatchPlan.Refusal)] = []
    scans = scans.compactMap { scan in
      var scan = scan
      do {
        let folder = (scan.what as NSString).deletingLastPathComponent
        scan.companions = try companions(of: scan, relativeFolder: folder, found: scan.companions)
        return scan
      } catch {
        if let refusal = error as? BatchPlan.Refusal { missing.append((scan, refusal)) }
        return nil
      }
    }
    let taken = Set(scans.flatMap(\.companions.all).compactMap { FileIdentity($0.url.path) })
    func isTaken(_ path: String) -> Bool { FileIdentity(path).map(taken.contains) ?? false }
    scans.removeAll { isTaken($0.input.path) }
    refused.removeAll { isTaken(root.path + "/" + $0.what) }
    refused += missing.filter { !isTaken($0.scan.input.path) }.map(\.refusal)
  }
}

extension BatchPlan.Refusal: Error {}
