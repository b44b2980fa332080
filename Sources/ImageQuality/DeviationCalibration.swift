#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What calibration makes of the raw deviation s: λ·√(s² + τ²), or λ·√(e²(s²)) with a fitted curve.
public struct DeviationCalibration: Equatable, Sendable, Codable {
  /// λ, without unit; 1 leaves s as it is.
  public var scale: Double
  /// τ, in the unit of s: what the schedule's last step and the data's noise add. Not used beside a `shape`.
  public var floor: Double
  /// e²(s²), where a scale and a floor are not enough.
  public var shape: IsotonicCurve?

  /// Leaves s as it is.
  public static let identity = DeviationCalibration(scale: 1, floor: 0)

  /// λ, τ (in the unit of s) and, instead of τ, a curve.
  public init(scale: Double, floor: Double, shape: IsotonicCurve? = nil) {
    self.scale = scale
    self.floor = floor
    self.shape = shape
  }

  /// The calibrated deviation, in the unit of s.
  public func calibrated(_ deviation: Double) -> Double {
    if let shape { return scale * max(shape.value(at: deviation * deviation), 0).squareRoot() }
    return floor == 0 ? scale * deviation : scale * (deviation * deviation + floor * floor).squareRoot()
  }

  /// λ and τ for which (1 + 1/N)·λ²·(s² + τ²) comes closest to the squared error in all bins, in the sense of the least sum of
  /// squared differences of logarithms: every bin counts the same, however small its errors.
  ///
  /// λ here is the one of the second moments; the λ of an interval comes from `SplitConformal`.
  /// - Parameter bins: of the raw deviation (an uncalibrated profile), about ten; those without error or spread are left out.
  /// - Throws: `ImageQualityError` when fewer than two bins are left.
  public static func fitted(to bins: [ReliabilityBin]) throws -> DeviationCalibration {
    let used = bins.filter { $0.expectedError >= 0 && $0.rootMeanSquaredError > 0 && $0.rootMeanSquaredError.isFinite }
    guard used.count >= 2, let most = used.map(\.rootMeanSquaredError).max(),
      used.contains(where: { $0.expectedError > 0 })
    else {
      throw ImageQualityError(
        .tooFewData, subject: "fit of λ and τ",
        reason: "\(used.count) of \(bins.count) bins have an error and a deviation; at least 2 are needed.")
    }
    /// The misfit at one τ (in the unit of expectedError) and the best λ² there.
    func fit(_ tau: Double) -> (cost: Double, squaredScale: Double) {
      let logs = used.map {
        log(($0.rootMeanSquaredError * $0.rootMeanSquaredError) / ($0.expectedError * $0.expectedError + tau * tau))
      }
      let mean = logs.reduce(0, +) / Double(logs.count)
      return (logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }, exp(mean))
    }
    // A coarse walk over eight decades finds the valley, golden sections its ground.
    let spreads = used.map(\.expectedError).filter { $0 > 0 }
    let top = max(most, spreads.max() ?? most) * 10
    let walk = (0...320).map { top * pow(10, -8 + Double($0) / 40) }
    let coarse = walk.indices.min { fit(walk[$0]).cost < fit(walk[$1]).cost } ?? 0
    var low = log(walk[max(coarse - 1, 0)])
    var high = log(walk[min(coarse + 1, walk.count - 1)])
    let golden = (5.0.squareRoot() - 1) / 2
    for _ in 0..<80 {
      let a = high - golden * (high - low)
      let b = low + golden * (high - low)
      if fit(exp(a)).cost < fit(exp(b)).cost { high = b } else { low = a }
    }
    var tau = exp((low + high) / 2)
    let hasZeroSpread = used.contains { $0.expectedError == 0 }
    // Where a floor does not help, there is none.
    if !hasZeroSpread, fit(0).cost <= fit(tau).cost + 1e-12 { tau = 0 }
    let factor = used.first.map(\.predictiveFactor) ?? 1
    return DeviationCalibration(scale: fit(tau).squaredScale.squareRoot(), floor: tau / factor)
  }
}
