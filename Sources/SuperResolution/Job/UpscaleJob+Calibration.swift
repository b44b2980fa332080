import Foundation
import Volumes

extension UpscaleJob {
  var needsCalibration: Bool { calibratedUncertainty != nil || interval != nil }

  /// Before any work: whether there is a calibration at all.
  func calibrations(for model: LoadedModel) throws -> [CalibrationSearch.Found] {
    guard needsCalibration else { return [] }
    guard let calibration else { return try CalibrationSearch(model: model).all() }
    return [.init(url: calibration, calibration: try UncertaintyCalibration(contentsOf: calibration))]
  }

  /// The one that holds here, or the first; what it does not hold for is said.
  func calibrated(
    among found: [CalibrationSearch.Found], for upscaler: VolumeUpscaler, source: VolumeHeader,
    report: (Event) throws -> Void
  ) throws -> CalibratedUncertainty? {
    guard !found.isEmpty else { return nil }
    let calibrated = CalibratedUncertainty(
      candidates: found, conditions: CalibrationConditions(of: upscaler, source: source), mapping: upscaler.mapping)
    if !calibrated.isCalibrated {
      try report(
        .warning(
          "what is written as calibrated is not, and is named UNCALIBRATED: \(calibrated.reasons.joined(separator: "; "))."
        ))
    }
    if calibrated.calibration.sites == 1 {
      try report(.note("the calibration knows one site: on scans of another its intervals may hold less than they say"))
    }
    return calibrated
  }
}
