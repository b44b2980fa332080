/// Pixels of similar predicted deviation, and how large their errors really are.
public struct ReliabilityBin: Equatable, Sendable {
  /// Pixels, or their weight.
  public let count: Double
  /// √(mean σ²) times `predictiveFactor`: the error to expect of the mean of N samples.
  public let expectedError: Double
  /// √(mean error²).
  public let rootMeanSquaredError: Double
  /// Mean |error|.
  public let meanAbsoluteError: Double
  /// Share of truths inside the interval of each level of the profile.
  public let coverage: [Double]
  /// The factor in `expectedError`, √(1 + 1/N) or Student's.
  public let predictiveFactor: Double
}

extension UncertaintyProfile {
  /// Bins of equal count in ascending σ; 10 give the deciles. Equal σ on the border of two bins are split between them in
  /// proportion, so that the order of the pixels never matters. Empty without pixels.
  public func reliability(bins: Int = 10, predictive: PredictiveDeviation = .normal) -> [ReliabilityBin] {
    let total = count
    guard total > 0, bins > 0 else { return [] }
    let wanted = total / Double(bins)
    var result: [Group] = [Group(levels: levels.count)]
    for group in bySigma where group.count > 0 {
      var left = 1.0
      while left > 0 {
        let last = result.count - 1
        let room = wanted - result[last].count
        let isFinalBin = result.count == bins
        let share = isFinalBin ? left : min(left, room / group.count)
        result[last].add(group, share: share)
        left -= share
        // What rounding leaves of a group is not worth a bin.
        if left < 1e-12 { left = 0 }
        if !isFinalBin, result[last].count >= wanted * (1 - 1e-12) { result.append(Group(levels: levels.count)) }
      }
    }
    let factor = predictive.factor(sampleCount: sampleCount)
    return result.filter { $0.count > 0 }.map { group in
      ReliabilityBin(
        count: group.count, expectedError: factor * (group.sigmaSquared / group.count).squareRoot(),
        rootMeanSquaredError: (group.errorSquared / group.count).squareRoot(),
        meanAbsoluteError: group.error / group.count, coverage: group.inside.map { $0 / group.count },
        predictiveFactor: factor)
    }
  }

  /// Expected normalised calibration error: the mean over bins of equal count of |expected − true error| / expected
  /// (Levi et al., "Evaluating and calibrating uncertainty prediction in regression tasks", Sensors 2022, equation 8), as a
  /// share: 0.1 is 10 %. Infinite where a bin promises no error at all and has one.
  /// With few samples read `PredictiveDeviation` first.
  public func expectedNormalizedCalibrationError(
    bins: Int = 10, predictive: PredictiveDeviation = .normal
  ) -> Double {
    let parts = reliability(bins: bins, predictive: predictive).map { bin in
      let difference = abs(bin.expectedError - bin.rootMeanSquaredError)
      return difference == 0 ? 0 : difference / bin.expectedError
    }
    return parts.reduce(0, +) / Double(parts.count)
  }
}
