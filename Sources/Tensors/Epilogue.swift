import CKernels

/// What happens to a convolution's sums while they are still in registers:
///
///     z = sum + bias
///     out = scale · activation(z) + shift[item] + weight₁ · residual₁ + weight₂ · residual₂
public struct Epilogue: Sendable {
  /// What is applied to every value at the end.
  public enum Activation: Sendable, Equatable {
    /// Nothing.
    case linear
    /// x · tanh(ln(1 + eˣ)) (Misra, "Mish", 2019).
    case mish
    /// x for x > 0, else slope · x; 0 ≤ slope ≤ 1.
    case leaky(slope: Float)
  }

  /// A tensor of the result's shape that is added to it.
  public struct Residual: Sendable {
    /// What is added, of the output's shape.
    public let tensor: Tensor
    /// Its factor.
    public let weight: Float
    /// Which item of `tensor` belongs to each item of the result; nil where they correspond.
    public let items: [Int]?

    /// Adds `weight · tensor`; with `items`, an item of the output takes that item of the tensor.
    public init(_ tensor: Tensor, weight: Float = 1, items: [Int]? = nil) {
      self.tensor = tensor
      self.weight = weight
      self.items = items
    }
  }

  /// Applied to the convolution's result with its bias and shift.
  public var activation: Activation
  /// Factor of what the activation gives.
  public var scale: Float
  /// `[items, 1, 1, channels]`, added after the activation.
  public var shift: Tensor?
  /// Added at the end.
  public var residual: Residual?
  /// A second one; only this one may map items.
  public var secondResidual: Residual?

  /// Nothing but what is named.
  public init(
    activation: Activation = .linear, scale: Float = 1, shift: Tensor? = nil, residual: Residual? = nil,
    secondResidual: Residual? = nil
  ) {
    self.activation = activation
    self.scale = scale
    self.shift = shift
    self.residual = residual
    self.secondResidual = secondResidual
  }
}

extension Tensor {
  package var surface: ck_surface {
    ck_surface(base: pointer, item: h * w * pixelStride, row: w * pixelStride, pixel: pixelStride)
  }
}

extension Epilogue {
  /// Calls `body` with the C form, checked against the result's shape.
  func withKernelForm<R>(
    bias: UnsafePointer<Float>?, out: Tensor, preactivation: Tensor?, _ body: (ck_epilogue) -> R
  ) -> R {
    let absent = ck_surface()
    for other in [residual?.tensor, preactivation] {
      if let other { precondition(other.shape == out.shape, "a residual \(other.shape) fits its result \(out.shape)") }
    }
    if let shift {
      precondition(shift.n == out.n && shift.pixels == out.n && shift.c == out.c, "a shift has one row per item")
    }
    precondition(residual?.items == nil, "only the second residual maps items")
    if let second = secondResidual {
      let t = second.tensor
      precondition(t.h == out.h && t.w == out.w && t.c == out.c, "a residual \(t.shape) fits its result \(out.shape)")
      precondition(
        second.items.map { $0.count == out.n && $0.allSatisfy { 0 <= $0 && $0 < t.n } } ?? (t.n == out.n),
        "every item of a result has its residual")
    }
    var kind = Int32(CK_LINEAR)
    var slope: Float = 0
    switch activation {
    case .linear: break
    case .mish: kind = Int32(CK_MISH)
    case .leaky(let s):
      kind = Int32(CK_LEAKY)
      slope = s
    }
    let items = secondResidual?.items.map { $0.map { Int32($0) } } ?? []
    return items.withUnsafeBufferPointer { items in
      body(
        ck_epilogue(
          bias: bias, shift: shift.map { UnsafePointer($0.pointer) }, shift_stride: shift?.pixelStride ?? 0,
          out: out.surface, preactivation: preactivation?.surface ?? absent,
          residual1: residual?.tensor.surface ?? absent, residual2: secondResidual?.tensor.surface ?? absent,
          residual2_item: items.isEmpty ? nil : items.baseAddress, scale: scale, slope: slope,
          weight1: residual?.weight ?? 0, weight2: secondResidual?.weight ?? 0, activation: kind))
    }
  }
}
