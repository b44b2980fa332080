import BulkProcessing
import Foundation

/// What happens in a batch as lines of JSON, for programs to read. `Docs/Reference/Ledger.md` lists the fields.
final class EventLog {
  private struct Line: Encodable {
    let time = Timestamp.now()
    let event: String
    var job: String?
    var attempt: Int?
    var text: String?
    var result: JobResult?
    var jobs: Int?
    var done: Int?
    var failed: Int?
    var secondsLeft: Double?
  }

  private let descriptor: Int32
  private let encoder = JSONEncoder()
  private var lastProgress = Date.distantPast
  private static let secondsBetweenProgress = 10.0

  /// - Throws: `BatchError` where the file cannot be opened.
  init(path: String) throws {
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw BatchError(.unwritable, path, "cannot be opened for --log: \(String(cString: strerror(errno)))")
    }
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  deinit { close(descriptor) }

  func write(_ event: BatchEvent) {
    switch event {
    case .reopened(let job, let why): write(Line(event: "reopened", job: job, text: why))
    case .started(let job, let attempt): write(Line(event: "started", job: job, attempt: attempt))
    case .warning(let job, let text): write(Line(event: "warning", job: job, text: text))
    case .note(let job, let text): write(Line(event: "note", job: job, text: text))
    case .done(let job, let result): write(Line(event: "done", job: job, result: result))
    case .failed(let job, let reason): write(Line(event: "failed", job: job, text: reason))
    case .killed(let job): write(Line(event: "killed", job: job))
    case .paused(let job, let reason): write(Line(event: "paused", job: job, text: reason))
    case .progress(let progress):
      guard Date().timeIntervalSince(lastProgress) > Self.secondsBetweenProgress else { return }
      lastProgress = Date()
      write(
        Line(
          event: "progress", jobs: progress.jobs, done: progress.done, failed: progress.failed,
          secondsLeft: progress.secondsLeft))
    }
  }

  func write(_ outcome: BatchOutcome) {
    write(
      Line(
        event: "end", text: outcome.pausedBecause, jobs: outcome.jobs, done: outcome.done,
        failed: outcome.failures.count))
  }

  private func write(_ line: Line) {
    guard var bytes = try? encoder.encode(line) else { return }
    bytes.append(UInt8(ascii: "\n"))
    // A full disk is no reason to stop for a log.
    _ = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
  }
}
