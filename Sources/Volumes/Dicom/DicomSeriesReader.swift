import Foundation

/// How a series is opened.
public struct DicomReadingOptions: Sendable {
  /// Fill missing slices and even out uneven spacing by linear interpolation between the two neighbours, and leave incomplete
  /// repetitions out, instead of refusing the series.
  public var allowGaps: Bool
  /// Where slices across another axis than the stored one are kept; nil for the system's temporary folder.
  public var scratchFolder: URL?

  /// - Parameters:
  ///   - allowGaps: whether missing slices are filled by interpolation.
  ///   - scratchFolder: where scratch files may lie; `nil` for `$TMPDIR`, else `/tmp`.
  public init(allowGaps: Bool = false, scratchFolder: URL? = nil) {
    self.allowGaps = allowGaps
    self.scratchFolder = scratchFolder
  }
}

extension DicomSeries {
  /// Opens the series as a volume; pixels are decoded slice by slice when asked for.
  /// - Throws: `VolumeError` where the series is refused, or needs `allowGaps` and does not have it.
  public func open(_ options: DicomReadingOptions = .init()) throws -> any VolumeReader {
    try DicomSeriesReader(self, options: options)
  }
}

/// Reads a DICOM series slice by slice. Axis i runs along rows (columns rise), j down columns, k along the normal.
///
/// Values are after the modality transform (HU for CT); padded pixels are NaN. LPS+ becomes RAS+ here and nowhere else.
final class DicomSeriesReader: VolumeReader {
  let header: VolumeHeader
  private let stack: DicomStack
  private let sources: [DicomSliceGrid.Source]
  private let subject: String
  private let options: DicomReadingOptions
  private var opened: (path: String, file: DicomFile)?
  private var recent: (path: String, index: Int, values: [Double])?
  private var scratch: SliceScratch?

  init(_ series: DicomSeries, options: DicomReadingOptions) throws {
    subject = "series \(series.selector)"
    var findings = series.findings
    switch series.suitability {
    case .refused(let sentence): throw VolumeError(.unsupported, subject: subject, reason: sentence)
    case .needsGaps(let sentence):
      guard options.allowGaps else { throw VolumeError(.geometry, subject: subject, reason: sentence) }
      findings.append(.warning("gaps are allowed: \(sentence)"))
    case .suitable: break
    }
    guard let stack = series.stack, let grid = series.grid else {
      throw VolumeError(.unsupported, subject: subject, reason: "is no volume")
    }
    let interpolated = grid.sources.filter { $0.lower != $0.upper }.count
    if interpolated > 0 {
      findings.append(
        .warning("\(interpolated) of \(grid.sources.count) slices are interpolated between their neighbours"))
    }
    self.stack = stack
    sources = grid.sources
    self.options = options
    let first = stack.frames[0][0]
    header = VolumeHeader(
      size: series.size, frames: stack.repetitions, geometry: VolumeGeometry(affine: grid.affine(first)),
      acquiredAxis: .k, acquiredAxisReason: .storedPlane, storedType: first.scalarType, rescale: first.rescale,
      intensityUnit: first.intensityUnit(modality: series.modality),
      modality: series.modality == "CT" ? .ct : (series.modality == "MR" ? .mr : .other),
      contrast: series.modality == "MR" ? Self.contrast(of: first) : nil,
      description: "", format: series.isEnhanced || series.fileCount == 1 ? .dicomFile : .directory, findings: findings)
  }

  /// By the header of the first slice; nil where that says nothing or cannot be read again.
  private static func contrast(of frame: DicomFrame) -> AcquiredContrast? {
    guard let file = try? DicomFile(reading: frame.path, subject: frame.subject) else { return nil }
    let dataset = file.dataset
    return AcquiredContrast(
      DicomFrameAttributes(
        dataset: dataset, shared: dataset.item(.sharedFunctionalGroups),
        perFrame: dataset.item(.perFrameFunctionalGroups, at: frame.index)))
  }

  var scratchBytes: Int { scratch?.byteCount ?? 0 }

  func readSlice(_ index: Int, across axis: VoxelAxis, frame: Int) throws -> VolumeSlice {
    precondition(frame >= 0 && frame < header.frames, "a frame of the volume")
    precondition(index >= 0 && index < header.count(along: axis), "a slice of the volume")
    if axis == .k { return try stored(index, frame: frame) }
    if scratch == nil {
      scratch = try SliceScratch(
        size: header.size, frames: header.frames, folder: options.scratchFolder, subject: subject)
    }
    guard let scratch else { return try stored(index, frame: frame) }
    if !scratch.isComplete(frame: frame) {
      for k in 0..<header.size.2 {
        try scratch.write(try stored(k, frame: frame), at: k, across: .k, frame: frame)
      }
    }
    return try scratch.read(index, across: axis, frame: frame)
  }

  private func stored(_ k: Int, frame: Int) throws -> VolumeSlice {
    let source = sources[k]
    var values = try decoded(stack.frames[frame][source.lower])
    if source.weight > 0 {
      let upper = try decoded(stack.frames[frame][source.upper])
      for index in values.indices { values[index] += (upper[index] - values[index]) * source.weight }
    }
    return VolumeSlice(width: header.size.0, height: header.size.1, values: values)
  }

  private func decoded(_ frame: DicomFrame) throws -> [Double] {
    if let recent, recent.path == frame.path, recent.index == frame.index { return recent.values }
    let file: DicomFile
    if let opened, opened.path == frame.path {
      file = opened.file
    } else {
      opened = nil
      file = try DicomFile(reading: frame.path, subject: frame.subject)
      opened = (frame.path, file)
    }
    var values = try file.storedValues(frame: frame.index, count: frame.pixelCount)
    frame.transform.apply(to: &values, padding: frame.padding)
    recent = (frame.path, frame.index, values)
    return values
  }
}

extension DicomSliceGrid {
  /// Voxel indices to RAS+ millimetres: x and y change sign on the way from LPS+.
  func affine(_ first: DicomFrame) -> AffineTransform {
    func ras(_ v: SIMD3<Double>) -> SIMD3<Double> { [-v.x, -v.y, v.z] }
    return AffineTransform(
      columns: (
        ras(first.rowDirection * first.columnSpacing), ras(first.columnDirection * first.rowSpacing), ras(step)
      ),
      origin: ras(origin))
  }
}

extension DicomFrame {
  var scalarType: ScalarType {
    switch (allocatedBits, isSigned) {
    case (8, false): .uint8
    case (8, true): .int8
    case (16, false): .uint16
    case (16, true): .int16
    case (_, false): .uint32
    case (_, true): .int32
    }
  }

  var rescale: IntensityRescale {
    if case .linear(let rescale) = transform { return rescale }
    return .identity
  }

  func intensityUnit(modality: String) -> IntensityUnit {
    // RescaleType may say otherwise for CT (PS3.3 C.11.1.1.2); absent, HU is meant unless the object is multi-energy.
    if modality == "CT" { return rescaleType == nil || rescaleType == "HU" ? .hounsfield : .named(rescaleType ?? "") }
    return .arbitrary
  }
}
