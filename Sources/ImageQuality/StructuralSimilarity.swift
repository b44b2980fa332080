/// SSIM (Wang et al., "Image quality assessment: from error visibility to structural similarity", IEEE TIP 2004, equation 13
/// with C₃ = C₂/2), equal to scikit-image's `structural_similarity`.
///
/// Both published windows are here: the authors' Gaussian, and the 7×7 uniform one with which SRDiff reports its numbers
/// (scikit-image's default). They give different numbers; say which.
public struct StructuralSimilarity: Equatable, Sendable {
  /// The weights of the pixels about the middle.
  public enum Window: Equatable, Sendable {
    /// 11×11, σ = 1.5, covariances divided by the count (`gaussian_weights=True, sigma=1.5, use_sample_covariance=False`).
    case gaussian
    /// 7×7 of equal weights, covariances divided by the count less one (scikit-image's defaults).
    case uniform

    /// Pixels on each side of the middle.
    public var radius: Int {
      switch self {
      case .gaussian: 5
      case .uniform: 3
      }
    }

    /// The one-dimensional weights; the window is their outer product.
    var weights: [Double] {
      switch self {
      case .gaussian: gaussianWeights(sigma: 1.5, radius: radius)
      case .uniform: [Double](repeating: 1.0 / 7, count: 7)
      }
    }

    /// What makes a covariance of the window unbiased.
    var covarianceFactor: Double {
      switch self {
      case .gaussian: 1
      case .uniform: 49.0 / 48
      }
    }
  }

  /// The window.
  public let window: Window
  /// The distance from the smallest to the largest value that the data can take.
  public let dataRange: Double
  /// K₁, 0.01 as published.
  public let k1: Double
  /// K₂, 0.03 as published.
  public let k2: Double

  /// - Parameter dataRange: positive; 2 for images in [−1, 1], 255 for bytes, the intensity window's width otherwise.
  public init(_ window: Window, dataRange: Double, k1: Double = 0.01, k2: Double = 0.03) {
    self.window = window
    self.dataRange = dataRange
    self.k1 = k1
    self.k2 = k2
  }

  /// Mean SSIM over all pixels whose window lies inside the plane, or those of them that are in the mask.
  /// - Returns: a number in −1…1; NaN when the mask leaves nothing.
  /// - Throws: `ImageQualityError` when the plane is smaller than the window.
  public func mean(_ a: ImagePlane, _ b: ImagePlane, mask: ForegroundMask? = nil) throws -> Double {
    precondition(mask.map { $0.included.count == a.values.count } ?? true, "the mask covers the same pixels")
    let map = try map(a, b)
    let r = window.radius
    var sum = 0.0
    var count = 0
    for y in r..<a.height - r {
      for x in r..<a.width - r where mask?.included[y * a.width + x] ?? true {
        let value = map.values[(y - r) * map.width + x - r]
        guard !value.isNaN else { continue }
        sum += value
        count += 1
      }
    }
    return sum / Double(count)
  }

  /// The local SSIM at every pixel whose window lies inside the plane: `width − 2·radius` by `height − 2·radius`.
  /// - Throws: `ImageQualityError` when the plane is smaller than the window.
  public func map(_ a: ImagePlane, _ b: ImagePlane) throws -> ImagePlane {
    precondition(a.width == b.width && a.height == b.height, "two planes of one size")
    let side = 2 * window.radius + 1
    guard a.width >= side, a.height >= side else {
      throw ImageQualityError(
        .imageTooSmall, subject: "SSIM",
        reason: "the window has \(side)×\(side) pixels, the image \(a.width)×\(a.height). Use a larger image.")
    }
    let weights = window.weights
    func filtered(_ values: [Double]) -> [Double] {
      interiorFiltered(values, width: a.width, height: a.height, weights: weights)
    }
    let meanA = filtered(a.values)
    let meanB = filtered(b.values)
    let meanAA = filtered(zip(a.values, a.values).map { $0 * $1 })
    let meanBB = filtered(zip(b.values, b.values).map { $0 * $1 })
    let meanAB = filtered(zip(a.values, b.values).map { $0 * $1 })
    let c1 = (k1 * dataRange) * (k1 * dataRange)
    let c2 = (k2 * dataRange) * (k2 * dataRange)
    let factor = window.covarianceFactor
    let values = meanA.indices.map { i -> Double in
      let varianceA = factor * (meanAA[i] - meanA[i] * meanA[i])
      let varianceB = factor * (meanBB[i] - meanB[i] * meanB[i])
      let covariance = factor * (meanAB[i] - meanA[i] * meanB[i])
      let likeness = (2 * meanA[i] * meanB[i] + c1) * (2 * covariance + c2)
      let scale = (meanA[i] * meanA[i] + meanB[i] * meanB[i] + c1) * (varianceA + varianceB + c2)
      return likeness / scale
    }
    return ImagePlane(width: a.width - side + 1, height: a.height - side + 1, values: values)
  }
}
