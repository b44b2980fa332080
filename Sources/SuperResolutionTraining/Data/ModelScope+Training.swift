import SuperResolution
import Volumes

/// What one scan adds to what a model has seen.
struct ScanTraits {
  let subject: String
  /// Millimetres.
  let pixels: [Double]
  let slices: [Double]
  let modality: Modality
  let contrast: AcquiredContrast.Kind?
  let shape: IntensityShape?

  init(_ volume: TrainingVolume) {
    subject = volume.subject
    pixels = volume.axes.flatMap { axis in
      let spacing = volume.pixelSpacing(across: axis)
      return [spacing.x, spacing.y]
    }
    slices = volume.axes.map { volume.sliceSpacing(across: $0) }
    (modality, contrast, shape) = (volume.modality, volume.contrast, volume.shape)
  }
}

extension ModelScope {
  /// What the scans of a training are: ranges from the smallest to the largest, and how many of each kind.
  init(of scans: [ScanTraits], _ data: TrainingConfiguration.Data) {
    func range(_ values: [Double]) -> ClosedRange<Double>? {
      guard let low = values.min(), let high = values.max() else { return nil }
      return low...high
    }
    func counted(_ names: [String]) -> [String: Int] { names.reduce(into: [:]) { $0[$1, default: 0] += 1 } }
    let modality = data.modality.isEmpty ? "unknown" : data.modality
    let contrast = data.contrast.isEmpty ? "unknown" : data.contrast
    self.init(
      pixel: range(scans.flatMap(\.pixels)), slice: range(scans.flatMap(\.slices)),
      plane: ["axial", "coronal", "sagittal"].contains(data.plane.rawValue) ? data.plane.rawValue : nil,
      modalities: counted(scans.map { $0.modality == .unknown ? modality : $0.modality.rawValue.uppercased() }),
      contrasts: counted(scans.map { $0.contrast?.rawValue ?? contrast }))
    for measure in IntensityShape.Measure.allCases { shape[measure] = range(scans.compactMap { $0.shape?[measure] }) }
  }

  /// "42 scans of 40 subjects".
  static func text(of scans: [ScanTraits]) -> String {
    let subjects = Set(scans.map(\.subject)).count
    return "\(scans.count) scan\(scans.count == 1 ? "" : "s") of \(subjects) subject\(subjects == 1 ? "" : "s")"
  }
}
