import ArgumentParser
import Diffusion
import SuperResolution

/// What decides the numbers of an upscale: the model and how it is sampled. Every command that upscales takes these.
struct SamplingOptions: ParsableArguments {
  @Option(help: "How many times as wide and high a slice becomes: 2, 3 or 4. Must agree with --model. (default: 2)")
  var scale: Int?

  @Option(
    help:
      "A model file, or the name of one that `residua model list` shows. (default: the one that ships for the scale)")
  var model: String?

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

  @Option(help: "What is written: mean (best per voxel) or sample (keeps the texture).")
  var estimate: UpscaleSettings.Estimate = .mean

  @Option(help: "Largest side of a tile in output pixels, \(UpscaleSettings.smallestTile) or more: less memory.")
  var tile = UpscaleSettings().tile

  @Option(help: "Noise between slices: independent, shared, correlated or correlated:MM.")
  var noise: UpscaleSettings.SliceNoise = UpscaleSettings().noise

  @Option(help: "The output made smaller against the input: report it, or project every sample onto agreement.")
  var consistency: UpscaleSettings.Consistency = UpscaleSettings().consistency

  @Option(
    help:
      "Slices and tiles with nothing but background: skip (bicubic, and a deviation of 0) or keep (compute them too).")
  var background: UpscaleSettings.Background = UpscaleSettings().background

  func validate() throws {
    if let scale, ![2, 3, 4].contains(scale) { throw ValidationError("--scale is 2, 3 or 4, not \(scale).") }
    if samples < 1 || samples > UpscaleSettings.mostSamples {
      throw ValidationError("--samples is 1 to \(UpscaleSettings.mostSamples), not \(samples).")
    }
    if let steps, steps < 1 { throw ValidationError("--steps is at least 1, not \(steps).") }
    if tile < UpscaleSettings.smallestTile {
      throw ValidationError("--tile is at least \(UpscaleSettings.smallestTile) output pixels, not \(tile).")
    }
  }

  /// The scale that the model has, read from its header.
  var scaleOfModel: Int {
    get throws {
      let path = ModelSearchPath()
      let url = try model.map { try path.model(named: $0) } ?? path.defaultModel(scale: scale ?? 2)
      return try ModelFile(contentsOf: url).configuration.network.scale
    }
  }

  var settings: UpscaleSettings {
    var settings = UpscaleSettings()
    settings.samples = samples
    settings.sampler = sampler
    settings.steps = steps
    settings.seed = seed
    settings.plane = plane
    settings.estimate = estimate
    settings.tile = tile
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
