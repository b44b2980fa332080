/// How the mean error falls when the pixels called most uncertain are left out, against leaving out those that are most wrong
/// (Ilg et al., "Uncertainty estimates and multi-hypotheses networks for optical flow", ECCV 2018, section 4.2).
public struct SparsificationCurve: Equatable, Sendable {
  /// Shares of pixels left out: 0, 1/steps, …, (steps − 1)/steps.
  public let removed: [Double]
  /// Mean absolute error of the rest when the largest σ go first, in the data's unit.
  public let bySigma: [Double]
  /// The same when the largest errors go first: the best possible.
  public let oracle: [Double]

  /// The mean absolute error of all pixels: the curve of a σ that knows nothing stays there.
  public var overall: Double { bySigma.first ?? .nan }

  /// Area under the sparsification error: between both curves, divided by the overall error; 0 is perfect.
  public var areaUnderError: Double {
    Self.area(zip(bySigma, oracle).map { $0 - $1 }, step: step) / overall
  }

  /// The same area for a constant σ. A useful σ stays at or below half of it.
  public var areaUnderErrorOfConstant: Double {
    Self.area(oracle.map { overall - $0 }, step: step) / overall
  }

  private var step: Double { removed.count > 1 ? removed[1] : 0 }

  private static func area(_ values: [Double], step: Double) -> Double {
    zip(values, values.dropFirst()).reduce(0) { $0 + ($1.0 + $1.1) / 2 * step }
  }

  init(removed: [Double], bySigma: [Double], oracle: [Double]) {
    self.removed = removed
    self.bySigma = bySigma
    self.oracle = oracle
  }
}

extension UncertaintyProfile {
  /// The sparsification curve at `steps` shares. Pixels of equal σ leave together in proportion, as if shuffled.
  public func sparsification(steps: Int = 100) -> SparsificationCurve {
    precondition(steps >= 2, "a curve has two points")
    let removed = (0..<steps).map { Double($0) / Double(steps) }
    return SparsificationCurve(
      removed: removed, bySigma: Self.remaining(bySigma, removed), oracle: Self.remaining(byError, removed))
  }

  /// The mean error of the first 1 − removed of the groups.
  private static func remaining(_ groups: [Group], _ removed: [Double]) -> [Double] {
    let total = groups.reduce(0) { $0 + $1.count }
    guard total > 0 else { return removed.map { _ in .nan } }
    var result = [Double](repeating: 0, count: removed.count)
    var count = 0.0
    var error = 0.0
    var next = 0
    for i in removed.indices.reversed() {
      let kept = (1 - removed[i]) * total
      while next < groups.count, count + groups[next].count < kept {
        count += groups[next].count
        error += groups[next].error
        next += 1
      }
      var sum = error
      if next < groups.count, groups[next].count > 0 {
        sum += groups[next].error * min((kept - count) / groups[next].count, 1)
      }
      result[i] = sum / kept
    }
    return result
  }
}
