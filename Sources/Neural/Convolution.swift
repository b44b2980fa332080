import Foundation
import Tensors

/// A convolution, transposed convolution or pointwise product with bias: `weight` and `bias` in PyTorch's layout.
///
/// Shapes: `[n, h, w, geometry.inputs]` to `[n, geometry.outputSide(h), geometry.outputSide(w), geometry.outputs]`.
public struct Convolution: Parameterized, Sendable {
  /// Sizes, stride and padding.
  public let geometry: ConvolutionGeometry
  /// `[outputs, inputs, kernel, kernel]`, as PyTorch keeps it.
  public private(set) var weight: Parameter
  /// One value per output channel.
  public private(set) var bias: Parameter
  /// 2 for a linear layer's `[outputs, inputs]`, 4 for a convolution.
  private let weightRank: Int
  private var packed = PackedCache()

  /// All zeros.
  public init(_ geometry: ConvolutionGeometry) {
    self.init(geometry, weightShape: geometry.weightShape)
  }

  private init(_ geometry: ConvolutionGeometry, weightShape: [Int]) {
    // PyTorch takes the fan-in from the second extent, also for transposed convolutions.
    let fanIn = weightShape[1...].reduce(1, *)
    self.geometry = geometry
    self.weightRank = weightShape.count
    self.weight = Parameter(shape: weightShape, fanIn: fanIn)
    self.bias = Parameter(shape: [geometry.outputs], fanIn: fanIn)
  }

  /// A linear layer, which is a 1×1 convolution of 1×1 pixels; its weight is `[outputs, inputs]`.
  public static func linear(_ inputs: Int, to outputs: Int) -> Convolution {
    Convolution(.convolution(inputs, to: outputs, kernel: 1), weightShape: [outputs, inputs])
  }

  public mutating func forEachParameter(under path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    packed = PackedCache()
    try body(joined(path, "weight"), &weight)
    try body(joined(path, "bias"), &bias)
  }

  /// The result of the convolution followed by `epilogue`, written to `destination` if there is one.
  @discardableResult
  public func callAsFunction(
    _ x: Tensor, in execution: Execution, _ epilogue: Epilogue = Epilogue(), into destination: Tensor? = nil
  ) -> Tensor {
    let weights = packed.value(for: execution.engine) {
      PackedConvolution(geometry, weight: weight.values, bias: bias.values, for: execution.engine)
    }
    return execution.convolve(
      x, weights,
      parameters: ConvolutionParameters(
        weight: weight.values, weightKey: weight.gradientKey, biasKey: bias.gradientKey), epilogue, into: destination)
  }
}

/// The packed form of one value of the weights, made when it is first needed. Whoever may change the weights takes a new cache.
///
/// `@unchecked Sendable`: `entry` is read and written under `lock`.
final class PackedCache: @unchecked Sendable {
  private let lock = NSLock()
  private var entry: (kernels: KernelSet, products: Engine.Products, weights: PackedConvolution)?

  func value(for engine: Engine, _ make: () -> PackedConvolution) -> PackedConvolution {
    lock.withLock {
      if let entry, entry.kernels == engine.kernels, entry.products == engine.products { return entry.weights }
      let weights = make()
      entry = (engine.kernels, engine.products, weights)
      return weights
    }
  }
}
