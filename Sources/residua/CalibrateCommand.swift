import ArgumentParser
import Evaluation
import Foundation
import SuperResolution
import Volumes

struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Fits what makes intervals of a model hold for a subject never seen.",
    discussion: """
      Takes high-resolution scans that neither training nor test saw, makes every slice smaller, draws samples, and compares their spread with the error. \
      The file holds the factors and everything they are valid for: this model, these samples, steps and this kind of scan. \
      `residua upscale` finds it beside the model as NAME.calibration.json. One subject counts as one, however many voxels it has: \
      take ten or more. Scans that were scored stay in FILE.parts until the end, so that an interrupted run goes on.

      Example:
        residua calibrate default-x2 calibration/ --output default-x2.calibration.json --slices 8
      """
  )

  @Argument(help: "A model file, or the name of one that `residua model list` shows.")
  var model: String

  @Argument(help: "High-resolution scans, or folders of them.")
  var inputs: [String]

  @Option(help: "The calibration to write.")
  var output: String

  @Option(help: "Slices per scan, spread evenly over its tissue. (default: all)")
  var slices: Int?

  @Option(help: "Of how many sites (scanners, protocols) the scans come.")
  var sites = 1

  @Option(help: "How the scans are made smaller: bicubic or kspace.")
  var degradation: ComparisonOptions.DegradationName = .bicubic

  @Option(help: "Keep what is computed per scan here, also after the end. (default: FILE.parts, removed at the end)")
  var parts: String?

  @OptionGroup(title: "Sampling") var drawing: DrawingOptions

  @OptionGroup(title: "Computing") var computing: ComputingOptions

  @Flag(help: "Replace an output that exists.")
  var overwrite = false

  @Flag(help: "Say nothing but the table, warnings and errors.")
  var quiet = false

  func validate() throws {
    if drawing.samples < 2 { throw ValidationError("--samples is 2 or more here: one sample has no deviation.") }
    if let slices, slices < 1 { throw ValidationError("--slices is at least 1, not \(slices).") }
    if sites < 1 { throw ValidationError("--sites is at least 1, not \(sites).") }
    if degradation == .blur { throw ValidationError("--degradation is bicubic or kspace.") }
  }

  func run() throws {
    Interruption.listen()
    let url = URL(fileURLWithPath: output)
    if !overwrite, FileManager.default.fileExists(atPath: url.path) {
      throw VolumeError(
        .exists, subject: url.path, reason: "is there already; pass --overwrite to replace it, or choose another name")
    }
    let (scans, skipped) = try EvaluationScan.found(in: inputs.map { URL(fileURLWithPath: $0) })
    for reason in skipped { StandardError.warn("left out: \(reason)") }
    guard !scans.isEmpty else {
      StandardError.write("residua: no volume was found in \(inputs.joined(separator: ", ")).\n")
      throw ExitCode(2)
    }
    let loaded = try LoadedModel(named: model, scale: nil, engine: computing.engine)
    var settings = EvaluationSettings()
    settings.methods = [.mean]
    settings.degradation = degradation == .kspace ? .kspace : .bicubic
    settings.upscaling = drawing.settings
    let work = URL(fileURLWithPath: parts ?? output + ".parts")
    var calibrating = Calibrating(scans: scans, settings: settings, model: loaded, work: work)
    calibrating.slices = slices
    calibrating.sites = sites
    let calibration = try run(calibrating)
    try calibration.write(to: url, overwrite: overwrite)
    if parts == nil { try? FileManager.default.removeItem(at: work) }
    print(calibration.table())
    if !quiet { StandardError.write("wrote \(output). Research use only, not for diagnosis.\n") }
  }

  private func run(_ calibrating: Calibrating) throws -> UncertaintyCalibration {
    var display = EventDisplay(isQuiet: quiet)
    do {
      return try calibrating.run { try display.show($0) }
    } catch let stop as Interruption.Stop {
      StandardError.write(
        "residua: stopped by a signal. Scans that were scored stay in \(calibrating.work.path): the same command goes on from there.\n"
      )
      throw ExitCode(stop.exitCode)
    }
  }
}
