import Foundation
import ImageQuality

/// What a calibration found: by which factors the raw deviation has to be widened so that intervals hold for a subject never seen, and
/// under which conditions. Lengths are shares of the intensity range (the mapping's high − low), so that they suit any volume.
public struct UncertaintyCalibration: Equatable, Sendable, Codable {
  /// One scan that it was fitted on.
  public struct Subject: Equatable, Sendable, Codable {
    /// As names tell it.
    public var name: String
    /// SHA-256 of the scan.
    public var sha256: String
    /// Slices scored, of the tissue's.
    public var slices: [Int]
    /// That were scored.
    public var voxels: Int

    /// A subject of these parts; each is explained at its property.
    public init(name: String, sha256: String, slices: [Int], voxels: Int) {
      self.name = name
      self.sha256 = sha256
      self.slices = slices
      self.voxels = voxels
    }
  }

  /// One nominal coverage.
  public struct Level: Equatable, Sendable, Codable {
    /// Nominal share of truths inside, 0…1.
    public var coverage: Double
    /// λ of every subject, in the order of `subjects`.
    public var scales: SplitConformal
    /// Every subject under what was fitted without it: τ or curve, and λ.
    public var leftOut: [SplitConformal.LeftOut]

    /// A level of these parts; each is explained at its property.
    public init(coverage: Double, scales: SplitConformal, leftOut: [SplitConformal.LeftOut]) {
      self.coverage = coverage
      self.scales = scales
      self.leftOut = leftOut
    }
  }

  /// What the file says that it is.
  public static let format = "residua-calibration"
  /// Of the file's form.
  public static let version = 1
  /// The nominal coverages that are fitted.
  public static let coverages = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99]

  /// What the file says that it is.
  public var format = Self.format
  /// Of the file's form.
  public var version = Self.version
  /// What it is not for.
  public var notice = "Research use only. Not for diagnosis."
  /// What it holds for.
  public var conditions: CalibrationConditions
  /// How the low-resolution scans were made.
  public var degradation: String
  /// Of how many sites the subjects came; intervals are only known to hold there.
  public var sites: Int
  /// What it was fitted on.
  public var subjects: [Subject]
  /// λ and τ (or a curve) of the second moment: √(1 + 1/N)·λ·√(s² + τ²) is the root-mean-square error to expect.
  public var deviation: DeviationCalibration
  /// By nominal coverage.
  public var levels: [Level]
  /// Coverage of the 90 % interval by decile of the calibrated deviation, subjects weighted equally.
  public var decileCoverage: [Double]

  /// A calibration of these parts; each is explained at its property.
  public init(
    conditions: CalibrationConditions, degradation: String, sites: Int, subjects: [Subject],
    deviation: DeviationCalibration, levels: [Level], decileCoverage: [Double]
  ) {
    self.conditions = conditions
    self.degradation = degradation
    self.sites = sites
    self.subjects = subjects
    self.deviation = deviation
    self.levels = levels
    self.decileCoverage = decileCoverage
  }

  /// Which of the subjects' factors is taken.
  public enum Assurance: String, CaseIterable, Sendable {
    /// The median: right on average; about every second new subject has a little less inside.
    case typical
    /// The largest: a new subject has at least the nominal share inside with probability n/(n + 1).
    case assured
  }

  /// The calibrated deviation in the unit of a volume: the root-mean-square error to expect of the mean of the samples.
  public func deviation(for mapping: IntensityMapping) -> DeviationCalibration {
    scaled(
      deviation.scale * PredictionInterval.predictiveFactor(sampleCount: conditions.samples), to: mapping)
  }

  /// Half the width of an interval, as a calibration whose result is the half-width itself.
  /// - Throws: `SuperResolutionError` for a coverage that was not fitted.
  public func halfWidth(coverage: Double, _ assurance: Assurance, for mapping: IntensityMapping) throws
    -> DeviationCalibration
  {
    guard let level = levels.first(where: { abs($0.coverage - coverage) < 1e-9 }) else {
      let known = levels.map { "\($0.coverage)" }.joined(separator: ", ")
      throw SuperResolutionError(
        .invalidSetting, "--interval \(coverage)", "the calibration holds factors for \(known). Choose one of these.")
    }
    let factor = PredictionInterval(coverage: level.coverage, sampleCount: conditions.samples).factor
    return scaled(factor * (assurance == .typical ? level.scales.typical : level.scales.assured), to: mapping)
  }

  /// τ or the curve in the unit of a volume, with this factor.
  private func scaled(_ factor: Double, to mapping: IntensityMapping) -> DeviationCalibration {
    let range = mapping.high - mapping.low
    let shape = deviation.shape.flatMap { curve in
      try? IsotonicCurve(x: curve.x.map { $0 * range * range }, y: curve.y.map { $0 * range * range })
    }
    return DeviationCalibration(scale: factor, floor: deviation.floor * range, shape: shape)
  }
}
