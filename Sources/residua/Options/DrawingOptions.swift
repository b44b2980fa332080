import ArgumentParser
import SuperResolution

/// How samples are drawn from a model: what a calibration is about.
struct DrawingOptions: ParsableArguments {
  @Option(help: "Samples drawn per slice.")
  var samples = 8

  @Option(help: "Steps of the sampler. (default: the sampler's own)")
  var steps: Int?

  @Option(help: "How the steps go: \(UpscaleSettings.SamplerName.allCases.map(\.rawValue).joined(separator: ", ")).")
  var sampler: UpscaleSettings.SamplerName = UpscaleSettings().sampler

  @Option(help: "Same seed, same bytes, whatever the number of threads.")
  var seed: UInt64 = 0

  @Option(help: "The plane whose slices are upscaled: acquired, axial, coronal, sagittal.")
  var plane: UpscaleSettings.Plane = .acquired

  @Option(help: "Noise between slices: independent, shared, correlated or correlated:MM.")
  var noise: UpscaleSettings.SliceNoise = UpscaleSettings().noise

  @Option(help: "The output made smaller against the input: report it, or project every sample onto agreement.")
  var consistency: UpscaleSettings.Consistency = UpscaleSettings().consistency

  @Option(
    help:
      "Slices and tiles with nothing but background: skip (bicubic, and a deviation of 0) or keep (compute them too).")
  var background: UpscaleSettings.Background = UpscaleSettings().background

  func validate() throws {
    if samples < 1 || samples > UpscaleSettings.mostSamples {
      throw ValidationError("--samples is 1 to \(UpscaleSettings.mostSamples), not \(samples).")
    }
    if let steps, steps < 1 { throw ValidationError("--steps is at least 1, not \(steps).") }
  }

  /// Whether the outputs that were asked for can be made of these samples.
  func check(isCalibrated: Bool, hasMask: Bool, hasUncertainty: Bool) throws {
    if isCalibrated && samples < 2 {
      throw ValidationError("intervals and calibrated deviations need --samples 2 or more.")
    }
    if hasMask && background == .keep {
      throw ValidationError(
        "--mask says what to compute, --background keep to compute everything: give one of the two.")
    }
    if hasUncertainty && samples < 2 {
      throw ValidationError("--uncertainty is a deviation over samples: it needs --samples 2 or more.")
    }
  }

  var settings: UpscaleSettings {
    var settings = UpscaleSettings()
    settings.samples = samples
    settings.sampler = sampler
    settings.steps = steps
    settings.seed = seed
    settings.plane = plane
    settings.noise = noise
    settings.consistency = consistency
    settings.background = background
    return settings
  }
}

extension UpscaleSettings.SamplerName: ExpressibleByArgument {}
extension UpscaleSettings.Plane: ExpressibleByArgument {}
extension UpscaleSettings.Consistency: ExpressibleByArgument {}
extension UpscaleSettings.Estimate: ExpressibleByArgument {}
extension UpscaleSettings.Background: ExpressibleByArgument {}
extension UpscaleSettings.SliceNoise: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
