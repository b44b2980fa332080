import Neural
import Tensors

/// The encoder of the low-resolution image (RRDBNet; Li et al., "SRDiff", 2022, section 3.4), with the head that pre-trains it.
///
/// Shapes: `[n, h, w, channels]` in [−1, 1] to features `[n, h, w, shape.conditionChannels]`.
public struct RRDBEncoder: Parameterized, Sendable {
  /// Sizes of the whole model.
  public let shape: NetworkShape
  private var first: Convolution
  private var blocks: [ResidualInResidualBlock]
  private var trunk: Convolution
  private var upsampling: [Convolution]
  private var headConvolution: Convolution
  private var last: Convolution

  /// All zeros.
  public init(shape: NetworkShape) {
    let nf = shape.encoderFeatures
    func convolution(_ inputs: Int, _ outputs: Int) -> Convolution {
      Convolution(.convolution(inputs, to: outputs, kernel: 3, padding: 1))
    }
    self.shape = shape
    self.first = convolution(shape.channels, nf)
    self.blocks = (0..<shape.encoderBlocks).map { _ in ResidualInResidualBlock(features: nf) }
    self.trunk = convolution(nf, nf)
    self.upsampling = Self.headFactors(scale: shape.scale).map { _ in convolution(nf, nf) }
    self.headConvolution = convolution(nf, nf)
    self.last = convolution(nf, shape.channels)
  }

  /// Nearest enlargements of the head: ×2 as often as it fits, or one ×3.
  static func headFactors(scale: Int) -> [Int] {
    switch scale {
    case 3: [3]
    case 4: [2, 2]
    case 8: [2, 2, 2]
    default: [2]
    }
  }

  public mutating func forEachParameter(under path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    try first.forEachParameter(under: joined(path, "conv_first"), body)
    for i in blocks.indices { try blocks[i].forEachParameter(under: joined(path, "RRDB_trunk.\(i)"), body) }
    try trunk.forEachParameter(under: joined(path, "trunk_conv"), body)
    for i in upsampling.indices { try upsampling[i].forEachParameter(under: joined(path, "upconv\(i + 1)"), body) }
    try headConvolution.forEachParameter(under: joined(path, "HRconv"), body)
    try last.forEachParameter(under: joined(path, "conv_last"), body)
  }

  /// What the encoder makes of an image.
  public struct Encoding: Sendable {
    /// Every third feature map from the third on, concatenated: `[n, h, w, shape.conditionChannels]`.
    public let condition: Tensor
    /// The sum of the first convolution and the trunk, which the head enlarges: `[n, h, w, features]`.
    public let features: Tensor
  }

  /// - Parameter lr: `[n, h, w, channels]` in [−1, 1].
  public func callAsFunction(_ lr: Tensor, in execution: Execution) -> Encoding {
    let engine = execution.engine
    let nf = shape.encoderFeatures
    func buffer(_ channels: Int) -> Tensor { engine.tensor(n: lr.n, h: lr.h, w: lr.w, c: channels) }
    let condition = buffer(shape.conditionChannels)
    /// Keeps feature map `index` if it is one of feas[2::3].
    func keep(_ map: Tensor, index: Int) {
      guard index % 3 == 2 else { return }
      execution.copy(map, into: condition.channels(index / 3 * nf..<(index / 3 + 1) * nf))
    }
    let image = execution.scaled(lr, by: 0.5, plus: 0.5)
    var current = buffer(blocks[0].bufferChannels)
    let start = buffer(nf)
    first(image, in: execution, into: start)
    execution.copy(start, into: current.channels(0..<nf))
    for (i, block) in blocks.enumerated() {
      let isLast = i == blocks.count - 1
      let next = buffer(isLast ? nf : block.bufferChannels)
      block(current, into: next.channels(0..<nf), in: execution)
      keep(next.channels(0..<nf), index: i)
      current = next
    }
    let features = trunk(current, in: execution, Epilogue(residual: .init(start)))
    keep(features, index: blocks.count)
    return Encoding(condition: condition, features: features)
  }

  /// The head's super-resolved image, `[n, scale·h, scale·w, channels]` in [−1, 1].
  ///
  /// - Parameter isClamped: false to let it leave [−1, 1], as a loss wants it: beyond a clamp nothing is learned.
  public func image(of encoding: Encoding, in execution: Execution, isClamped: Bool = true) -> Tensor {
    let leaky = Epilogue(activation: .leaky(slope: 0.2))
    var x = encoding.features
    for (factor, convolution) in zip(Self.headFactors(scale: shape.scale), upsampling) {
      x = convolution(execution.enlargedByNearest(x, factor: factor), in: execution, leaky)
    }
    x = headConvolution(x, in: execution, leaky)
    let range: ClosedRange<Float> = isClamped ? 0...1 : -.infinity ... .infinity
    return execution.clamped(last(x, in: execution), to: range, scale: 2, offset: -1)
  }
}
