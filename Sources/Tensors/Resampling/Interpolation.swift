#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The classical ways to enlarge an image by a whole number, to compare with.
///
/// Pixel centres lie at half-integers, so that the outer edges stay where they are: output x looks at input (x + ½)/scale − ½. Beyond an
/// edge the image continues as its mirror image, edge pixel included. Weights of one output add up to 1.
public enum Interpolation: String, CaseIterable, Sendable {
  /// The value of the nearest pixel.
  case nearest
  /// Straight lines between neighbouring pixels (bilinear).
  case linear
  /// Keys' cubic convolution with a = −1/2, as `BicubicWeights`.
  case bicubic
  /// The sinc, windowed by a wider one's main lobe over ±3 pixels (Duchon, "Lanczos filtering in one and two dimensions", 1979).
  case lanczos

  /// The weights of an axis of `count` pixels.
  package func weights(count: Int, enlargedBy scale: Int) -> AxisWeights {
    AxisWeights(count: count, step: 1 / Double(scale), outputs: 0..<count * scale, reach: reach, kernel: value)
  }

  /// The image in its new size.
  /// - Parameter image: `height · width` values, row by row; one that is not finite spoils all outputs around it.
  public func enlarged(_ image: [Double], width: Int, height: Int, by scale: Int) -> [Double] {
    precondition(image.count == width * height, "\(image.count) values are no image of \(height) × \(width)")
    let rows = weights(count: height, enlargedBy: scale)
    return weights(count: width, enlargedBy: scale)
      .appliedToColumns(of: rows.appliedToRows(of: image, width: width), height: height * scale)
  }

  private var reach: Double {
    switch self {
    case .nearest: 0.5
    case .linear: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  private func value(at distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .nearest: return 1
    case .linear: return 1 - x
    case .bicubic:
      if x <= 1 { return (1.5 * x - 2.5) * x * x + 1 }
      return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0
    case .lanczos:
      func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(.pi * x) / (.pi * x) }
      return x < 3 ? sinc(x) * sinc(x / 3) : 0
    }
  }
}
