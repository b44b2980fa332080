import Neural
import Tensors

/// Mirrored padding, 3×3 convolution, Mish: the predictor's unit.
///
/// Shapes: `[n, h, w, inputs]` to `[n, h, w, outputs]`.
struct ActivatedConvolution: Parameterized, Sendable {
  private var convolution: Convolution

  init(_ inputs: Int, to outputs: Int) {
    convolution = Convolution(.convolution(inputs, to: outputs, kernel: 3, padding: 1, edges: .reflection))
  }

  mutating func forEachParameter(under path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    try convolution.forEachParameter(under: joined(path, "block.1"), body)
  }

  /// mish(convolution) plus whatever is given.
  func callAsFunction(
    _ x: Tensor, in execution: Execution, shift: Tensor? = nil, residual: Tensor? = nil,
    secondResidual: Epilogue.Residual? = nil, into destination: Tensor? = nil
  ) -> Tensor {
    let epilogue = Epilogue(
      activation: .mish, shift: shift, residual: residual.map { .init($0) }, secondResidual: secondResidual)
    return convolution(x, in: execution, epilogue, into: destination)
  }
}

/// Two activated convolutions, the step's shift between them, and a residual around both.
///
/// Shapes: `[n, h, w, inputs]` to `[n, h, w, outputs]`; the shift is a linear layer of Mish of the step embedding.
struct ResnetBlock: Parameterized, Sendable {
  private var shift: Convolution
  private var first: ActivatedConvolution
  private var second: ActivatedConvolution
  private var projection: Convolution?

  init(_ inputs: Int, to outputs: Int, embedding: Int) {
    shift = .linear(embedding, to: outputs)
    first = ActivatedConvolution(inputs, to: outputs)
    second = ActivatedConvolution(outputs, to: outputs)
    projection = inputs == outputs ? nil : Convolution(.convolution(inputs, to: outputs, kernel: 1))
  }

  mutating func forEachParameter(under path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    try shift.forEachParameter(under: joined(path, "mlp.1"), body)
    try first.forEachParameter(under: joined(path, "block1"), body)
    try second.forEachParameter(under: joined(path, "block2"), body)
    try projection?.forEachParameter(under: joined(path, "res_conv"), body)
  }

  /// - Parameters:
  ///   - step: Mish of the step embedding, `[n, 1, 1, dim]`.
  ///   - plus: added to the result.
  ///   - destination: where the result goes.
  func callAsFunction(
    _ x: Tensor, step: Tensor, plus: Epilogue.Residual? = nil, into destination: Tensor? = nil, in execution: Execution
  ) -> Tensor {
    let h = first(x, in: execution, shift: shift(step, in: execution))
    let residual = projection.map { $0(x, in: execution) } ?? x
    return second(h, in: execution, residual: residual, secondResidual: plus, into: destination)
  }
}
