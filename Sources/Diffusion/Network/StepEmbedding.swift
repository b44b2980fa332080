import Foundation
import Neural
import Tensors

/// The embedding of a step: sines and cosines (Vaswani et al. 2017, section 3.5, as in DDPM), then a small perceptron.
///
/// Shapes: B steps to `[B, 1, 1, dim]`.
struct StepEmbedding: Parameterized, Sendable {
  let dim: Int
  private var widening: Convolution
  private var narrowing: Convolution

  init(dim: Int) {
    self.dim = dim
    self.widening = .linear(dim, to: 4 * dim)
    self.narrowing = .linear(4 * dim, to: dim)
  }

  mutating func forEachParameter(under path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    try widening.forEachParameter(under: joined(path, "0"), body)
    try narrowing.forEachParameter(under: joined(path, "2"), body)
  }

  func callAsFunction(_ steps: [Int], in execution: Execution) -> Tensor {
    let half = dim / 2
    let waves = execution.engine.tensor(n: steps.count, h: 1, w: 1, c: dim)
    let decay = log(10000.0) / Double(max(half - 1, 1))
    for (item, step) in steps.enumerated() {
      let row = waves.pointer + item * dim
      for i in 0..<half {
        let angle = Double(step) * exp(-Double(i) * decay)
        row[i] = Float(sin(angle))
        row[half + i] = Float(cos(angle))
      }
    }
    return narrowing(widening(waves, in: execution, Epilogue(activation: .mish)), in: execution)
  }
}
