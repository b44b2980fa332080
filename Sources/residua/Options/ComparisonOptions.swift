import ArgumentParser
import Evaluation
import Foundation
import ImageQuality
import SuperResolution

/// What `evaluate` compares, and by which measures.
struct ComparisonOptions: ParsableArguments {
  enum DegradationName: String, CaseIterable, ExpressibleByArgument {
    case bicubic, kspace, blur
  }

  enum ForegroundName: Equatable, ExpressibleByArgument {
    case automatic, nonZero, everything
    case above(Double)

    init?(argument: String) {
      switch argument {
      case "auto": self = .automatic
      case "nonzero": self = .nonZero
      case "all": self = .everything
      default:
        guard argument.hasPrefix("above:"), let value = Double(argument.dropFirst(6)), value.isFinite else {
          return nil
        }
        self = .above(value)
      }
    }
  }

  @Option(help: "How the truth is made smaller: bicubic, kspace (truncation) or blur.")
  var degradation: DegradationName = .bicubic

  @Option(help: "Deviation of the blur, in low-resolution pixels.")
  var blurSigma = 0.5

  @Option(help: "Noise after the blur, as a share of the intensity range.")
  var blurNoise = 0.0

  @Option(help: "A CSV file of pairs that exist: columns high and low, if wanted name and subject.")
  var pairs: String?

  @Option(
    help: "The low-resolution volume, or a folder of them, that belongs to the inputs: same names, checked geometry.")
  var lowResolution: String?

  @Option(
    parsing: .upToNextOption,
    help: "Methods: \(EvaluationMethod.allCases.map(\.rawValue).joined(separator: ", ")). (default: all)")
  var methods: [EvaluationMethod] = []

  @Option(help: "Evaluate every n-th slice.")
  var every: Int?

  @Option(help: "A CSV file of slices to evaluate: columns subject and slices (numbers from 0, separated by spaces).")
  var slices: String?

  @Option(help: "Which voxels are foreground: auto, nonzero, above:VALUE or all.")
  var foreground: ForegroundName = .automatic

  @Option(
    help:
      "Black and white for PSNR, SSIM and LPIPS as LOW:HIGH in the scans' unit. (default: the model's range of each scan)"
  )
  var dataRange: String?

  @Option(help: "Weights for LPIPS (safetensors; Docs/HowTo/Evaluate.md says how to make them).")
  var lpipsWeights: String?

  @Option(help: "A calibration: intervals and deviation are reported with it as well.")
  var calibration: String?

  @Flag(help: "Keep the compared slices in OUTPUT/kept, for other programs.")
  var keep = false

  func validate() throws {
    if let every, every < 1 { throw ValidationError("--every is at least 1, not \(every).") }
    if every != nil && slices != nil { throw ValidationError("--every and --slices both choose slices: give one.") }
    if pairs != nil && lowResolution != nil {
      throw ValidationError("--pairs and --low-resolution both name the low-resolution volumes: give one.")
    }
    if !(blurSigma > 0 && blurSigma <= 10) {
      throw ValidationError("--blur-sigma is above 0 and up to 10, not \(blurSigma).")
    }
    if !(blurNoise >= 0 && blurNoise <= 1) { throw ValidationError("--blur-noise is 0 to 1, not \(blurNoise).") }
    if let dataRange, Self.range(dataRange) == nil {
      throw ValidationError("--data-range is LOW:HIGH with LOW below HIGH, such as -1024:1024, not \(dataRange).")
    }
  }

  func scans(of inputs: [String]) throws -> (scans: [EvaluationScan], skipped: [String]) {
    if let pairs { return (try EvaluationScan.listed(in: URL(fileURLWithPath: pairs)), []) }
    let urls = inputs.map { URL(fileURLWithPath: $0) }
    if let lowResolution { return try EvaluationScan.paired(high: urls, low: [URL(fileURLWithPath: lowResolution)]) }
    return try EvaluationScan.found(in: urls)
  }

  func settings(sampling: UpscaleSettings) throws -> EvaluationSettings {
    var settings = EvaluationSettings()
    if !methods.isEmpty { settings.methods = EvaluationMethod.allCases.filter(methods.contains) }
    switch degradation {
    case .bicubic: settings.degradation = .bicubic
    case .kspace: settings.degradation = .kspace
    case .blur: settings.degradation = .blur(sigma: blurSigma, noise: blurNoise)
    }
    settings.upscaling = sampling
    if let every { settings.selection = .every(every) }
    if let slices { settings.selection = try .list(at: URL(fileURLWithPath: slices)) }
    switch foreground {
    case .automatic: settings.foreground = nil
    case .nonZero: settings.foreground = .nonZero
    case .everything: settings.foreground = .everything
    case .above(let value): settings.foreground = .above(value)
    }
    settings.dataRange = dataRange.flatMap(Self.range)
    settings.calibration = calibration.map { URL(fileURLWithPath: $0) }
    settings.perceptualWeights = lpipsWeights.map { URL(fileURLWithPath: $0) }
    return settings
  }

  private static func range(_ text: String) -> ClosedRange<Double>? {
    let ends = text.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
    guard ends.count == 2, let low = ends[0], let high = ends[1], low.isFinite, high.isFinite, low < high else {
      return nil
    }
    return low...high
  }
}

extension EvaluationMethod: ExpressibleByArgument {}
