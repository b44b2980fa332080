import BulkProcessing
import Foundation

/// A batch on its way: one line that moves on a terminal, a line per finished job elsewhere.
struct BatchDisplay {
  private let isQuiet: Bool
  private let isTerminal = StandardError.isTerminal
  private var lastLine = Date()
  private var latest = BatchProgress()
  private static let barWidth = 24
  private static let secondsBetweenLines = 60.0

  init(isQuiet: Bool) { self.isQuiet = isQuiet }

  func begin(jobs: Int, crew: Crew) {
    guard !isQuiet else { return }
    StandardError.write(
      "\(jobs) scans, \(crew.workers) at a time with \(crew.threads) thread\(crew.threads == 1 ? "" : "s") each\n")
  }

  mutating func show(_ event: BatchEvent) {
    switch event {
    case .failed(let job, let reason): say("failed: \(job): \(reason)")
    case .warning(let job, let text): say("warning: \(job): \(text)")
    case .progress(let progress):
      latest = progress
      showProgress()
    case .reopened(let job, let why): if !isQuiet { say("again: \(job): \(why)") }
    case .killed(let job): if !isQuiet { say("\(job): its worker was ended from outside; another goes on") }
    case .paused(let job, let reason): if !isQuiet { say("paused: \(job): \(reason)") }
    case .note(let job, let text): if !isQuiet { say("note: \(job): \(text)") }
    case .done(let job, let result):
      latest.done += 1
      guard !isQuiet, !isTerminal else { return }
      say(
        "[\(latest.done)/\(max(latest.jobs, latest.done))] \(job) in \(ProgressDisplay.duration(result.seconds["total"] ?? 0))"
      )
    case .started: break
    }
  }

  private mutating func showProgress() {
    guard !isQuiet else { return }
    guard isTerminal || Date().timeIntervalSince(lastLine) > Self.secondsBetweenLines else { return }
    lastLine = Date()
    var parts = ["\(latest.done)/\(latest.jobs) scans"]
    if latest.failed > 0 { parts.append("\(latest.failed) failed") }
    let running = latest.running.filter { $0.slices > 0 }
    if !running.isEmpty {
      parts.append(
        "slice " + running.map { "\(min(Int($0.done) + 1, $0.slices))/\($0.slices)" }.joined(separator: ", "))
    }
    if let left = latest.secondsLeft { parts.append("\(ProgressDisplay.duration(left)) left") }
    let text = parts.joined(separator: " · ")
    guard isTerminal else { return StandardError.write(text + "\n") }
    let begun = running.map { $0.done / Double($0.slices) }.reduce(0, +)
    let share = (Double(latest.done + latest.failed) + begun) / Double(max(1, latest.jobs))
    let filled = min(Self.barWidth, Int(share * Double(Self.barWidth)))
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.barWidth - filled)
    StandardError.write("\r\(bar) \(text)\u{1B}[K")
  }

  /// A line above the one that moves.
  private func say(_ text: String) {
    StandardError.write("\(isTerminal ? "\r\u{1B}[K" : "")\(text)\n")
  }

  func clear() {
    if !isQuiet, isTerminal { StandardError.write("\r\u{1B}[K") }
  }

  func finish(_ outcome: BatchOutcome) {
    clear()
    if !isQuiet {
      var parts = ["\(outcome.done) of \(outcome.jobs) scans are done, \(outcome.doneHere) of them now"]
      if outcome.elsewhere > 0 { parts.append("\(outcome.elsewhere) are in the hands of other runs") }
      if outcome.left > 0 { parts.append("\(outcome.left) are left") }
      StandardError.write(parts.joined(separator: "; ") + ". Research use only, not for diagnosis.\n")
    }
    guard !outcome.failures.isEmpty else { return }
    let shown = outcome.failures.prefix(5)
    var text = "residua: \(outcome.failures.count) of \(outcome.jobs) scans failed"
    text += outcome.failures.count > shown.count ? ", the first \(shown.count):\n" : ":\n"
    text += shown.map { "  \($0.job): \($0.reason)\n" }.joined()
    let damaged = outcome.failures.count(where: \.isDamage)
    var advice = ["--status lists all"]
    if damaged < outcome.failures.count {
      advice.append("--retry-failed tries \(damaged > 0 ? "the others" : "them") again")
    }
    if damaged > 0 { advice.append("what cannot be read has to be replaced: then run the same command") }
    text += advice.joined(separator: "; ") + ".\n"
    StandardError.write(text)
  }
}
