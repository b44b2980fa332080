import Foundation

/// How the difference between an image and its bicubic base becomes the residual r in [−1, 1] that is diffused, and back.
///
/// Images live in [−1, 1]; a difference d therefore lies in [−2, 2] where both stay inside, and beyond it where a scan does.
public enum ResidualMapping: Sendable, Hashable {
  /// r = clamp(rescale · d, −1, 1), the published one with a rescale of 2. What is larger than 1/rescale is cut.
  case linear(rescale: Double)
  /// r = asinh(d/k) / asinh(D/k), clamped: nearly linear below the knee k, logarithmic above; |d| ≤ D is kept whole. Both in units of
  /// the image, whose range is 2 wide.
  case asinh(knee: Double, reach: Double)

  /// That of SRDiff: r = 2·d, clamped to ±1.
  public static let published = ResidualMapping.linear(rescale: 2)

  /// For people.
  public var text: String {
    switch self {
    case .linear(let rescale): "linear ×\(rescale)"
    case .asinh(let knee, let reach): "asinh, knee \(knee), reach \(reach)"
    }
  }

  /// What is wrong with the numbers, or nil.
  var problem: String? {
    switch self {
    case .linear(let rescale):
      rescale.isFinite && rescale > 0 ? nil : "residual_rescale is \(rescale), expected a number above 0"
    case .asinh(let knee, let reach):
      knee.isFinite && knee > 0 && reach.isFinite && reach > 0
        ? nil : "the asinh residual has knee \(knee) and reach \(reach), expected two numbers above 0"
    }
  }

  /// The residual of a difference `image − base`. NaN stays NaN.
  public func residual(ofDifference difference: Double) -> Double {
    let value =
      switch self {
      case .linear(let rescale): difference * rescale
      case .asinh(let knee, let reach): Foundation.asinh(difference / knee) / Foundation.asinh(reach / knee)
      }
    return clamped(value)
  }

  /// The difference `image − base` of a residual, which is clamped to [−1, 1] first.
  public func difference(ofResidual residual: Double) -> Double {
    switch self {
    case .linear(let rescale): clamped(residual) / rescale
    case .asinh(let knee, let reach): knee * Foundation.sinh(clamped(residual) * Foundation.asinh(reach / knee))
    }
  }

  /// The same in single precision, computed in Double.
  public func residual(ofDifference difference: Float) -> Float { Float(residual(ofDifference: Double(difference))) }

  /// The same in single precision, computed in Double.
  public func difference(ofResidual residual: Float) -> Float { Float(self.difference(ofResidual: Double(residual))) }

  /// dd/dr: what turns a small deviation of the residual at r into one of the image.
  public func slope(atResidual residual: Double) -> Double {
    switch self {
    case .linear(let rescale): return 1 / rescale
    case .asinh(let knee, let reach):
      let scale = Foundation.asinh(reach / knee)
      return knee * scale * Foundation.cosh(clamped(residual) * scale)
    }
  }

  private func clamped(_ value: Double) -> Double { value < -1 ? -1 : value > 1 ? 1 : value }
}
