import Foundation
import Neural
import Tensors

/// A model file that has passed every check: the right tensors in the right shapes, and metadata that agrees with them.
///
/// Opening reads the header and the schedule's buffers; weights are read when asked for.
public struct ModelFile: Sendable {
  /// The file.
  public let url: URL
  /// What its header says about the model.
  public let configuration: ModelConfiguration
  /// The file's metadata as it stands: licence, origin and the like. Empty where the file has none.
  public let metadata: [String: String]
  /// Number of weights.
  public let parameterCount: Int
  /// The types that weights are stored in, sorted by name.
  public let elementTypes: [ElementType]
  /// Whether the schedule's buffers were in the file and checked.
  public let carriesSchedule: Bool
  private let file: SafetensorsFile
  private let weightNames: [String]

  /// Opens and checks a file.
  /// - Throws: one error that lists every missing, unused and misshapen tensor and every contradiction.
  public init(contentsOf url: URL) throws(ModelError) {
    let file: SafetensorsFile
    do { file = try SafetensorsFile(contentsOf: url) } catch {
      throw ModelError(.unreadable, subject: error.subject, problems: error.problems)
    }
    let survey = ModelSurvey(file)
    guard survey.problems.isEmpty, let configuration = survey.configuration else {
      throw ModelError(.unsuitable, subject: url.path, problems: survey.problems)
    }
    self.url = url
    self.configuration = configuration
    self.metadata = file.metadata
    self.file = file
    self.weightNames = survey.weightNames
    self.parameterCount = survey.weightNames.reduce(0) { $0 + (file.entries[$1]?.count ?? 0) }
    self.elementTypes = Set(survey.weightNames.compactMap { file.entries[$0]?.type }).sorted {
      $0.rawValue < $1.rawValue
    }
    self.carriesSchedule = survey.bufferNames.isEmpty == false
  }

  /// Length of the file in bytes.
  public var byteCount: Int { file.byteCount }

  /// All weights by name, in PyTorch's layout.
  /// - Throws: `ModelError` where the file cannot be read or holds values that are not finite.
  public func weights() throws(ModelError) -> [String: (shape: [Int], values: [Float])] {
    var all: [String: (shape: [Int], values: [Float])] = [:]
    var problems: [String] = []
    for name in weightNames {
      guard let entry = file.entries[name] else { continue }
      do {
        let values = try file.floats(name)
        let broken = values.count { !$0.isFinite }
        if broken > 0 { problems.append("\(name): \(broken) of \(values.count) values are not finite") }
        all[name] = (entry.shape, values)
      } catch { throw ModelError(.unreadable, subject: error.subject, problems: error.problems) }
    }
    guard problems.isEmpty else { throw ModelError(.unsuitable, subject: url.path, problems: problems) }
    return all
  }

  /// The model with these weights.
  /// - Throws: `ModelError` where the weights cannot be read.
  public func model(on engine: Engine) throws -> SRDiffModel {
    try SRDiffModel(shape: configuration.network, weights: weights(), engine: engine)
  }
}

extension ModelFile {
  /// Writes this model under other metadata, the weights byte for byte as they are; `url` may be its own file.
  ///
  /// - Parameter entries: texts to set, or nil to take an entry out. `config` and `format` belong to the file and are left alone.
  /// - Throws: `ModelError` where the file cannot be read or written.
  public func write(entries: [String: String?], to url: URL) throws(ModelError) {
    var metadata = metadata
    for (name, text) in entries where name != "config" && name != "format" {
      if let text { metadata[name] = text } else { metadata.removeValue(forKey: name) }
    }
    do { try file.write(metadata: metadata, to: url) } catch {
      throw ModelError(
        error.code == .unwritable ? .unwritable : .unreadable, subject: error.subject, problems: error.problems)
    }
  }

  /// Writes a model; equal models give equal bytes.
  ///
  /// - Parameters:
  ///   - weights: by name, in PyTorch's layout.
  ///   - metadata: further texts, as `license`; `config` and `format` are set here.
  ///   - type: how weights are stored; rounded to nearest.
  /// - Throws: `ModelError` where the file cannot be written.
  public static func write(
    _ weights: [String: (shape: [Int], values: [Float])], configuration: ModelConfiguration,
    metadata: [String: String] = [:], as type: ElementType = .float16, to url: URL
  ) throws(ModelError) {
    var writer = SafetensorsWriter(metadata: metadata)
    writer.metadata["format"] = "srdiff"
    writer.metadata["config"] = configuration.encoded
    for (name, weight) in weights { writer.add(name, shape: weight.shape, values: weight.values, as: type) }
    do { try writer.write(to: url) } catch {
      throw ModelError(.unwritable, subject: error.subject, problems: error.problems)
    }
  }
}
