import Diffusion
import Volumes

/// Everything that a calibration holds for. Under any other condition its factors are guesses, and the map is called uncalibrated.
public struct CalibrationConditions: Equatable, Sendable, Codable {
  /// SHA-256 of the model file, 64 hexadecimal digits.
  public var model: String
  /// How many times as wide and high a slice becomes.
  public var scale: Int
  /// Drawn per slice.
  public var samples: Int
  /// The reverse process.
  public var sampler: String
  /// That it takes.
  public var steps: Int
  /// How the noise of neighbouring slices is related, with its length in mm.
  public var noise: String
  /// The anatomical plane of the slices.
  public var plane: String
  /// How a difference of images becomes the residual that is diffused.
  public var residualMapping: String
  /// The rule, not the numbers of one volume.
  public var intensityMapping: String
  /// `mr`, `ct`, `other` or `unknown`: NIfTI does not say.
  public var modality: String
  /// What is done with voxels outside the body.
  public var background: String
  /// Whether samples are brought into agreement with the input.
  public var consistency: String

  /// Conditions of these parts; each is explained at its property.
  public init(
    model: String, scale: Int, samples: Int, sampler: String, steps: Int, noise: String, plane: String,
    residualMapping: String, intensityMapping: String, modality: String, background: String,
    consistency: String
  ) {
    self.model = model
    self.scale = scale
    self.samples = samples
    self.sampler = sampler
    self.steps = steps
    self.noise = noise
    self.plane = plane
    self.residualMapping = residualMapping
    self.intensityMapping = intensityMapping
    self.modality = modality
    self.background = background
    self.consistency = consistency
  }

  /// Those of an upscale that is about to begin.
  package init(of upscaler: VolumeUpscaler, source: VolumeHeader) {
    self.init(
      model: upscaler.model.digest, scale: upscaler.model.scale, samples: upscaler.settings.samples,
      sampler: upscaler.settings.samplerName, steps: upscaler.steps, noise: upscaler.settings.noise.description,
      plane: source.geometry.affine.plane(across: upscaler.axis).rawValue,
      residualMapping: String(describing: upscaler.model.configuration.residual),
      intensityMapping: upscaler.mapping.rule, modality: source.modality.rawValue,
      background: upscaler.settings.background.rawValue,
      consistency: upscaler.settings.consistency.rawValue)
  }

  /// Where these differ from the calibrated ones, a phrase each; empty where the calibration holds.
  public func differences(from calibrated: CalibrationConditions) -> [String] {
    var found: [String] = []
    func compare(_ name: String, _ own: String, _ theirs: String) {
      if own != theirs { found.append("\(name) \(own), calibrated for \(theirs)") }
    }
    compare("model", String(model.prefix(12)), String(calibrated.model.prefix(12)))
    compare("scale", "\(scale)", "\(calibrated.scale)")
    compare("samples", "\(samples)", "\(calibrated.samples)")
    compare("sampler", sampler, calibrated.sampler)
    compare("steps", "\(steps)", "\(calibrated.steps)")
    compare("noise", noise, calibrated.noise)
    compare("plane", plane, calibrated.plane)
    compare("residual mapping", residualMapping, calibrated.residualMapping)
    compare("intensity mapping", intensityMapping, calibrated.intensityMapping)
    compare("background", background, calibrated.background)
    compare("consistency", consistency, calibrated.consistency)
    // What does not say its modality contradicts none but CT, which the intensity mapping tells.
    let unknown = Modality.unknown.rawValue
    if modality != unknown, calibrated.modality != unknown { compare("modality", modality, calibrated.modality) }
    return found
  }
}
