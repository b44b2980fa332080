import Diffusion
import Foundation
import SuperResolution

/// What `model inspect` says about a model.
struct ModelDescription {
  let text: String

  init(of url: URL) throws {
    let file = try ModelFile(contentsOf: url)
    let configuration = file.configuration
    let network = configuration.network
    var lines = [
      url.path,
      "  sha256        \(try FileDigest.sha256(of: [url]))",
      "  scale         ×\(network.scale), \(network.channels) channel\(network.channels == 1 ? "" : "s")",
      "  encoder       RRDB, \(network.encoderFeatures) features, \(network.encoderBlocks) blocks",
      "  predictor     U-Net, dim \(network.dim), multiples \(network.mults.map(String.init).joined(separator: ", "))",
      "  weights       \(file.parameterCount), stored as \(file.elementTypes.map(\.rawValue).joined(separator: ", "))",
      "  diffusion     cosine schedule, T = \(configuration.timesteps)",
      "  residual      \(configuration.residual.text)",
      "  intensity     \(configuration.intensity.text)"
        + (configuration.statesIntensity ? "" : " (not stated: our standard)"),
    ]
    if configuration.baseScale != 1 { lines.append("  base          bicubic × \(configuration.baseScale)") }
    if let degradation = configuration.degradation { lines.append("  degradation   \(degradation)") }
    for (name, note) in configuration.notes.sorted(by: { $0.key < $1.key }) { lines.append("  \(name): \(note)") }
    for (name, value) in file.metadata.sorted(by: { $0.key < $1.key }) where name != "config" {
      lines.append("  \(name): \(value)")
    }
    lines.append("  Research use only. Not for diagnosis.")
    text = lines.joined(separator: "\n")
  }
}
