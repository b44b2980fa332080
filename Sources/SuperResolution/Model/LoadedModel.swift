import Diffusion
import Foundation
import Tensors
import Volumes

/// A model in memory, ready to run on an engine.
public struct LoadedModel: Sendable {
  /// The file.
  public let url: URL
  /// What its header says about the model.
  public let configuration: ModelConfiguration
  /// Encoder and noise predictor.
  public let network: SRDiffModel
  /// What computes.
  public let engine: Engine
  /// What the model has learned from, as its file says.
  public let scope: ModelScope
  /// SHA-256 of the file, 64 hexadecimal digits.
  public let digest: String

  /// How many times as wide and high a slice becomes.
  public var scale: Int { configuration.network.scale }
  /// How much noise each step of diffusion holds; plans of steps are made with it.
  public var schedule: NoiseSchedule { configuration.schedule }
  var intensity: IntensityDescription { configuration.intensity }
  /// The percentile that `mapping(for:of:)` needs from `VolumeStatistics`.
  public var percentile: Double { intensity.percentile }

  /// The model's intensity mapping for a volume, and what the user should know about it.
  public func mapping(for statistics: VolumeStatistics, of modality: Modality = .unknown) -> (
    mapping: IntensityMapping, warnings: [String]
  ) {
    intensity.mapping(for: statistics, of: modality)
  }

  /// - Throws: `ModelError` when the file is not a whole model.
  public init(contentsOf url: URL, engine: Engine) throws {
    let file = try ModelFile(contentsOf: url)
    self.url = url
    self.engine = engine
    configuration = file.configuration
    scope = ModelScope(metadata: file.metadata)
    network = try file.model(on: engine)
    digest = try FileDigest.sha256(of: [url])
  }

  /// - Parameters:
  ///   - name: a file or the name of a model on the search path; `nil` for the one that ships for `scale`.
  ///   - scale: `nil` for 2, or whatever the named model does.
  /// - Throws: `SuperResolutionError` when it is not found or has another scale, `ModelError` when it is not a whole model.
  public init(named name: String?, scale: Int?, searchPath: ModelSearchPath = ModelSearchPath(), engine: Engine) throws
  {
    guard let name else {
      try self.init(contentsOf: searchPath.defaultModel(scale: scale ?? 2), engine: engine)
      return
    }
    try self.init(contentsOf: searchPath.model(named: name), engine: engine)
    if let scale, scale != self.scale {
      throw SuperResolutionError(
        .modelMismatch, url.path,
        "is a model for scale \(self.scale), but --scale asks for \(scale). Leave --scale out, or choose another model."
      )
    }
  }
}
