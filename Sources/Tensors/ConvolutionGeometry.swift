/// What a convolution or a transposed convolution is, apart from its weights. Kernels and strides are square.
public struct ConvolutionGeometry: Hashable, Sendable {
  /// What lies beyond the border.
  public enum Edges: Sendable {
    /// Zeros beyond the edge, as in training.
    case zero
    /// Mirrored without repeating the edge; needs at least `padding + 1` pixels each way.
    case reflection
  }

  /// Channels in.
  public let inputs: Int
  /// Channels out.
  public let outputs: Int
  /// Side of the square kernel in pixels.
  public let kernel: Int
  /// Pixels from one output to the next.
  public let stride: Int
  /// Pixels added at every edge.
  public let padding: Int
  /// What stands beyond the edge.
  public let edges: Edges
  /// Whether it is the transpose of the convolution with these numbers: it widens by `stride`.
  public let isTransposed: Bool

  /// A convolution; its weight is `[outputs, inputs, kernel, kernel]`.
  public static func convolution(
    _ inputs: Int, to outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, edges: Edges = .zero
  ) -> ConvolutionGeometry {
    ConvolutionGeometry(
      inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, padding: padding, edges: edges,
      isTransposed: false)
  }

  /// A transposed convolution whose result is exactly `stride` times as large (kernel = stride + 2·padding); its weight is
  /// `[inputs, outputs, kernel, kernel]`.
  public static func transposed(_ inputs: Int, to outputs: Int, kernel: Int, stride: Int, padding: Int)
    -> ConvolutionGeometry
  {
    precondition(kernel == stride + 2 * padding, "a transposed convolution here enlarges exactly by its stride")
    return ConvolutionGeometry(
      inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, padding: padding, edges: .zero,
      isTransposed: true)
  }

  /// The weight's shape in PyTorch's layout.
  public var weightShape: [Int] { (isTransposed ? [inputs, outputs] : [outputs, inputs]) + [kernel, kernel] }

  /// The side of the result for an input's side.
  public func outputSide(_ side: Int) -> Int {
    isTransposed ? side * stride : (side + 2 * padding - kernel) / stride + 1
  }

  /// Multiply-adds of a direct computation per pixel of the result.
  public var directCost: Int {
    let taps = isTransposed ? kernel * kernel / (stride * stride) : kernel * kernel
    return taps * inputs * outputs
  }

  /// Kernel indices at the offsets −1, 0, +1 for each phase of a stride (of the input of a convolution, of the output of a transposed one),
  /// −1 for none; nil where a phase reaches further.
  package var phaseTaps: [[Int]]? {
    var phases: [[Int]] = []
    for phase in 0..<stride {
      var taps = [-1, -1, -1]
      for k in 0..<kernel {
        // Transposed: output s·i + phase takes input j through k = phase + padding − s·(j − i).
        // Convolution: output i takes input s·(i + d) + phase through k = s·d + phase + padding.
        let numerator = isTransposed ? phase + padding - k : k - padding - phase
        guard numerator % stride == 0 else { continue }
        let offset = numerator / stride
        guard (-1...1).contains(offset) else { return nil }
        taps[offset + 1] = k
      }
      phases.append(taps)
    }
    return phases
  }
}
