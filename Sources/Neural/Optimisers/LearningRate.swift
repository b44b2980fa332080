import Foundation

/// How fast a network learns, update by update: a linear warm-up times a decay.
public struct LearningRate: Sendable, Equatable {
  /// What becomes of the rate after the warm-up.
  public enum Decay: Sendable, Equatable {
    /// It stays.
    case constant
    /// Multiplied by `factor` after every `every` updates.
    case step(every: Int, factor: Double)
    /// Half a cosine from 1 down to `floor` over `updates` updates, `floor` from then on.
    case cosine(updates: Int, floor: Double)
  }

  /// The rate after the warm-up and before any decay.
  public var base: Double
  /// Updates over which the rate rises linearly; update k (from 0) is taken at (k + 1) / warmUp of it.
  public var warmUp: Int
  /// What becomes of the rate after the warm-up.
  public var decay: Decay

  /// - Parameters:
  ///   - base: the rate after the warm-up, above 0.
  ///   - warmUp: updates over which it rises in a straight line; 0 for none.
  ///   - decay: what becomes of it then.
  public init(base: Double, warmUp: Int = 0, decay: Decay = .constant) {
    self.base = base
    self.warmUp = warmUp
    self.decay = decay
  }

  /// The rate of update `k`, counted from 0.
  public func rate(at k: Int) -> Double {
    let warmth = warmUp > 0 ? min(1, Double(k + 1) / Double(warmUp)) : 1
    let share: Double =
      switch decay {
      case .constant: 1
      case .step(let every, let factor): pow(factor, Double(k / max(every, 1)))
      case .cosine(let updates, let floor):
        floor + (1 - floor) / 2 * (1 + cos(.pi * Double(min(k, updates)) / Double(max(updates, 1))))
      }
    return base * warmth * share
  }
}
