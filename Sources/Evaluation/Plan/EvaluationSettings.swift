import Foundation
import ImageQuality
import SuperResolution

/// Everything that decides an evaluation's numbers, beside model and scans.
package struct EvaluationSettings: Sendable {
  package var methods = EvaluationMethod.allCases
  /// How the truth becomes the input; for pairs that exist, how LR-PSNR makes the output smaller.
  package var degradation = Degradation.bicubic
  /// How the model is sampled; the estimate is not used, mean and first sample are both scored.
  package var upscaling = UpscaleSettings()
  package var selection = SliceSelection.every(1)
  /// `nil` for the rule that suits each volume (`ForegroundRule.suiting`).
  package var foreground: ForegroundRule?
  /// Black and white for PSNR, SSIM and LPIPS, in the scan's unit; `nil` for the model's intensity range of the truth.
  package var dataRange: ClosedRange<Double>?
  /// A weight file for LPIPS; `nil` leaves it out.
  package var perceptualWeights: URL?
  /// What intervals and deviation are calibrated by, beside the raw ones; `nil` for the raw ones alone.
  package var calibration: URL?

  /// The share of the foreground that counts as edges: where the truth is steepest.
  package static let edgeShare = 0.2
  /// Slices within this share of the foreground's extent from either end count as end slices.
  package static let endShare = 0.1

  package init() {}

  var needsModel: Bool { methods.contains { $0.interpolation == nil } }
  var needsSamples: Bool { methods.contains(.sample) || methods.contains(.mean) }
}

/// The settings as a record holds them: a volume whose record has another recipe is evaluated again.
struct EvaluationRecipe: Codable, Equatable {
  /// Of the records; rises when numbers change their meaning.
  var version = 1
  var model: String
  var modelSHA256: String
  var scale: Int
  var methods: [EvaluationMethod]
  var degradation: String
  var degradationNumbers: [Double]
  var sampler: String
  var steps: Int
  var samples: Int
  var seed: UInt64
  var plane: String
  var tile: Int
  var noise: String
  var kernels: String
  var foreground: String
  var dataRange: [Double]?
  var perceptualWeightsSHA256: String?
  var calibration: String?
  var calibrationSHA256: String?

  init(_ settings: EvaluationSettings, model: LoadedModel) throws {
    let upscaling = settings.upscaling
    self.model = model.url.lastPathComponent
    modelSHA256 = model.digest
    scale = model.scale
    methods = settings.methods
    degradation = settings.degradation.text(scale: model.scale)
    if case .blur(let sigma, let noise) = settings.degradation {
      degradationNumbers = [sigma, noise]
    } else {
      degradationNumbers = []
    }
    sampler = upscaling.sampler.rawValue
    steps = upscaling.steps ?? min(upscaling.sampler.defaultSteps, model.configuration.timesteps)
    samples = upscaling.samples
    seed = upscaling.seed
    plane = upscaling.plane.rawValue
    tile = upscaling.tile
    noise = upscaling.noise.description
    kernels = model.engine.information.kernels
    foreground = settings.foreground?.description ?? "as suits each volume"
    dataRange = settings.dataRange.map { [$0.lowerBound, $0.upperBound] }
    calibration = settings.calibration?.lastPathComponent
    calibrationSHA256 = try settings.calibration.map { try FileDigest.sha256(of: [$0]) }
    perceptualWeightsSHA256 = try settings.perceptualWeights.map { try FileDigest.sha256(of: [$0]) }
  }
}
