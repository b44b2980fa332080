import Foundation
import ImageQuality
import Volumes

/// A calibration applied to one volume: bounds and deviation in its unit, and whether they may be called calibrated.
struct CalibratedUncertainty {
  let url: URL
  let calibration: UncertaintyCalibration
  let mapping: IntensityMapping
  /// Why the calibration does not hold here; empty where it does.
  let reasons: [String]

  var isCalibrated: Bool { reasons.isEmpty }
  /// For headers.
  var word: String { isCalibrated ? "calibrated" : "UNCALIBRATED" }

  /// The calibration named, or of those found the first that holds, else the first.
  /// - Throws: `SuperResolutionError`.
  init(
    candidates: [CalibrationSearch.Found], conditions: CalibrationConditions, mapping: IntensityMapping
  ) {
    precondition(!candidates.isEmpty, "the search throws where nothing is found")
    let holding = candidates.first { conditions.differences(from: $0.calibration.conditions).isEmpty }
    let chosen = holding ?? candidates[0]
    url = chosen.url
    calibration = chosen.calibration
    self.mapping = mapping
    reasons = conditions.differences(from: chosen.calibration.conditions)
  }

  /// The root-mean-square error to expect, voxel by voxel.
  func deviation(of slice: UpscaledSlice) -> VolumeSlice? {
    let curve = calibration.deviation(for: mapping)
    return slice.deviation.map { map in
      VolumeSlice(width: map.width, height: map.height, values: map.values.map(curve.calibrated))
    }
  }

  /// One end of an interval around the mean of the samples: `sign` −1 or +1.
  func bound(_ sign: Double, _ half: DeviationCalibration, of slice: UpscaledSlice) -> VolumeSlice? {
    slice.deviation.map { map in
      let values = zip(slice.mean.values, map.values).map { mean, deviation in
        // Where the input was not finite neither is the bound, and it says so in the same way.
        mean.isFinite ? mean + sign * half.calibrated(deviation) : mean
      }
      return VolumeSlice(width: map.width, height: map.height, values: values)
    }
  }
}

/// An interval that was asked for.
public struct IntervalRequest: Equatable, Sendable {
  /// Nominal, between 0 and 1.
  public var coverage: Double
  /// Where the lower bounds go.
  public var lower: URL
  /// Where the upper bounds go.
  public var upper: URL
  /// By the median, or by the widest calibration subject.
  public var assurance = UncertaintyCalibration.Assurance.typical

  /// A request of these parts; each is explained at its property.
  public init(
    coverage: Double, lower: URL, upper: URL, assurance: UncertaintyCalibration.Assurance = .typical
  ) {
    self.coverage = coverage
    self.lower = lower
    self.upper = upper
    self.assurance = assurance
  }
}
