/// What a convolution or a transposed convolution is, apart from its weights. Kernels and strides are square.
public struct ConvolutionGeometry: Hashable, Sendable {
  /// What lies beyond the border.
  public enum Edges: Sendable {
    case zero
    /// Mirrored without repeating the edge; needs at least `padding + 1` pixels each way.
    case reflection
  }

  public let inputs: Int
  public let outputs: Int
  public let kernel: Int
  public let stride: Int
  public let padding: Int
  public let edges: Edges
  /// Whether it is the transpose of the convolution with these numbers: it widens by `stride`.
  public let isTransposed: Bool
  /// Places that a transposed convolution's grid has beyond its input's, so that the last taps are kept: 0, or 1 in gradients.
  package let excess: Int

  /// A convolution; its weight is `[outputs, inputs, kernel, kernel]`.
  public static func convolution(
    _ inputs: Int, to outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, edges: Edges = .zero
  ) -> ConvolutionGeometry {
    ConvolutionGeometry(
      inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, padding: padding, edges: edges,
      isTransposed: false, excess: 0)
  }

  /// A transposed convolution whose result is exactly `stride` times as large (kernel = stride + 2·padding); its weight is
  /// `[inputs, outputs, kernel, kernel]`.
  public static func transposed(_ inputs: Int, to outputs: Int, kernel: Int, stride: Int, padding: Int)
    -> ConvolutionGeometry
  {
    precondition(kernel == stride + 2 * padding, "a transposed convolution here enlarges exactly by its stride")
    return ConvolutionGeometry(
      inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, padding: padding, edges: .zero,
      isTransposed: true, excess: 0)
  }

  /// The weight's shape in PyTorch's layout.
  public var weightShape: [Int] { (isTransposed ? [inputs, outputs] : [outputs, inputs]) + [kernel, kernel] }

  /// The side of the result for an input's side.
  public func outputSide(_ side: Int) -> Int {
    isTransposed ? (side + excess) * stride : (side + 2 * padding - kernel) / stride + 1
  }

  /// Multiply-adds of a direct computation per pixel of the result.
  public var directCost: Int {
    let taps = isTransposed ? kernel * kernel / (stride * stride) : kernel * kernel
    return taps * inputs * outputs
  }

  /// Where each phase's taps lie, if none of them reaches over more than three places.
  package struct PhaseTaps: Sendable {
    /// The offset of the first of the three places, in places of the grid: −1 unless a kernel is padded more than its half.
    package let origin: Int
    /// Kernel indices at origin, origin + 1, origin + 2 for each phase of a stride (of the input of a convolution, of the output of a
    /// transposed one); −1 for none.
    package let taps: [[Int]]
  }

  package var phaseTaps: PhaseTaps? {
    var found: [[(offset: Int, index: Int)]] = []
    for phase in 0..<stride {
      // Transposed: output s·i + phase takes input j through k = phase + padding − s·(j − i).
      // Convolution: output i takes input s·(i + d) + phase through k = s·d + phase + padding.
      found.append(
        (0..<kernel).compactMap { k in
          let numerator = isTransposed ? phase + padding - k : k - padding - phase
          return numerator % stride == 0 ? (numerator / stride, k) : nil
        })
    }
    let offsets = found.joined().map(\.offset)
    guard let least = offsets.min(), let most = offsets.max() else { return nil }
    let origin = least >= -1 && most <= 1 ? -1 : least
    guard most - origin <= 2 else { return nil }
    let taps = found.map { phase in
      var taps = [-1, -1, -1]
      for (offset, index) in phase { taps[offset - origin] = index }
      return taps
    }
    return PhaseTaps(origin: origin, taps: taps)
  }
}
