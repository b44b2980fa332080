import Foundation

/// A job of ours: claimed, on its way.
struct ClaimedJob {
  let index: Int
  let job: BatchJob
  let key: String
  let claim: ClaimTable.Claim
  var terms: JobTerms
  var attempt: Int
  /// When it had been settled when it was taken; `nil` for one that never was.
  var settled: Timestamp?
  /// How often its worker was ended from outside without getting further in between.
  private(set) var kills = 0
  /// The furthest slice reached. Kept slices bring the next attempt there in no time.
  private(set) var furthest = 0.0

  mutating func reach(_ slice: Double) {
    guard slice > furthest + 1 else { return }
    (furthest, kills) = (slice, 0)
  }

  mutating func countKill() { kills += 1 }

  /// For the queue, where the job is left to others or to a later moment.
  var entry: JobQueue.Entry { JobQueue.Entry(index: index, terms: terms, settled: settled) }
}

/// The folders of a job in `work`.
struct JobFolders {
  let root: URL
  /// Slices under these terms, in a folder for every input; those under others are of no use.
  let slices: URL
  let staging: URL
  let trash: URL

  init(_ folder: LedgerFolder, _ job: ClaimedJob) {
    root = folder.work.appendingPathComponent(job.key, isDirectory: true)
    slices = root.appendingPathComponent("slices-\(job.terms.fingerprintOfWork)", isDirectory: true)
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
