import ArgumentParser
import SuperResolution

/// What decides the numbers of an upscale: the model and how it is sampled. Every command that upscales takes these.
struct SamplingOptions: ParsableArguments {
  @OptionGroup var choice: ModelOptions

  @OptionGroup var drawing: DrawingOptions

  @Option(help: "What is written: mean (best per voxel) or sample (keeps the texture).")
  var estimate: UpscaleSettings.Estimate = .mean

  @Option(help: "Largest side of a tile in output pixels, \(UpscaleSettings.smallestTile) or more: less memory.")
  var tile = UpscaleSettings().tile

  @Flag(help: "Refuse an input that is unlike what the model has learned from, instead of warning.")
  var strict = false

  func validate() throws {
    if tile < UpscaleSettings.smallestTile {
      throw ValidationError("--tile is at least \(UpscaleSettings.smallestTile) output pixels, not \(tile).")
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
