import Neural
import Tensors

/// The whole model: the encoder of the low-resolution image and the noise predictor, with the engine that runs them.
///
/// A plain value: a copy is a snapshot of the weights.
public struct SRDiffModel: Parameterized, Sendable {
  /// Sizes of encoder and noise predictor.
  public let shape: NetworkShape
  /// What computes.
  public let engine: Engine
  /// Low resolution to features, and to an image of its own.
  public var encoder: RRDBEncoder
  /// x_t, t and condition to ε.
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
  /// What went wrong.
  public enum Code: String, Sendable {
    /// Sizes that make no network.
    case impossibleShape
    /// An image that the network cannot take.
    case unsuitableInput
  }

  /// What went wrong, for programs.
  public let code: Code
  /// What it is about.
  public let subject: String
  /// What was expected and found, and what to do.
  public let reason: String

  public var description: String { "\(subject): \(reason)" }

  /// Made of a code, what it is about, and a reason that says what to do.
  public init(code: Code, subject: String, reason: String) {
    self.code = code
    self.subject = subject
    self.reason = reason
  }
}
