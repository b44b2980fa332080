/// The interval in which the truth should lie, from the mean m and deviation s of N samples: m ± factor·s.
///
/// For perfect Gaussian samples the factor is t·√(1 + 1/N), t being the quantile of Student's distribution with N − 1 degrees of
/// freedom: the truth is one more draw beside the N. With the normal quantile instead, 90 % would cover 83.5 % at N = 8.
public struct PredictionInterval: Equatable, Sendable {
  /// The nominal coverage, in 0…1.
  public let coverage: Double
  /// N ≥ 2.
  public let sampleCount: Int
  /// Half the interval's width in units of s: 2.010 for 90 % and N = 8.
  public let factor: Double

  /// The levels that reports show.
  public static let standardLevels = [0.5, 0.8, 0.9, 0.95]

  /// The interval of a nominal coverage (between 0 and 1) for N ≥ 2 samples.
  public init(coverage: Double, sampleCount: Int) {
    precondition(sampleCount >= 2, "one sample has no deviation")
    precondition(coverage > 0 && coverage < 1, "a nominal coverage lies between 0 and 1")
    self.coverage = coverage
    self.sampleCount = sampleCount
    let student = StudentDistribution(degreesOfFreedom: Double(sampleCount - 1))
    factor = student.quantile((1 + coverage) / 2) * Self.predictiveFactor(sampleCount: sampleCount)
  }

  /// √(1 + 1/N): by what s has to be multiplied to be the expected error of m, because m is itself uncertain.
  public static func predictiveFactor(sampleCount: Int) -> Double { (1 + 1 / Double(sampleCount)).squareRoot() }
}

/// What error to expect of pixels whose samples happen to have the deviation s.
///
/// On average over all pixels it is s·√(1 + 1/N). Among pixels picked by a small s it is more, because s is also small by chance:
/// where σ varies widely over the image, the error given s has Student's distribution, whose deviation is larger by
/// √((N−1)/(N−3)), 18 % at N = 8. So with bins of s and N = 8 even a perfect sampler has an ENCE of 17 to 25 % by the normal
/// deviation, and of 5 to 14 % by Student's where σ varies at all (simulated, log σ with a deviation of 0.4 to 1.6). A map
/// calibrated with an `IsotonicCurve` has no such floor: the curve contains the effect.
public enum PredictiveDeviation: Sendable {
  /// √(1 + 1/N), as papers have it that predict σ itself.
  case normal
  /// √((1 + 1/N)·(N−1)/(N−3)), the deviation of the distribution that the intervals come from; N ≥ 4.
  case student

  /// The factor on s.
  public func factor(sampleCount: Int) -> Double {
    let normal = PredictionInterval.predictiveFactor(sampleCount: sampleCount)
    switch self {
    case .normal: return normal
    case .student:
      precondition(sampleCount >= 4, "Student's distribution has a deviation from 4 samples on")
      return normal * (Double(sampleCount - 1) / Double(sampleCount - 3)).squareRoot()
    }
  }
}
