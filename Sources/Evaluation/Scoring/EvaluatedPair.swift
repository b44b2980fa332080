import Foundation
import ImageQuality
import SuperResolution
import Tensors
import Volumes

/// A truth and its low-resolution partner, opened and checked: on one field of view, `scale` pixels to one.
struct EvaluatedPair {
  let truth: any VolumeReader
  let low: any VolumeReader
  let upscaler: VolumeUpscaler
  let axis: VoxelAxis
  /// Black and white of PSNR, SSIM and LPIPS, in the truth's unit.
  let dataRange: ClosedRange<Double>
  let foreground: ForegroundRule
  /// First and last slice with foreground; `nil` where there is none.
  let extent: ClosedRange<Int>?
  let warnings: [String]
  private let scale: Int
  private let shrinking: DegradedVolume

  /// Corners of a pair's volumes may lie this far apart, in low-resolution voxels: headers are rounded, and tools differ in the last digit.
  static let geometryTolerance = 0.02

  /// - Throws: `VolumeError`, `EvaluationError` where the two do not belong together, `SuperResolutionError` where sizes do not fit.
  init(
    _ scan: EvaluationScan, settings: EvaluationSettings, model: LoadedModel, checkpoint: () throws -> Void
  ) throws {
    let scale = model.scale
    let truth = try VolumeFile.open(scan.high.url, series: scan.high.series)
    var upscaling = settings.upscaling
    upscaling.estimate = .mean
    let given = try scan.low.map { try VolumeFile.open($0.url, series: $0.series) }
    // The truth's plane: its spacing tells more than that of the low resolution.
    let axis = upscaling.plane.axis(of: truth.header)
    var said: [String] = []
    for header in [truth.header, given?.header].compactMap(\.self) {
      said += header.findings.filter { $0.severity == .warning }.map(\.text)
    }
    if truth.header.frames > 1 { said.append("of \(truth.header.frames) frames the first is evaluated.") }
    if let given { try Self.check(given.header, against: truth.header, scale: scale, across: axis, name: scan.name) }

    let statistics = try VolumeStatistics(of: truth, percentile: model.percentile, checkpoint: checkpoint)
    let mapping = model.mapping(for: statistics, of: truth.header.modality).mapping
    let range = settings.dataRange ?? mapping.low...mapping.high
    let rule =
      settings.foreground
      ?? .suiting(
        zeros: Double(statistics.zeros) / Double(max(statistics.voxels, 1)), minimum: statistics.minimum,
        range: mapping.low...mapping.high)
    let shrinking = try DegradedVolume(
      of: truth, by: settings.degradation, scale: scale, across: axis, range: mapping.high - mapping.low,
      seed: upscaling.seed)
    upscaling.plane = axis.plane(in: truth.header)
    let low = given ?? shrinking
    let upscaler = try VolumeUpscaler(reader: low, model: model, settings: upscaling, checkpoint: checkpoint)
    guard upscaler.axis == axis else {
      throw EvaluationError(
        .geometryMismatch, scan.name,
        "the low-resolution volume's \(upscaling.plane.rawValue) slices lie across another axis.")
    }
    upscaler.keepsSamples = true
    var first: Int?
    var last = 0
    for k in 0..<truth.header.count(along: axis) {
      try checkpoint()
      guard !rule.mask(of: try truth.readSlice(k, across: axis, frame: 0).values).isEmpty else { continue }
      first = first ?? k
      last = k
    }
    self.truth = truth
    self.low = low
    self.upscaler = upscaler
    self.axis = axis
    self.scale = scale
    self.shrinking = shrinking
    dataRange = range
    foreground = rule
    extent = first.map { $0...last }
    warnings = said + upscaler.warnings
  }

  var sliceCount: Int { truth.header.count(along: axis) }

  /// The truth, without what does not fill a low-resolution pixel.
  func truthSlice(_ index: Int) throws -> VolumeSlice {
    try truth.readSlice(index, across: axis, frame: 0).cropped(toMultipleOf: scale)
  }

  /// A low-resolution slice, enlarged without a model.
  func enlarged(_ slice: VolumeSlice, by interpolation: Interpolation) -> VolumeSlice {
    let filled = slice.filled(fallback: dataRange.lowerBound).values
    return VolumeSlice(
      width: slice.width * scale, height: slice.height * scale,
      values: interpolation.enlarged(filled, width: slice.width, height: slice.height, by: scale))
  }

  /// An output made smaller again.
  func lowered(_ slice: VolumeSlice) -> VolumeSlice { shrinking.lowered(slice) }

  /// Whether a slice lies at either end of the foreground.
  func isEndSlice(_ index: Int) -> Bool {
    guard let extent else { return false }
    let margin = EvaluationSettings.endShare * Double(extent.count)
    return Double(index - extent.lowerBound) < margin || Double(extent.upperBound - index) < margin
  }

  /// Size and place of the low-resolution grid against the truth's.
  private static func check(
    _ low: VolumeHeader, against high: VolumeHeader, scale: Int, across axis: VoxelAxis, name: String
  ) throws {
    let expected = high.downscaled(by: scale, across: axis)
    guard low.size == expected.size else {
      throw EvaluationError(
        .geometryMismatch, name,
        "the low-resolution volume has \(text(low.size)) voxels; \(text(high.size)) made \(scale) times smaller across \(axis) are "
          + "\(text(expected.size)). Resample one of them, or choose a model for another --scale or --plane.")
    }
    // Without a stated position there is nothing to compare but the spacing.
    let isPlaced = low.geometry.source != .spacingOnly && high.geometry.source != .spacingOnly
    let (a, b) = (low.geometry.affine, expected.geometry.affine)
    var worst = 0.0
    if isPlaced {
      worst = a.largestDisplacement(from: b, size: low.size)
    } else {
      let d = low.geometry.spacing - expected.geometry.spacing
      worst = max(abs(d.x), abs(d.y), abs(d.z)) * Double(max(low.size.0, low.size.1, low.size.2))
    }
    let allowed = geometryTolerance * expected.geometry.spacing.min()
    guard worst <= allowed else {
      let centre =
        isPlaced
        ? " (a grid that keeps the first voxel's centre instead of the outer faces is off by a part of a voxel)" : ""
      throw EvaluationError(
        .geometryMismatch, name,
        String(format: "the two volumes do not cover the same field of view: corners lie up to %.4g mm apart, ", worst)
          + String(format: "%.4g mm are allowed", allowed) + centre + ". Register them, or correct the header.")
    }
  }

  private static func text(_ size: (Int, Int, Int)) -> String { "\(size.0)×\(size.1)×\(size.2)" }
}

extension VoxelAxis {
  /// The plane whose slices lie across this axis.
  fileprivate func plane(in header: VolumeHeader) -> UpscaleSettings.Plane {
    switch header.geometry.affine.plane(across: self) {
    case .axial: .axial
    case .coronal: .coronal
    case .sagittal: .sagittal
    }
  }
}
