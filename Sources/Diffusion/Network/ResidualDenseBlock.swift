import Neural
import Tensors

/// A residual dense block of the encoder (Wang et al., "ESRGAN", 2018, figure 4): four 3×3 convolutions whose inputs are all that came before, and a fifth.
///
/// Shapes: `[n, h, w, features]` to the same. The block works in one buffer of `features + 4·growth` channels, so that concatenation is a matter of
/// where results are written.
struct ResidualDenseBlock: Parameterized, Sendable {
  let features: Int
  let growth: Int
  private var convolutions: [Convolution]

  init(features: Int) {
    let growth = features / 2
    self.features = features
    self.growth = growth
    self.convolutions = (0..<5).map {
      Convolution(.convolution(features + $0 * growth, to: $0 < 4 ? growth : features, kernel: 3, padding: 1))
    }
  }

  /// The channels of a block's buffer.
  var bufferChannels: Int { features + 4 * growth }

  mutating func forEachParameter(under path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    for i in 0..<5 { try convolutions[i].forEachParameter(under: joined(path, "conv\(i + 1)"), body) }
  }

  /// - Parameters:
  ///   - buffer: `[n, h, w, bufferChannels]`; its first `features` channels are the input, the others are overwritten.
  ///   - destination: where `0.2 · x5 + x`, or with `outer` `0.2 · (0.2 · x5 + x) + outer`, goes.
  func callAsFunction(_ buffer: Tensor, outer: Tensor? = nil, into destination: Tensor, in execution: Execution) {
    for i in 0..<4 {
      let from = buffer.channels(0..<features + i * growth)
      let to = buffer.channels(features + i * growth..<features + (i + 1) * growth)
      convolutions[i](from, in: execution, Epilogue(activation: .leaky(slope: 0.2)), into: to)
    }
    let x = buffer.channels(0..<features)
    let epilogue =
      if let outer {
        Epilogue(scale: 0.04, residual: .init(x, weight: 0.2), secondResidual: .init(outer))
      } else {
        Epilogue(scale: 0.2, residual: .init(x))
      }
    convolutions[4](buffer, in: execution, epilogue, into: destination)
  }
}

/// Three dense blocks and a residual around them: `RRDB`.
struct ResidualInResidualBlock: Parameterized, Sendable {
  private var blocks: [ResidualDenseBlock]

  init(features: Int) { blocks = (0..<3).map { _ in ResidualDenseBlock(features: features) } }

  var bufferChannels: Int { blocks[0].bufferChannels }

  mutating func forEachParameter(under path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    for i in 0..<3 { try blocks[i].forEachParameter(under: joined(path, "RDB\(i + 1)"), body) }
  }

  /// `0.2 · RDB3(RDB2(RDB1(x))) + x`, with x in the first channels of `buffer`.
  func callAsFunction(_ buffer: Tensor, into destination: Tensor, in execution: Execution) {
    let features = blocks[0].features
    let x = buffer.channels(0..<features)
    var current = buffer
    for block in blocks.dropLast() {
      let next = execution.engine.tensor(n: buffer.n, h: buffer.h, w: buffer.w, c: bufferChannels)
      block(current, into: next.channels(0..<features), in: execution)
      current = next
    }
    blocks[2](current, outer: x, into: destination, in: execution)
  }
}
