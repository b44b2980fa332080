/// A rising curve through few knots, linear between them: a calibration e²(s²) that only assumes that more spread is not less error.
public struct IsotonicCurve: Equatable, Sendable, Codable {
  /// Rising abscissae, for example s².
  public let x: [Double]
  /// Their values, never falling, for example e².
  public let y: [Double]

  /// The most knots that a calibration may have.
  public static let largestKnotCount = 20

  /// - Throws: `ImageQualityError` when the knots are none, not finite, or not rising, as a damaged file may have them.
  public init(x: [Double], y: [Double]) throws {
    let rises = zip(x, x.dropFirst()).allSatisfy { $0 < $1 } && zip(y, y.dropFirst()).allSatisfy { $0 <= $1 }
    guard !x.isEmpty, x.count == y.count, rises, (x + y).allSatisfy({ $0.isFinite && $0 >= 0 }) else {
      throw ImageQualityError(
        .tooFewData, subject: "isotonic curve",
        reason:
          "expected as many x as y, at least one, finite, not negative and rising; found \(x.count) and \(y.count).")
    }
    self.x = x
    self.y = y
  }

  /// Reads and checks a curve.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(x: values.decode([Double].self, forKey: .x), y: values.decode([Double].self, forKey: .y))
  }

  /// The weighted least-squares rising fit, by pooling adjacent violators (Barlow et al., "Statistical inference under order
  /// restrictions", 1972): one knot at the mean of each pool.
  /// - Parameter bins: of the raw deviation, in ascending order; at most `largestKnotCount`.
  /// - Throws: `ImageQualityError` when there is no bin.
  public static func fitted(to bins: [ReliabilityBin]) throws -> IsotonicCurve {
    precondition(bins.count <= largestKnotCount, "at most \(largestKnotCount) knots")
    var pools: [(weight: Double, x: Double, y: Double)] = []
    for bin in bins {
      let s = bin.expectedError / bin.predictiveFactor
      let e = bin.rootMeanSquaredError / bin.predictiveFactor
      pools.append((bin.count, s * s, e * e))
      while pools.count > 1 {
        let b = pools[pools.count - 1]
        let a = pools[pools.count - 2]
        guard a.y > b.y || a.x >= b.x else { break }
        let weight = a.weight + b.weight
        pools.removeLast(2)
        pools.append(
          (weight, (a.x * a.weight + b.x * b.weight) / weight, (a.y * a.weight + b.y * b.weight) / weight))
      }
    }
    return try IsotonicCurve(x: pools.map(\.x), y: pools.map(\.y))
  }

  /// The value at `position`: constant before the first knot; beyond the last it grows in proportion, so that a spread never seen
  /// in calibration is not called small.
  public func value(at position: Double) -> Double {
    guard let first = x.first, let last = x.last, let top = y.last else { return position }
    if !(position > first) { return y[0] }
    if position >= last { return last > 0 ? top * (position / last) : top }
    var low = 0
    var high = x.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if x[middle] <= position { low = middle } else { high = middle }
    }
    return y[low] + (y[high] - y[low]) * (position - x[low]) / (x[high] - x[low])
  }
}
