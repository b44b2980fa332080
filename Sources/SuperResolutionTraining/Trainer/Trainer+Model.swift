import Diffusion
import Foundation
import Neural

extension Trainer {
  /// Writes the model to use, as float16, with all that has to be known about it.
  func writeModel(to url: URL) throws {
    var weights: [String: (shape: [Int], values: [Float])] = [:]
    for (name, parameter) in try average.namedParameters() { weights[name] = (parameter.shape, parameter.values) }
    let settings = configuration.model
    let description = ModelConfiguration(
      network: settings.shape, timesteps: settings.timesteps, residual: settings.residual,
      intensity: .percentile(configuration.data.percentile, lower: 0, upper: 1),
      degradation: configuration.data.degradation.text(scale: settings.scale))
    let card = card
    try TrainingLog.unwritable(url) {
      try ModelFile.write(weights, configuration: description, metadata: card, as: .float16, to: url)
    }
  }

  /// What the model saw and how it was trained, beside what the configuration's card says.
  private var card: [String: String] {
    var card = configuration.card
    let spacings = set.training.flatMap { volume in
      volume.axes.flatMap { axis in
        let spacing = volume.pixelSpacing(across: axis)
        return [spacing.x, spacing.y]
      }
    }
    let modalities = Set(set.training.map(\.modality.rawValue)).sorted()
    let subjects = Set(set.training.map(\.subject)).count
    let done =
      stage.map { "\($0) at update \(update) of \(configuration.stage($0).updates)" } ?? "both stages, all updates"
    card["seen_plane"] = configuration.data.plane.rawValue
    card["seen_pixel_mm"] = "\(TrainingLog.fixed(spacings.min() ?? 0, 3))…\(TrainingLog.fixed(spacings.max() ?? 0, 3))"
    card["seen_modality"] = modalities.joined(separator: ", ")
    card["seen_scans"] = "\(set.training.count) scans of \(subjects) subjects"
    // Calibration refuses what these digits say (`Docs/Reference/ModelFile.md`).
    card["training_scans"] = Set((set.training + set.validation).map { String($0.digest.prefix(16)) }).sorted()
      .joined(separator: " ")
    card["training"] =
      "\(done); \(TrainingLog.fixed(seconds / 3600, 2)) hours on \(engine.threads) threads, \(engine.kernels.rawValue)"
    card["use"] = "research use only, not for diagnosis"
    return card
  }
}
