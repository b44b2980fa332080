import Foundation
import SuperResolution
import Volumes

/// Whether a planned job is done already, by the ledger and the files.
struct JobReview {
  enum Verdict: Equatable {
    case done
    /// It failed under these terms; the sentence of then.
    case failed(String)
    /// `why` is said where it may surprise: the job was done or has failed before.
    case open(why: String?)
  }

  let folder: LedgerFolder
  let run: RunDescription
  let terms: (_ stamp: String) -> JobTerms
  /// What failed before this moment is tried again.
  var retriesFailuresBefore: Timestamp?
  /// As the upscale has it: a series with gaps can be read with it alone.
  var allowGaps = false
  /// Whether inputs may be read to tell a touched one from a changed one; a run that is to stop takes both for open.
  var mayRead = true
  /// Kept for one pass over the plan.
  var stamps = InputStamp()

  /// - Parameter confirm: called with the new terms where an input was touched and not changed.
  mutating func review(_ job: BatchJob, _ history: JobHistory?, confirm: (JobTerms) throws -> Void) rethrows
    -> (verdict: Verdict, terms: JobTerms)
  {
    let now = terms(stamps.of(job))
    guard let history, let then = history.terms else { return (.open(why: nil), now) }
    if let change = change(of: job, from: then, of: history, to: now) { return (.open(why: change), now) }
    if then.stamp != now.stamp {
      guard !now.stamp.isEmpty, mayRead else { return (.open(why: nil), now) }
      // Copied or touched? The bytes tell.
      if let change = changedInput(of: job, since: history) { return (.open(why: change), now) }
      try confirm(now)
    }
    if history.isFailed {
      let isTriedAgain = retriesFailuresBefore.map { history.failed ?? $0 < $0 } ?? false
      return (isTriedAgain ? .open(why: "it had failed") : .failed(history.reason ?? "no reason was recorded"), now)
    }
    if history.isBetweenTerms {
      return (
        .open(why: "it was begun anew under other settings or with another input, and not brought to an end"), now
      )
    }
    for path in job.outputs.all {
      guard let size = history.result?.outputs[path] else {
        return (.open(why: "\(path) was not asked for before"), now)
      }
      if OutputSize.of(folder.output.appendingPathComponent(path)) != size {
        return (.open(why: "\(path) is missing or has another size"), now)
      }
    }
    return (.done, now)
  }

  private func change(of job: BatchJob, from then: JobTerms, of history: JobHistory, to now: JobTerms) -> String? {
    // One digest, one list; that of an old ledger may be gone.
    let settings = then.settings == now.settings ? run.settings : history.settings
    let changes = SettingsList.differences(from: (then.model, then.kernels, settings), to: run, for: job.outputs)
    return changes.isEmpty ? nil : "changed: " + changes.joined(separator: ", ")
  }

  /// What of all that is read has other bytes than when the job was done.
  private func changedInput(of job: BatchJob, since history: JobHistory) -> String? {
    guard history.isDone, let result = history.result else { return "the input has changed" }
    var upscale = UpscaleJob(input: job.input, output: job.input)
    upscale.series = job.series
    upscale.files = job.files
    upscale.allowGaps = allowGaps
    job.companions.apply(to: &upscale)
    guard let digests = try? upscale.inputDigests() else { return "the input has changed" }
    var before = (result.companions ?? [:]).merging(["input": result.input]) { $1 }
    // Labels decide nothing but their own outputs; where these are no longer asked for they are not read. A mask decides everything.
    if job.companions.regions == nil { before["regions"] = nil }
    if job.companions.labels == nil { before["labels"] = nil }
    let changed = Set(before.keys).union(digests.keys).filter { before[$0] != digests[$0] }.sorted()
    return changed.isEmpty
      ? nil
      : changed.map { "the \($0) \($0 == "input" || $0 == "mask" ? "has" : "have") changed" }
        .joined(separator: ", ")
  }
}

/// The size that is recorded for an output: bytes of a file, or the number of files in a folder of DICOM files.
enum OutputSize {
  /// `nil` where there is nothing.
  static func of(_ url: URL) -> Int? {
    var status = stat()
    guard stat(url.path, &status) == 0 else { return nil }
    guard status.st_mode & S_IFMT == S_IFDIR else { return Int(status.st_size) }
    return (try? FileManager.default.contentsOfDirectory(atPath: url.path))?.count
  }
}
