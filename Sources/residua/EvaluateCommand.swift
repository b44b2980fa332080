import ArgumentParser
import Evaluation
import Foundation
import ImageQuality
import SuperResolution

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures how good a model is, beside other methods, and whether its uncertainty means something.",
    discussion: """
      Takes high-resolution volumes, makes every slice smaller, enlarges it again with each method, and compares with the truth; or takes pairs of volumes \
      that exist. Prints a table; writes CSV, JSON and plots into the output folder. A scan that was evaluated before with the same \
      settings is taken from its record, so that an interrupted run goes on.

      Example:
        residua evaluate validation/ --output evaluation --every 8
      """
  )

  @Argument(help: "High-resolution volumes, or folders of them: NIfTI, DICOM series.")
  var inputs: [String] = []

  @Option(help: "The folder for table, records and plots.")
  var output: String

  @OptionGroup(title: "What is compared") var comparison: ComparisonOptions

  @OptionGroup(title: "Sampling") var sampling: SamplingOptions

  @OptionGroup(title: "Computing") var computing: ComputingOptions

  @Flag(help: "Say nothing but the table, warnings and errors.")
  var quiet = false

  func validate() throws {
    if inputs.isEmpty == (comparison.pairs == nil) {
      throw ValidationError("name high-resolution volumes or folders, or a list with --pairs, one of the two.")
    }
  }

  func run() throws {
    Interruption.listen()
    let (scans, skipped) = try comparison.scans(of: inputs)
    for reason in skipped { StandardError.warn("left out: \(reason)") }
    guard !scans.isEmpty else {
      StandardError.write(
        "residua: no volume was found in \((inputs + [comparison.pairs].compactMap(\.self)).joined(separator: ", ")).\n"
      )
      throw ExitCode(2)
    }
    let engine = try computing.engine
    let model = try LoadedModel(named: sampling.choice.model, scale: sampling.choice.scale, engine: engine)
    var evaluation = Evaluation(
      scans: scans, settings: try comparison.settings(sampling: sampling.settings), model: model,
      output: URL(fileURLWithPath: output))
    evaluation.keepsFiles = comparison.keep
    let folder = evaluation.output
    let (report, failures): (EvaluationReport, [(name: String, reason: String)])
    do {
      (report, failures) = try run(evaluation)
    } catch let stop as Interruption.Stop {
      StandardError.write(
        "residua: stopped by a signal. Scans that were done stay in \(folder.path): the same command goes on from there.\n"
      )
      throw ExitCode(stop.exitCode)
    }
    try report.write(to: folder)
    print(report.table)
    fflush(nil)
    for failure in failures { StandardError.write("residua: \(failure.name): \(failure.reason)\n") }
    if !quiet { StandardError.write("wrote report.json, CSV files and plots into \(folder.path).\n") }
    if !failures.isEmpty { throw ExitCode(3) }
  }

  private func run(_ evaluation: Evaluation) throws -> (EvaluationReport, [(name: String, reason: String)]) {
    var display = EventDisplay(isQuiet: quiet)
    return try evaluation.run { try display.show($0) }
  }
}
