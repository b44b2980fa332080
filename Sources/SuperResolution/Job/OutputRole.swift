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
}
