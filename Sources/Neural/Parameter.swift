import Tensors

/// A named array of weights in PyTorch's layout, and how PyTorch starts it.
public struct Parameter: Sendable {
  /// Extents in PyTorch's order, e.g. `[outputs, inputs, kernel, kernel]`.
  public let shape: [Int]
  /// The values, the last extent fastest.
  public var values: [Float]
  /// PyTorch draws convolutions and linear layers, weights and biases alike, from U(−bound, bound) with bound = 1/√(fan-in).
  public let initialBound: Float
  /// What gradients of this parameter are filed under; copies share it.
  public let gradientKey = GradientKey()

  /// All zeros.
  public init(shape: [Int], fanIn: Int) {
    self.shape = shape
    self.values = Array(repeating: 0, count: shape.reduce(1, *))
    self.initialBound = 1 / Float(max(fanIn, 1)).squareRoot()
  }
}
