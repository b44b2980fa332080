import Neural
import Tensors

/// The features of AlexNet (Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014) up to each of its
/// five activations, and LPIPS' five rows of weights over their channels. Names as in the `lpips` package.
struct PerceptualNetwork: Parameterized, Sendable {
  private var convolutions: [Convolution]
  private(set) var channelWeights: [Parameter]

  private static let names = ["net.slice1.0", "net.slice2.3", "net.slice3.6", "net.slice4.8", "net.slice5.10"]
  /// A maximum over 3×3 pixels at every other one comes before these layers.
  private static let pooledLayers: Set<Int> = [1, 2]

  /// The least side that leaves a pixel after both maxima.
  static let leastSide = 31

  /// All zeros.
  init() {
    let geometries: [ConvolutionGeometry] = [
      .convolution(3, to: 64, kernel: 11, stride: 4, padding: 2), .convolution(64, to: 192, kernel: 5, padding: 2),
      .convolution(192, to: 384, kernel: 3, padding: 1), .convolution(384, to: 256, kernel: 3, padding: 1),
      .convolution(256, to: 256, kernel: 3, padding: 1),
    ]
    convolutions = geometries.map { Convolution($0) }
    channelWeights = geometries.map { Parameter(shape: [1, $0.outputs, 1, 1], fanIn: $0.outputs) }
  }

  mutating func forEachParameter(under path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    for (k, name) in Self.names.enumerated() {
      try convolutions[k].forEachParameter(under: joined(path, name), body)
    }
    for k in channelWeights.indices { try body(joined(path, "lin\(k).model.1.weight"), &channelWeights[k]) }
  }

  /// Calls `body` with the layer's number and its activations, `[n, h, w, channels]`, layer by layer.
  /// - Parameter input: `[n, h, w, 3]`, normalised, each side at least `leastSide`.
  func forEachActivation(of input: Tensor, in execution: Execution, _ body: (Int, Tensor) -> Void) {
    var x = input
    for (k, convolution) in convolutions.enumerated() {
      if Self.pooledLayers.contains(k) { x = Self.pooled(x, on: execution.engine) }
      x = convolution(x, in: execution, Epilogue(activation: .leaky(slope: 0)))
      body(k, x)
    }
  }

  /// The maximum over 3×3 pixels at every other pixel, without padding: `[n, (h − 3)/2 + 1, (w − 3)/2 + 1, c]`.
  private static func pooled(_ x: Tensor, on engine: Engine) -> Tensor {
    let out = engine.tensor(n: x.n, h: (x.h - 3) / 2 + 1, w: (x.w - 3) / 2 + 1, c: x.c)
    engine.concurrently(out.n * out.h) { line in
      let item = line / out.h
      let top = item * x.h + line % out.h * 2
      for column in 0..<out.w {
        let to = out.pointer + (line * out.w + column) * out.pixelStride
        to.update(from: x.pointer + (top * x.w + column * 2) * x.pixelStride, count: x.c)
        for k in 1..<9 {
          let from = x.pointer + ((top + k / 3) * x.w + column * 2 + k % 3) * x.pixelStride
          for c in 0..<x.c { to[c] = max(to[c], from[c]) }
        }
      }
    }
    return out
  }
}
