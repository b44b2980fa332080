import Diffusion
import Foundation
import Neural
import SuperResolution

extension Trainer {
  /// Writes the model to use, as float16, with all that has to be known about it, and its card beside it.
  func writeModel(to url: URL) throws {
    var weights: [String: (shape: [Int], values: [Float])] = [:]
    for (name, parameter) in try average.namedParameters() { weights[name] = (parameter.shape, parameter.values) }
    let settings = configuration.model
    let description = ModelConfiguration(
      network: settings.shape, timesteps: settings.timesteps, residual: settings.residual,
      intensity: .percentile(configuration.data.percentile, lower: 0, upper: 1),
      degradation: configuration.data.degradation.text(scale: settings.scale))
    let entries = cardEntries
    try TrainingLog.unwritable(url) {
      try ModelFile.write(weights, configuration: description, metadata: entries, as: .float16, to: url)
      let card = try ModelCard(of: ModelFile(contentsOf: url))
      try Data(card.markdown.utf8).write(to: ModelCard.url(beside: url), options: .atomic)
    }
  }

  /// What the model saw and how it was trained, beside what the configuration's card says.
  private var cardEntries: [String: String] {
    var entries = configuration.card
    let scans = set.training.map(ScanTraits.init)
    entries.merge(ModelScope(of: scans, configuration.data).metadata) { _, measured in measured }
    entries["seen_scans"] = ModelScope.text(of: scans)
    let done =
      stage.map { "\($0) at update \(update) of \(configuration.stage($0).updates)" }
      ?? "both stages, \(configuration.encoder.updates) and \(configuration.predictor.updates) updates"
    let processor = Self.processorName.map { " of \($0)" } ?? ""
    entries["training"] =
      "\(done); \(TrainingLog.fixed(seconds / 3600, 2)) hours on \(engine.threads) threads\(processor), \(engine.kernels.rawValue) kernels"
    // Calibration refuses what these digits say (`Docs/Reference/ModelFile.md`).
    entries["training_scans"] = Set((set.training + set.validation).map { String($0.digest.prefix(16)) }).sorted()
      .joined(separator: " ")
    entries["recipe"] = configuration.recipe
    if let command { entries["command"] = command }
    if let lastScores {
      let scans = "\(validationScans) validation scan\(validationScans == 1 ? "" : "s")"
      entries["validation"] = "PSNR / SSIM in tissue, \(scans): \(lastScores)"
    }
    entries["use"] = "research use only, not for diagnosis"
    return entries
  }

  /// As Linux calls it.
  private static let processorName: String? = {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
  }()
}
