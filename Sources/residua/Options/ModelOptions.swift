import ArgumentParser
import Diffusion
import SuperResolution

/// Which model: by name or file, or the one that ships for a scale.
struct ModelOptions: ParsableArguments {
  @Option(help: "How many times as wide and high a slice becomes: 2, 3 or 4. Must agree with --model. (default: 2)")
  var scale: Int?

  @Option(
    help:
      "A model file, or the name of one that `residua model list` shows. (default: the one that ships for the scale)")
  var model: String?

  func validate() throws {
    if let scale, ![2, 3, 4].contains(scale) { throw ValidationError("--scale is 2, 3 or 4, not \(scale).") }
  }

  /// The scale that the model has, read from its header.
  var scaleOfModel: Int {
    get throws {
      let path = ModelSearchPath()
      let url = try model.map { try path.model(named: $0) } ?? path.defaultModel(scale: scale ?? 2)
      return try ModelFile(contentsOf: url).configuration.network.scale
    }
  }
}
