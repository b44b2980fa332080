import Foundation
import Neural

/// A checkpoint that PyTorch saved, on its way to a model file.
///
/// The tensors are found wherever the checkpoint keeps them (`state_dict.model` in the published ones), under whatever prefix (`module.`); sizes come from
/// their shapes, the scale from the kernel of `cond_proj`, T from the schedule's buffers, which are checked and left behind, as is an optimiser's state.
public struct ModelConversion {
  /// What divided the base alone in the published release: LR/256 where everything else is /255.
  public static let publishedBaseScale = 255.0 / 256

  /// The dictionary that was taken, by its keys joined by points; empty for the outermost.
  public let entry: String
  /// What every name began with, left out.
  public let prefix: String
  private let checkpoint: TorchCheckpoint
  private let tensors: [String: TorchTensor]
  private var subject: String { checkpoint.url.path }

  /// - Parameter entry: which dictionary, where several would do.
  /// - Throws: `ModelError` where the file cannot be read, or none or several of its dictionaries hold a model.
  public init(of url: URL, entry: String? = nil) throws(ModelError) {
    do { checkpoint = try TorchCheckpoint(contentsOf: url) } catch {
      throw ModelError(.unreadable, subject: error.subject, problems: [error.reason])
    }
    let candidates = checkpoint.dictionaries.filter { $0.value.keys.contains { $0.contains("denoise_fn.") } }
    func unsuitable(_ problem: String) -> ModelError {
      ModelError(.unsuitable, subject: url.path, problems: [problem])
    }
    let names = candidates.keys.sorted().map { $0.isEmpty ? "the outermost" : $0 }.joined(separator: ", ")
    let chosen: (key: String, value: [String: TorchTensor])
    if let entry {
      guard let tensors = candidates[entry] else {
        throw unsuitable("holds no model under \(entry); there is \(names.isEmpty ? "none at all" : names)")
      }
      chosen = (entry, tensors)
    } else {
      guard let first = candidates.first else {
        let all = checkpoint.dictionaries.keys.sorted().prefix(8).map { $0.isEmpty ? "the outermost" : $0 }
        throw unsuitable(
          "holds no SRDiff model: no tensor is called denoise_fn.…"
            + (all.isEmpty ? ", there is no dictionary of tensors at all" : " in \(all.joined(separator: ", "))"))
      }
      guard candidates.count == 1 else { throw unsuitable("holds several models: \(names). Choose one with --entry.") }
      chosen = (first.key, first.value)
    }
    self.entry = chosen.key
    let example = chosen.value.keys.sorted().first { $0.contains("denoise_fn.") } ?? ""
    let prefix = example.range(of: "denoise_fn.").map { String(example[..<$0.lowerBound]) } ?? ""
    self.prefix = prefix
    tensors = chosen.value.reduce(into: [:]) { tensors, item in
      let name = item.key.hasPrefix(prefix) ? String(item.key.dropFirst(prefix.count)) : item.key
      tensors[name] = item.value
    }
  }

  /// Writes the model file; nothing stands under the name unless all is well.
  ///
  /// - Parameters:
  ///   - baseScale: what the bicubic base is multiplied with: `publishedBaseScale` for the authors' checkpoints, 1 for others.
  ///   - type: how weights are stored; nil for the checkpoint's own (float32 for float64 and mixtures).
  ///   - metadata: further texts, as `license`.
  /// - Throws: `ModelError` that lists every missing, unused and misshapen tensor and every contradiction.
  public func write(
    to url: URL, baseScale: Double = ModelConversion.publishedBaseScale, as type: ElementType? = nil,
    metadata: [String: String] = [:]
  ) throws(ModelError) {
    var writer = SafetensorsWriter()
    var problems: [String] = []
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      guard tensor.storage.type.isFloatingPoint, name != "__metadata__" else {
        problems.append("not used: \(name.prefix(120)) \(tensor.shape) of \(tensor.storage.type.rawValue)")
        continue
      }
      do { writer.add(name, shape: tensor.shape, values: try checkpoint.floats(tensor)) } catch {
        throw ModelError(.unreadable, subject: subject, problems: [error.reason])
      }
    }
    guard problems.isEmpty else { throw ModelError(.unsuitable, subject: subject, problems: problems) }
    // The checks of a model file are those of a conversion too: a bare file beside the final one passes them first.
    let bare = url.deletingLastPathComponent().appendingPathComponent(".\(url.lastPathComponent).\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: bare) }
    do { try writer.write(to: bare) } catch {
      throw ModelError(.unwritable, subject: url.path, problems: error.problems)
    }
    let file: ModelFile
    let weights: [String: (shape: [Int], values: [Float])]
    do {
      file = try ModelFile(contentsOf: bare)
      weights = try file.weights()
    } catch { throw ModelError(error.code, subject: subject, problems: error.problems) }
    var configuration = file.configuration
    configuration.baseScale = baseScale
    configuration.degradation = "bicubic with antialiasing (MATLAB imresize), ×\(configuration.network.scale) per side"
    let stored = Set(tensors.values.map(\.storage.type))
    let own = stored.count == 1 ? stored.first : nil
    try ModelFile.write(
      weights, configuration: configuration, metadata: metadata,
      as: type ?? (own == .float64 ? .float32 : own ?? .float32),
      to: url)
  }
}
