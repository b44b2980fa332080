import Neural
import Tensors

/// The noise predictor: a U-Net without normalisation (Li et al., "SRDiff", 2022, section 3.3).
///
/// Shapes: x_t `[B, H, W, channels]` to ε̂ of the same shape; H and W multiples of `shape.sideMultiple`, at least `shape.leastSide`.
public struct ResidualUNet: Parameterized, Sendable {
  /// Sizes of the whole model.
  public let shape: NetworkShape
  private var conditionProjection: Convolution
  private var embedding: StepEmbedding
  private var downs: [DownLevel]
  private var middle: [ResnetBlock]
  private var ups: [UpLevel]
  private var finalBlock: ActivatedConvolution
  private var finalConvolution: Convolution

  /// All zeros.
  public init(shape: NetworkShape) {
    let dim = shape.dim
    let widths = [shape.channels] + shape.mults.map { $0 * dim }
    let levels = shape.mults.count
    let s = shape.scale
    // Published for even scales; for ×3, kernel 7 with padding 2 likewise enlarges exactly by 3.
    let padding = (s + 1) / 2
    self.shape = shape
    conditionProjection = Convolution(
      .transposed(shape.conditionChannels, to: dim, kernel: s + 2 * padding, stride: s, padding: padding))
    embedding = StepEmbedding(dim: dim)
    downs = (0..<levels).map {
      DownLevel(widths[$0], to: widths[$0 + 1], embedding: dim, isLast: $0 == levels - 1)
    }
    let deepest = widths[levels]
    middle = (0..<2).map { _ in ResnetBlock(deepest, to: deepest, embedding: dim) }
    ups = (1..<levels).reversed().map { UpLevel(2 * widths[$0 + 1], to: widths[$0], embedding: dim) }
    finalBlock = ActivatedConvolution(dim * shape.mults[0], to: dim)
    finalConvolution = Convolution(.convolution(dim, to: shape.channels, kernel: 1))
  }

  public mutating func forEachParameter(under path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    try conditionProjection.forEachParameter(under: joined(path, "cond_proj"), body)
    try embedding.forEachParameter(under: joined(path, "mlp"), body)
    for i in downs.indices { try downs[i].forEachParameter(under: joined(path, "downs.\(i)"), body) }
    for i in middle.indices { try middle[i].forEachParameter(under: joined(path, "mid_block\(i + 1)"), body) }
    for i in ups.indices { try ups[i].forEachParameter(under: joined(path, "ups.\(i)"), body) }
    try finalBlock.forEachParameter(under: joined(path, "final_conv.0"), body)
    try finalConvolution.forEachParameter(under: joined(path, "final_conv.1"), body)
  }

  /// The projection of the encoder's condition to the image's size, `[n, scale·h, scale·w, dim]`; depends on neither x_t nor t.
  public func projectedCondition(_ condition: Tensor, in execution: Execution) -> Tensor {
    conditionProjection(condition, in: execution)
  }

  /// - Parameters:
  ///   - noisy: x_t, `[B, H, W, channels]`.
  ///   - steps: t of each item.
  ///   - condition: projected conditions, `[S, H, W, dim · mults[0]]`.
  ///   - conditionIndex: which of the S belongs to each item; nil where they correspond.
  /// - Returns: ε̂, `[B, H, W, channels]`.
  public func callAsFunction(
    _ noisy: Tensor, steps: [Int], condition: Tensor, conditionIndex: [Int]? = nil, in execution: Execution
  ) -> Tensor {
    let step = execution.mish(embedding(steps, in: execution))
    var x = noisy
    var skips: [Tensor] = []
    for (i, level) in downs.enumerated() {
      let plus = i == 0 ? Epilogue.Residual(condition, items: conditionIndex) : nil
      let (out, skip) = level(x, step: step, plus: plus, keepsSkip: i > 0, in: execution)
      x = out
      if let skip { skips.append(skip) }
    }
    // The last skip is the deepest level's own output, which the middle reads and writes back beside it.
    x = middle[0](x, step: step, in: execution)
    guard let deepest = skips.last else { preconditionFailure("a U-Net has at least two levels") }
    let half = deepest.c / 2
    _ = middle[1](x, step: step, into: deepest.channels(0..<half), in: execution)
    for level in ups {
      let joined = skips.removeLast()
      let next = skips.last.map { $0.channels(0..<$0.c / 2) }
      x = level(joined, step: step, into: next, in: execution)
    }
    return finalConvolution(finalBlock(x, in: execution), in: execution)
  }
}

/// Two blocks and a strided convolution.
struct DownLevel: Parameterized, Sendable {
  private let width: Int
  private var first: ResnetBlock
  private var second: ResnetBlock
  private var downsampling: Convolution?

  init(_ inputs: Int, to outputs: Int, embedding: Int, isLast: Bool) {
    width = outputs
    first = ResnetBlock(inputs, to: outputs, embedding: embedding)
    second = ResnetBlock(outputs, to: outputs, embedding: embedding)
    downsampling =
      isLast
      ? nil
      : Convolution(.convolution(outputs, to: outputs, kernel: 3, stride: 2, padding: 1, edges: .reflection))
  }

  mutating func forEachParameter(under path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    try first.forEachParameter(under: joined(path, "0"), body)
    try second.forEachParameter(under: joined(path, "1"), body)
    try downsampling?.forEachParameter(under: joined(path, "2.conv.1"), body)
  }

  /// - Returns: the level's output, and a buffer of twice the level's width whose upper half is the skip and whose lower half
  ///   waits for the decoder: there concatenation is a matter of where results are written. Level 0's skip is never used.
  func callAsFunction(
    _ x: Tensor, step: Tensor, plus: Epilogue.Residual?, keepsSkip: Bool, in execution: Execution
  ) -> (Tensor, Tensor?) {
    let pair = keepsSkip ? execution.engine.tensor(n: x.n, h: x.h, w: x.w, c: 2 * width) : nil
    let h = second(
      first(x, step: step, in: execution), step: step, plus: plus, into: pair?.channels(width..<2 * width),
      in: execution)
    return (downsampling.map { $0(h, in: execution) } ?? h, pair)
  }
}

/// Two blocks and a transposed convolution.
struct UpLevel: Parameterized, Sendable {
  private var first: ResnetBlock
  private var second: ResnetBlock
  private var upsampling: Convolution

  init(_ inputs: Int, to outputs: Int, embedding: Int) {
    first = ResnetBlock(inputs, to: outputs, embedding: embedding)
    second = ResnetBlock(outputs, to: outputs, embedding: embedding)
    upsampling = Convolution(.transposed(outputs, to: outputs, kernel: 4, stride: 2, padding: 1))
  }

  mutating func forEachParameter(under path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    try first.forEachParameter(under: joined(path, "0"), body)
    try second.forEachParameter(under: joined(path, "1"), body)
    try upsampling.forEachParameter(under: joined(path, "2.conv.0"), body)
  }

  func callAsFunction(_ x: Tensor, step: Tensor, into destination: Tensor?, in execution: Execution) -> Tensor {
    let h = second(first(x, step: step, in: execution), step: step, in: execution)
    return upsampling(h, in: execution, into: destination)
  }
}
