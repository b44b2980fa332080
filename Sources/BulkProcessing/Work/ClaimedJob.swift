import Foundation

/// A job of ours: claimed, on its way.
struct ClaimedJob {
  let index: Int
  let job: BatchJob
  let key: String
  let claim: ClaimTable.Claim
  let terms: JobTerms
  var attempt: Int
  /// How often its worker was ended from outside without a slice in between.
  var kills = 0
  var began = ContinuousClock.now
}

/// The folders of a job in `work`.
struct JobFolders {
  let root: URL
  /// Slices under these terms; those under others are of no use.
  let slices: URL
  let staging: URL
  let trash: URL

  init(_ folder: LedgerFolder, _ job: ClaimedJob) {
    root = folder.work.appendingPathComponent(job.key, isDirectory: true)
    slices = root.appendingPathComponent("slices-\(job.terms.fingerprint)", isDirectory: true)
    // A worker that outlived its parent may still be writing to an earlier one.
    staging = root.appendingPathComponent(
      "staging-\(job.attempt)-\(UInt32.random(in: .min ... .max))", isDirectory: true)
    trash = root.appendingPathComponent("trash", isDirectory: true)
  }

  /// Removes all that earlier attempts left, but for the slices that are of use.
  func clear() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    where name != slices.lastPathComponent {
      try? FileManager.default.removeItem(at: root.appendingPathComponent(name))
    }
  }
}
