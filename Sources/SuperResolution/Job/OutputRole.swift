import ImageQuality
import Volumes

/// What a volume among the outputs holds: how it is called wherever it is named, and what it takes from a slice.
struct OutputRole {
  enum Quantity {
    /// Intensities: an estimate, a sample.
    case picture
    /// A deviation in the unit of the intensities.
    case deviation
    /// One end of an interval, in the unit of the intensities.
    case bound
  }

  /// In messages: the option that asked for it.
  let name: String
  /// In the sidecar's list of files; `nil` where a folder stands for all.
  let key: String?
  let quantity: Quantity
  /// In a NIfTI header, after the tool and the scale.
  let description: String
  /// In a DICOM header, for people; `nil` for what the kind of object says already.
  var spelledOut: String?
  /// In a DICOM series description, after the scale.
  var label: String?
  /// In a DICOM derivation: of which samples.
  let method: String
  /// Keeps the series numbers of one kind apart.
  var numberOffset = 0
  let values: (UpscaledSlice) -> VolumeSlice?
}

extension OutputRole {
  static func estimate(_ settings: UpscaleSettings) -> OutputRole {
    let what = settings.estimate == .mean ? "mean of \(settings.samples)" : "one sample"
    return OutputRole(
      name: "the output", key: "estimate", quantity: .picture, description: what, method: what, values: \.estimate)
  }

  static func deviation(_ settings: UpscaleSettings) -> OutputRole {
    OutputRole(
      name: "--uncertainty", key: "uncertainty", quantity: .deviation,
      description: "sigma of \(settings.samples), raw", method: "of \(settings.samples)", values: \.deviation)
  }

  /// - Parameter number: from 1.
  static func sample(_ number: Int) -> OutputRole {
    OutputRole(
      name: "sample \(number)", key: nil, quantity: .picture, description: "sample \(number)",
      method: "sample \(number)", values: { $0.samples[number - 1] })
  }

  /// The root-mean-square error to expect.
  static func calibratedDeviation(_ settings: UpscaleSettings, _ calibrated: CalibratedUncertainty?) -> OutputRole {
    let word = calibrated?.word ?? ""
    return OutputRole(
      name: "--calibrated-uncertainty", key: "calibratedUncertainty", quantity: .deviation,
      description: "sigma of \(settings.samples), \(word)",
      spelledOut: "\(word.prefix(1).uppercased() + word.dropFirst()) standard deviation", label: "uncertainty \(word)",
      method: "of \(settings.samples)", numberOffset: 10, values: { calibrated?.deviation(of: $0) })
  }

  /// One end of an interval.
  /// - Parameter half: its half-width; `nil` while only names matter.
  static func bound(
    isUpper: Bool, _ interval: IntervalRequest, _ settings: UpscaleSettings, _ calibrated: CalibratedUncertainty?,
    half: DeviationCalibration?
  ) -> OutputRole {
    let end = isUpper ? "upper" : "lower"
    let what = "\(calibrated?.word ?? "") \(Percent.text(interval.coverage)) interval, \(interval.assurance.rawValue)"
    return OutputRole(
      name: "--interval \(end) bound", key: "\(end)Bound", quantity: .bound,
      description:
        "\(end) \(Percent.text(interval.coverage)) bound, \(calibrated?.word ?? ""), \(interval.assurance.rawValue)",
      spelledOut: "\(end.capitalized) bound of the \(what),",
      label: "\(end) \(Percent.text(interval.coverage)) \(calibrated?.word ?? "")",
      method: "mean of \(settings.samples)",
      numberOffset: isUpper ? 30 : 20,
      values: { slice in half.flatMap { calibrated?.bound(isUpper ? 1 : -1, $0, of: slice) } })
  }
}

enum Percent {
  /// `90 %`, `99.5 %`.
  static func text(_ share: Double) -> String {
    let percent = (share * 1000).rounded() / 10
    return percent == percent.rounded() ? "\(Int(percent)) %" : "\(percent) %"
  }
}
