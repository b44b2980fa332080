/// The weights of bicubic resampling along one axis, compatible with MATLAB's `imresize`.
///
/// Cubic convolution with a = −1/2 (Keys, "Cubic convolution interpolation for digital image processing", IEEE Trans. ASSP 29, 1981,
/// equation 15). Pixel centres lie at half-integers, so that the outer edges of the image stay where they are: output x looks at
/// input (x + ½)/scale − ½. When scaling down, the kernel is widened by 1/scale against aliasing. Beyond an edge the image continues
/// as its mirror image, edge pixel included. Weights of one output add up to 1.
public struct BicubicWeights: Sendable {
  /// Pixels along the axis before.
  public let inputCount: Int
  /// Pixels along the axis after.
  public let outputCount: Int
  /// Inputs that each output looks at.
  let taps: Int
  /// `outputCount` × `taps`: which inputs, mirrored into the image.
  let indices: [Int32]
  /// `outputCount` × `taps`.
  let weights: [Double]

  /// - Parameters:
  ///   - inputCount, outputCount: samples along the axis, 1 or more.
  ///   - scale: outputs per input; nil for `outputCount / inputCount`. MATLAB's `imresize(image, scale)` keeps a given scale even where
  ///     it does not divide the size.
  /// - Precondition: the counts are positive, below 2³⁰, and the scale is finite and above 0.
  public init(from inputCount: Int, to outputCount: Int, scale: Double? = nil) {
    precondition(
      inputCount > 0 && outputCount > 0 && inputCount < 1 << 30 && outputCount < 1 << 30,
      "resampling from \(inputCount) to \(outputCount)")
    let scale = scale ?? Double(outputCount) / Double(inputCount)
    precondition(scale > 0 && scale.isFinite, "a scale of \(scale)")
    let shrink = min(scale, 1)
    let reach = 2 / shrink
    let taps = Int((2 * reach).rounded(.up)) + 1
    var indices = [Int32](repeating: 0, count: outputCount * taps)
    var weights = [Double](repeating: 0, count: outputCount * taps)
    for output in 0..<outputCount {
      let centre = (Double(output) + 0.5) / scale - 0.5
      let first = Int((centre - reach).rounded(.up))
      var sum = 0.0
      for tap in 0..<taps {
        let weight = Self.kernel((centre - Double(first + tap)) * shrink)
        indices[output * taps + tap] = Int32(Self.mirrored(first + tap, count: inputCount))
        weights[output * taps + tap] = weight
        sum += weight
      }
      for tap in 0..<taps { weights[output * taps + tap] /= sum }
    }
    self.inputCount = inputCount
    self.outputCount = outputCount
    self.taps = taps
    self.indices = indices
    self.weights = weights
  }

  private init(_ other: BicubicWeights, weights: [Double]) {
    (inputCount, outputCount, taps, indices) = (other.inputCount, other.outputCount, other.taps, other.indices)
    self.weights = weights
  }

  /// The same with the magnitudes of the weights, not normalised.
  var magnitudes: BicubicWeights { BicubicWeights(self, weights: weights.map(abs)) }

  private static func kernel(_ distance: Double) -> Double {
    let x = abs(distance)
    if x <= 1 { return (1.5 * x - 2.5) * x * x + 1 }
    if x < 2 { return ((-0.5 * x + 2.5) * x - 4) * x + 2 }
    return 0
  }

  private static func mirrored(_ index: Int, count: Int) -> Int {
    let period = 2 * count
    let wrapped = ((index % period) + period) % period
    return wrapped < count ? wrapped : period - 1 - wrapped
  }
}
