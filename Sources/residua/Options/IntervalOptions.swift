import ArgumentParser
import BulkProcessing
import Foundation
import SuperResolution

/// Calibrated outputs of a batch; the names are derived.
struct IntervalOptions: ParsableArguments {
  @Flag(help: "Write the calibrated deviation of every volume: the root-mean-square error to expect.")
  var calibratedUncertainty = false

  @Option(
    help: ArgumentHelp(
      "Write the ends of a calibrated interval with this nominal coverage, as 0.9, around every mean of the samples.",
      valueName: "coverage"))
  var interval: Double?

  @Flag(help: "Intervals by the widest calibration subject, not the median one.")
  var assured = false

  @Option(
    help: ArgumentHelp(
      "The calibration, one for all. (default: the one found beside the model or on the model search path)",
      valueName: "file"))
  var calibration: String?

  func validate() throws {
    if let interval, !(interval > 0 && interval < 1) {
      throw ValidationError("--interval is a coverage between 0 and 1, as 0.9, not \(interval).")
    }
    if assured && interval == nil { throw ValidationError("--assured is about --interval, which is missing.") }
    if calibration != nil && !isWanted {
      throw ValidationError("--calibration is for --interval or --calibrated-uncertainty, and both are missing.")
    }
  }

  var isWanted: Bool { calibratedUncertainty || interval != nil }

  private var assurance: UncertaintyCalibration.Assurance { assured ? .assured : .typical }

  func apply(to upscale: inout UpscaleJob, _ outputs: BatchJob.Outputs, in folder: URL) {
    upscale.calibratedUncertainty = outputs.calibratedUncertainty.map { folder.appendingPathComponent($0) }
    if let interval, let lower = outputs.lower, let upper = outputs.upper {
      upscale.interval = IntervalRequest(
        coverage: interval, lower: folder.appendingPathComponent(lower), upper: folder.appendingPathComponent(upper),
        assurance: assurance)
    }
    upscale.calibration = calibration.map { URL(fileURLWithPath: $0) }
  }

  /// For the ledger: what is asked for, and the calibrations that there are for this model.
  /// - Throws: `SuperResolutionError` where there is none: better now than once per scan.
  func settings(model: URL, digest: String) throws -> [String: String] {
    guard isWanted else { return [:] }
    let files =
      try calibration.map { [URL(fileURLWithPath: $0)] }
      ?? CalibrationSearch(model: model, digest: digest).all().map(\.url)
    for file in files { _ = try UncertaintyCalibration(contentsOf: file) }
    return [
      "interval": interval.map { "\($0) \(assurance.rawValue)" } ?? "none",
      "calibration": try files.map { String(try FileDigest.sha256(of: [$0]).prefix(16)) }.joined(separator: " "),
    ]
  }
}
