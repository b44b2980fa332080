import Foundation

/// How the noise of neighbouring slices hangs together. Every value stays N(0, 1) by itself whatever is chosen here.
public enum NoiseCoupling: Sendable, Hashable {
  /// Every slice has noise of its own: single samples flicker from slice to slice.
  case independent
  /// All slices share one noise image.
  case shared
  /// Gaussian-filtered across slices: z_k = Σ_j h_j · w_{k+j} with independent w and Σ h² = 1.
  ///
  /// `length` is ℓ in slices, defined by the correlation of slices at a distance d: ρ(d) = exp(−d² / (2ℓ²)). A filter
  /// h_j ∝ exp(−j² / ℓ²) has exactly this correlation where ℓ is not small against one slice; below half a slice it tends to
  /// independence. In millimetres: ℓ = (length in mm) / (distance of slices in mm). 0 is `independent`.
  case correlated(length: Double)

  /// The largest ℓ, in slices: beyond it, noise costs more than it tells apart from `shared`.
  public static let longestLength = 64.0

  /// h_{−m} … h_m, odd in number, squares adding up to 1; a single 1 where slices share nothing or everything.
  ///
  /// The Gaussian is cut where it has fallen to e⁻⁸.
  /// - Precondition: a length is finite and in 0…`longestLength`.
  public var taps: [Float] {
    guard case .correlated(let length) = self else { return [1] }
    precondition(
      length >= 0 && length <= Self.longestLength, "a noise length of 0…\(Self.longestLength) slices, not \(length)")
    guard length > 0 else { return [1] }
    let reach = Int((length * 8.0.squareRoot()).rounded(.up))
    let raw = (-reach...reach).map { exp(-Double($0 * $0) / (length * length)) }
    let norm = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return raw.map { Float($0 / norm) }
  }

  /// ρ(d): the correlation between slices at a distance of `distance` slices, from the taps themselves.
  public func correlation(atDistance distance: Int) -> Double {
    switch self {
    case .independent: return distance == 0 ? 1 : 0
    case .shared: return 1
    case .correlated:
      let taps = taps.map(Double.init)
      let d = abs(distance)
      guard d < taps.count else { return 0 }
      return zip(taps, taps.dropFirst(d)).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }
}
