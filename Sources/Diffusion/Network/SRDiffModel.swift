import Neural
import Tensors

/// The whole model: the encoder of the low-resolution image and the noise predictor, with the engine that runs them.
///
/// A plain value: a copy is a snapshot of the weights.
public struct SRDiffModel: Parameterized, Sendable {
  public let shape: NetworkShape
  public let engine: Engine
  public var encoder: RRDBEncoder
  public var predictor: ResidualUNet

  /// All weights zero.
  ///
  /// - Throws: `NetworkError` when no network has this shape.
  public init(shape: NetworkShape, engine: Engine) throws {
    let problems = shape.problems
    guard problems.isEmpty else {
      throw NetworkError(
        code: .impossibleShape, subject: "network",
        reason: problems.joined(separator: "; ") + ". Correct the configuration.")
    }
    self.shape = shape
    self.engine = engine
    self.encoder = RRDBEncoder(shape: shape)
    self.predictor = ResidualUNet(shape: shape)
  }

  /// - Parameter weights: extents and values in PyTorch's layout by published name (`rrdb.conv_first.weight`, `denoise_fn.mlp.0.bias`, …).
  /// - Throws: `WeightsError` naming every missing, misshapen and unused tensor; `NetworkError` when no network has this shape.
  public init(shape: NetworkShape, weights: [String: (shape: [Int], values: [Float])], engine: Engine) throws {
    try self.init(shape: shape, engine: engine)
    try load(weights)
  }

  public mutating func forEachParameter(under path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    try encoder.forEachParameter(under: joined(path, "rrdb"), body)
    try predictor.forEachParameter(under: joined(path, "denoise_fn"), body)
  }
}

/// Why a network cannot be built or run.
public struct NetworkError: Error, CustomStringConvertible, Sendable {
  public enum Code: String, Sendable {
    case impossibleShape
    case unsuitableInput
  }

  public let code: Code
  public let subject: String
  /// What was expected and found, and what to do.
  public let reason: String

  public var description: String { "\(subject): \(reason)" }

  public init(code: Code, subject: String, reason: String) {
    self.code = code
    self.subject = subject
    self.reason = reason
  }
}
