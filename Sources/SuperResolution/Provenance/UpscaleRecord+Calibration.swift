import ImageQuality

extension UpscaleRecord {
  /// By what the raw deviation was widened, and whether that is known to hold here.
  public struct Calibration: Encodable, Sendable {
    /// Name of the calibration's file.
    public var file: String
    /// Whether its conditions are those of this upscale.
    public var isCalibrated: Bool
    /// Why not.
    public var reasons: [String]
    /// Scanners or hospitals that it was fitted on.
    public var sites: Int
    /// Subjects that it was fitted on.
    public var subjects: Int
    /// τ in the output's unit; absent where a curve takes its place.
    public var floor: Double?
    /// λ of the deviation map, √(1 + 1/N) included.
    public var deviationScale: Double
    /// What the bounds are; `nil` where none were asked for.
    public var interval: Interval?

    /// What the bounds are.
    public struct Interval: Encodable, Sendable {
      /// Nominal share of truths inside, 0…1.
      public var coverage: Double
      /// `typical`, or `assured`: by the widest calibration subject.
      public var assurance: String
      /// The bounds lie this many times √(s² + τ²) from the mean of the samples.
      public var factor: Double
    }

    init(_ calibrated: CalibratedUncertainty, interval: IntervalRequest?) {
      file = calibrated.url.lastPathComponent
      isCalibrated = calibrated.isCalibrated
      reasons = calibrated.reasons
      sites = calibrated.calibration.sites
      subjects = calibrated.calibration.subjects.count
      let deviation = calibrated.calibration.deviation(for: calibrated.mapping)
      floor = deviation.shape == nil ? deviation.floor : nil
      deviationScale = deviation.scale
      self.interval = interval.flatMap { request in
        guard
          let half = try? calibrated.calibration.halfWidth(
            coverage: request.coverage, request.assurance, for: calibrated.mapping)
        else { return nil }
        return Interval(coverage: request.coverage, assurance: request.assurance.rawValue, factor: half.scale)
      }
    }
  }
}
