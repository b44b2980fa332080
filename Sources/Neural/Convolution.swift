import Foundation
import Tensors

/// A convolution, transposed convolution or pointwise product with bias: `weight` and `bias` in PyTorch's layout.
///
/// Shapes: `[n, h, w, geometry.inputs]` to `[n, geometry.outputSide(h), geometry.outputSide(w), geometry.outputs]`.
public struct Convolution: Parameterized, Sendable {
  public let geometry: ConvolutionGeometry
  public private(set) var weight: Parameter
  public private(set) var bias: Parameter
  /// 2 for a linear layer's `[outputs, inputs]`, 4 for a convolution.
  private let weightRank: Int
  var packed = PackedCache()

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
    let engine = execution.engine
    let weights = packed.value(for: engine, backward: false) {
      PackedConvolution(geometry, weight: weight.values, bias: bias.values, for: engine)
    }
    guard let tape = execution.tape else {
      guard let profile = execution.profile else { return engine.convolve(x, weights, epilogue, into: destination) }
      return profile.measure(weights, input: x, epilogue: epilogue) {
        engine.convolve(x, weights, epilogue, into: destination)
      }
    }
    let h = geometry.outputSide(x.h)
    let w = geometry.outputSide(x.w)
    let z = epilogue.activation == .linear ? nil : engine.tensor(n: x.n, h: h, w: w, c: geometry.outputs)
    let out = engine.convolve(x, weights, epilogue, into: destination, preactivation: z)
    tape.record(out) { carryBack($0, x: x, out: out, preactivation: z, epilogue: epilogue) }
    return out
  }
}

/// The packed form of one value of the weights, made when it is first needed. Whoever may change the weights takes a new cache.
///
/// `@unchecked Sendable`: `entries` is read and written under `lock`.
final class PackedCache: @unchecked Sendable {
  private let lock = NSLock()
  private struct Use: Hashable {
    let kernels: KernelSet
    let products: Engine.Products
    let isBackward: Bool
  }
  private var entries: [Use: PackedConvolution] = [:]

  func value(for engine: Engine, backward: Bool, _ make: () -> PackedConvolution) -> PackedConvolution {
    lock.withLock {
      let use = Use(kernels: engine.kernels, products: engine.products, isBackward: backward)
      if let weights = entries[use] { return weights }
      let weights = make()
      entries[use] = weights
      return weights
    }
  }
}
