import ArgumentParser
import Foundation
import SuperResolution

/// Calibrated outputs beside the raw deviation.
struct UncertaintyOptions: ParsableArguments {
  @Option(help: "Write the calibrated deviation: the root-mean-square error to expect, in the input's unit.")
  var calibratedUncertainty: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Write the ends of a calibrated interval around the mean of the samples: nominal coverage, lower and upper volume.",
      valueName: "coverage lower upper"))
  var interval: [String] = []

  @Flag(help: "Intervals by the widest calibration subject, not the median one.")
  var assured = false

  @Option(help: "The calibration. (default: the one found beside the model or on the model search path)")
  var calibration: String?

  func validate() throws {
    if !interval.isEmpty, request == nil {
      throw ValidationError(
        "--interval takes three values, such as --interval 0.9 lower.nii.gz upper.nii.gz, not \"\(interval.joined(separator: " "))\". Name input and output before it."
      )
    }
    if assured && interval.isEmpty { throw ValidationError("--assured is about --interval, which is missing.") }
    if calibration != nil && interval.isEmpty && calibratedUncertainty == nil {
      throw ValidationError("--calibration is for --interval or --calibrated-uncertainty, and both are missing.")
    }
  }

  /// Whether anything needs a deviation over samples.
  var needsSamples: Bool { calibratedUncertainty != nil || !interval.isEmpty }

  func apply(to job: inout UpscaleJob) {
    job.calibratedUncertainty = calibratedUncertainty.map { URL(fileURLWithPath: $0) }
    job.interval = request
    job.calibration = calibration.map { URL(fileURLWithPath: $0) }
  }

  private var request: IntervalRequest? {
    guard interval.count == 3, let coverage = Double(interval[0]), coverage > 0, coverage < 1 else { return nil }
    return IntervalRequest(
      coverage: coverage, lower: URL(fileURLWithPath: interval[1]), upper: URL(fileURLWithPath: interval[2]),
      assurance: assured ? .assured : .typical)
  }
}
