import Tensors
import Volumes

/// Whether a slice, made smaller as the model's low-resolution images were, is the input again; and the nearest slice that is.
///
/// With D the degradation and y the input, the images that D turns into y are an affine set. `projected` takes an image x to the nearest
/// point of it, x + Dᵀ(DDᵀ)⁻¹(y − Dx): what the input says is kept, what it does not say is left as it was. No truth within the set
/// can end up further away by it. The inverse is applied by conjugate gradients (Hestenes and Stiefel 1952), in which D and Dᵀ are
/// weighted sums along rows and columns.
package struct DataConsistency: Sendable {
  package let degradation: Degradation
  /// The largest difference between Dx and y that is left, in the unit of the values.
  package let tolerance: Double
  private let rows: AxisWeights
  private let columns: AxisWeights
  private let width: Int
  private let height: Int
  private let scale: Int

  private static let mostIterations = 200

  /// - Parameters:
  ///   - width: of the low-resolution slice.
  ///   - height: of the low-resolution slice.
  package init(degradation: Degradation, scale: Int, width: Int, height: Int, tolerance: Double) {
    self.degradation = degradation
    self.tolerance = tolerance
    self.width = width
    self.height = height
    self.scale = scale
    rows = degradation.weights(count: height * scale, scale: scale, outputs: 0..<height)
    columns = degradation.weights(count: width * scale, scale: scale, outputs: 0..<width)
  }

  /// Dx: a high-resolution slice made smaller.
  package func lowered(_ image: [Double]) -> [Double] {
    columns.appliedToColumns(of: rows.appliedToRows(of: image, width: width * scale), height: height)
  }

  /// Dᵀz.
  package func spread(_ low: [Double]) -> [Double] {
    rows.transposedToRows(
      of: columns.transposedToColumns(of: low, height: height, count: width * scale), width: width * scale,
      count: height * scale)
  }

  /// The nearest image whose smaller version is the input, within the tolerance.
  /// - Parameters:
  ///   - image: high resolution, finite.
  ///   - low: the input, finite.
  package func projected(_ image: [Double], onto low: [Double]) -> [Double] {
    var residual = zip(low, lowered(image)).map { $0 - $1 }
    guard residual.contains(where: { abs($0) > tolerance }) else { return image }
    var solution = [Double](repeating: 0, count: low.count)
    var direction = residual
    var energy = dot(residual, residual)
    for _ in 0..<Self.mostIterations {
      let moved = lowered(spread(direction))
      let curvature = dot(direction, moved)
      guard curvature > 0 else { break }
      let step = energy / curvature
      for p in solution.indices {
        solution[p] += step * direction[p]
        residual[p] -= step * moved[p]
      }
      // The residual is y − D(x + Dᵀz): what is left of the difference.
      if !residual.contains(where: { abs($0) > tolerance }) { break }
      let next = dot(residual, residual)
      let share = next / energy
      for p in direction.indices { direction[p] = residual[p] + share * direction[p] }
      energy = next
    }
    return zip(image, spread(solution)).map { $0 + $1 }
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for p in a.indices { sum += a[p] * b[p] }
    return sum
  }
}

extension Degradation {
  /// What a model's metadata says in words; bicubic where it says nothing known, as nearly every model has learned.
  package init(of text: String?) {
    let words = text?.lowercased() ?? ""
    if words.contains("k-space") || words.contains("kspace") {
      self = .kspace
    } else if words.hasPrefix("gaussian blur"),
      let sigma = words.split(separator: " ").compactMap({ Double($0) }).first,
      sigma > 0, sigma <= 10
    {
      // Its noise is none of the operator's.
      self = .blur(sigma: sigma, noise: 0)
    } else {
      self = .bicubic
    }
  }
}

extension VolumeHeader {
  /// How finely the file states its values: a tenth of a step of integers; of floats a millionth of a range.
  package func precision(range: Double) -> Double {
    storedType.isInteger ? abs(rescale.slope) * 0.1 : range * 1e-6
  }
}
