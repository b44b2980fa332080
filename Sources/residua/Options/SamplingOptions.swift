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

  @OptionGroup var drawing: DrawingOptions

  @Option(help: "What is written: mean (best per voxel) or sample (keeps the texture).")
  var estimate: UpscaleSettings.Estimate = .mean

  @Option(help: "Largest side of a tile in output pixels, \(UpscaleSettings.smallestTile) or more: less memory.")
  var tile = UpscaleSettings().tile

  @Flag(help: "Refuse an input that is unlike what the model has learned from, instead of warning.")
  var strict = false

  func validate() throws {
    if let scale, ![2, 3, 4].contains(scale) { throw ValidationError("--scale is 2, 3 or 4, not \(scale).") }
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
    var settings = drawing.settings
    settings.estimate = estimate
    settings.tile = tile
    settings.strict = strict
    return settings
  }
}
