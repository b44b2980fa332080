import Foundation
import SuperResolution
import Volumes

/// Finds the scans of a folder: NIfTI files one by one, DICOM files by their series.
struct TreePlanner {
  let request: BatchRequest
  let root: URL
  let checkpoint: @Sendable () throws -> Void

  func plan() throws -> BatchPlan {
    let walk = try FolderWalk(root, excluding: [request.output], checkpoint: checkpoint)
    let looks = try look(at: walk)
    var scans: [PlannedScan] = []
    var refused = walk.refused.map { BatchPlan.Refusal($0) }
    var dicom: [String] = []
    var others = 0
    let names = TreeNames(request: request)
    for (relative, outcome) in zip(walk.files, looks) {
      switch outcome {
      case .scan(let header):
        let (stem, isPacked) = TreeNames.stem(relative)
        scans.append(
          PlannedScan(
            what: relative, name: stem, input: walk.url(relative),
            shape: ScanShape(header, settings: request.settings), outputs: names.nifti(isPacked: isPacked)))
      case .dicom: dicom.append(relative)
      case .refused(let reason, let isDamage):
        refused.append(.init(what: relative, reason: reason, isDamage: isDamage))
      case .part: break
      case .other: others += 1
      }
    }
    var notes = walk.results.map { "\($0): holds results of a batch (\(FolderWalk.ledgerName)), passed over" }
    if !dicom.isEmpty {
      let found = try DicomPlanner(request: request, root: root, checkpoint: checkpoint).find(dicom)
      if request.deidentify, !scans.isEmpty {
        notes.append("--deidentify concerns DICOM: NIfTI files keep their names, headers and sidecars")
      }
      scans += found.scans
      refused += found.refused
      notes += found.notes
    }
    try CompanionFinder(request.companions).complete(&scans, &refused, root: root)
    let naming = OutputNaming(scans.map(names.withCompanions))
    notes += naming.renamed.map { "\($0.what): another scan has the same name; its results are called \($0.name)" }
    if others > 0 { notes.append("\(others) other \(others == 1 ? "file" : "files")") }
    return BatchPlan(jobs: naming.jobs, refused: (refused + naming.refused).sorted { $0.what < $1.what }, notes: notes)
  }

  /// Several at a time: on a network file system most of the time is waiting.
  private func look(at walk: FolderWalk) throws -> [Screening.Outcome] {
    let screening = Screening(request: request, isExplicit: false)
    return try walk.files.concurrentMap(checkpoint: checkpoint) { screening.look(at: walk.url($0), called: $0) }
  }
}
