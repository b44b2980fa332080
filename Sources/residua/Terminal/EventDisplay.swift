import Evaluation
import Foundation
import SuperResolution

/// What a job says while it runs, on the terminal. A signal is heeded between two events.
struct EventDisplay {
  let isQuiet: Bool
  private var progress: ProgressDisplay?

  init(isQuiet: Bool) { self.isQuiet = isQuiet }

  /// - Throws: `Interruption.Stop`; not at a warning or note: once the outputs have their names it is too late to stop.
  mutating func show(_ event: UpscaleJob.Event) throws {
    if case .note = event {} else if case .warning = event {} else { try Interruption.check() }
    switch event {
    case .warning(let text): StandardError.warn(text)
    case .note(let text): note(text)
    case .started(let slices): progress = ProgressDisplay(slices: slices, isQuiet: isQuiet)
    case .progress(let slices): progress?.show(slices)
    case .finished: progress?.finish()
    }
  }

  /// Scan by scan; the bar shows the share of the one in work.
  /// - Throws: `Interruption.Stop`.
  mutating func show(_ event: Evaluation.Event) throws {
    try Interruption.check()
    switch event {
    case .warning(let text): StandardError.warn(text)
    case .note(let text): note(text)
    case .started(let name, let number, let count):
      if !isQuiet { StandardError.write("\(name) (\(number) of \(count))\n") }
      progress = ProgressDisplay(slices: 1, isQuiet: isQuiet)
    case .progress(let share): progress?.show(share)
    case .finished: progress?.finish()
    }
  }

  /// The last line of a command that writes a volume.
  func wrote(_ output: String, _ record: UpscaleRecord) {
    guard !isQuiet else { return }
    let size = record.output.size.map(String.init).joined(separator: "×")
    StandardError.write(
      "wrote \(output): \(size) voxels, in \(ProgressDisplay.duration(record.timings.total)). Research use only, not for diagnosis.\n"
    )
  }

  private func note(_ text: String) { if !isQuiet { StandardError.write("note: \(text)\n") } }
}
