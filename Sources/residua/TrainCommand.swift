import ArgumentParser
import Foundation
import SuperResolutionTraining
import Tensors

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Learns a model from a folder of scans.",
    discussion: """
      Everything that decides what is learned stands in one YAML file; Docs/HowTo/Train.md explains every key. The output folder gets \
      model.safetensors and best.safetensors with their cards, log.csv, validation.csv, loss.png and examples.

      Ctrl-C and SIGTERM save and stop; the same command goes on where it stopped, and the result is the same, bit for bit.
      """)

  @Option(help: ArgumentHelp("The YAML file.", valueName: "file"))
  var config: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Overrides a setting of the file, as predictor.rate=1e-4. May be given several times.", valueName: "key=value"))
  var overrides: [String] = []

  @Option(
    help: ArgumentHelp(
      "Where the results go. Relative paths of scans start from the working directory.", valueName: "folder"))
  var output: String

  @Option(help: "Threads to use; all cores if left out.")
  var threads: Int?

  @Flag(name: .shortAndLong, help: "Say nothing but errors.")
  var quiet = false

  func run() throws {
    Interruption.listen()
    let url = URL(fileURLWithPath: config)
    let yaml: String
    do { yaml = try String(contentsOf: url, encoding: .utf8) } catch {
      throw TrainingError(
        .invalidConfiguration, url.path, "cannot be read: \(error.localizedDescription). Check the path of --config.")
    }
    let configuration = try TrainingConfiguration(yaml: yaml, overrides: overrides, source: url.path)
    let folder = URL(fileURLWithPath: output, isDirectory: true)
    let isQuiet = quiet
    let trainer = try Trainer(
      configuration, output: folder, engine: Engine(threads: threads), checkpoint: Interruption.check,
      report: { if !isQuiet { StandardError.write(StandardError.isTerminal ? "\rreading \($0)\u{1B}[K" : "") } })
    trainer.command = commandLine
    for sentence in trainer.skipped { StandardError.warn("skipped \(sentence)") }
    if !quiet {
      StandardError.write(
        "\(StandardError.isTerminal ? "\r\u{1B}[K" : "")\(trainer.trainingScans) scans to learn from, \(trainer.validationScans) to validate with, "
          + "\(trainer.model.parameterCount) weights")
      let place = trainer.stage.map { "\($0) update \(trainer.update)" } ?? "the end: there is nothing left to do"
      StandardError.write(trainer.isResumed ? "; going on from \(place)\n" : "\n")
    }
    if trainer.validationScans == 0 {
      StandardError.warn("no scan is kept for validation: nothing will tell how good the model is.")
    }
    try train(trainer)
    print(folder.appendingPathComponent("model.safetensors").path)
  }

  /// For the model's card, with the names of files alone.
  private var commandLine: String {
    let settings = overrides.map { "--set '\($0)' " }.joined()
    return "residua train --config \(URL(fileURLWithPath: config).lastPathComponent) \(settings)--output "
      + URL(fileURLWithPath: output).lastPathComponent
  }

  private func train(_ trainer: Trainer) throws {
    var display = TrainingDisplay(isQuiet: quiet)
    do {
      while let progress = try trainer.next() {
        display.show(progress)
        try Interruption.check()
      }
      display.finish()
    } catch let stop as Interruption.Stop {
      display.finish()
      try trainer.save()
      let place = trainer.stage.map { "\($0) update \(trainer.update)" } ?? "the end"
      StandardError.write("residua: stopped and saved at \(place). The same command goes on from there.\n")
      Foundation.exit(stop.exitCode)
    }
  }
}

/// The line that says how a training goes.
private struct TrainingDisplay {
  let isQuiet: Bool
  private let isTerminal = StandardError.isTerminal
  private var lastLine = Date.distantPast

  init(isQuiet: Bool) { self.isQuiet = isQuiet }

  mutating func show(_ progress: TrainingProgress) {
    guard !isQuiet else { return }
    if let scores = progress.validation {
      finish()
      StandardError.write("\(progress.stage) \(progress.update): \(scores.text)\n")
    }
    let now = Date()
    guard now.timeIntervalSince(lastLine) >= (isTerminal ? 0.5 : 60) else { return }
    lastLine = now
    let speed = String(format: "%.0f ms", progress.secondsPerUpdate * 1000)
    let loss = String(format: "%.5f", progress.recentLoss)
    let text =
      "\(progress.stage) \(progress.update)/\(progress.updates) · loss \(loss) · \(speed) per update · "
      + "\(ProgressDisplay.duration(progress.secondsLeft)) left"
    StandardError.write(isTerminal ? "\r\(text)\u{1B}[K" : text + "\n")
  }

  func finish() {
    if !isQuiet && isTerminal { StandardError.write("\r\u{1B}[K") }
  }
}
