import CDicom
import Foundation

/// Writes a volume of real values as one Parametric Map object (PS3.3 A.75, 32-bit float pixels), for the uncertainty.
///
/// Slices may come in any order and across any axis; they wait in a scratch file, since the references to the derived series are
/// known only when that is complete. `complete()` then builds the object in memory, as dcmpmap does it: about twice its size.
public final class DicomParametricMapWriter: VolumeWriter, StagedOutput {
  /// What was assumed or replaced, complete after `complete()`.
  public private(set) var findings: [VolumeFinding] = []
  /// The objects of the derived series that the map describes, slice by slice, then repetition by repetition
  /// (`DicomSeriesWriter.references`). Set before `complete()`; empty refers to the source series instead.
  public var derivedReferences: [DicomReference] = []
  /// SeriesInstanceUID of the derived series, set with `derivedReferences`.
  public var derivedSeriesUID = ""

  private let header: VolumeHeader
  private let source: DicomSeries
  private let stack: DicomStack
  private let sourceGrid: DicomSliceGrid
  private let grid: DicomOutputGrid
  private let derivation: DicomDerivation
  private let scratch: SliceScratch
  private let folder: DicomOutputFolder
  private var range = 0.0...0.0
  private var padded = false
  private var isOver = false

  /// Stands where a value is not a number (FloatPixelPaddingValue): no deviation is negative.
  static let padding: Float = -1

  /// - Parameters:
  ///   - folder: the output folder, which gets one file; it must not exist or be empty, or, with `overwrite`, hold an earlier
  ///     output.
  ///   - header: of the output volume.
  ///   - source: the series whose patient, study and frame of reference the map takes over.
  /// - Throws: `VolumeError`, `unsupported` where the map would pass the 4 GiB that one DICOM object holds.
  public init(
    folder: URL, header: VolumeHeader, source: DicomSeries, derivation: DicomDerivation, overwrite: Bool = false,
    scratchFolder: URL? = nil, tolerances: DicomTolerances = .standard
  ) throws {
    guard let stack = source.stack, let sourceGrid = source.grid, let first = stack.frames.first?.first else {
      throw VolumeError(
        .unsupported, subject: "series \(source.selector)",
        reason: "cannot give the header of a map: \(source.suitability.sentence ?? "it is no volume")")
    }
    let voxels = Double(header.size.0) * Double(header.size.1) * Double(header.size.2) * Double(header.frames)
    guard voxels * 4 < 4_294_967_294 else {
      throw VolumeError(
        .unsupported, subject: folder.path,
        reason:
          "a parametric map of this volume would take \(rounded(voxels * 4 / 1_073_741_824)) GiB, and one DICOM object "
          + "holds at most 4. Choose --uncertainty-format series or nifti")
    }
    self.header = header
    self.source = source
    self.stack = stack
    self.sourceGrid = sourceGrid
    self.derivation = derivation
    grid = try DicomOutputGrid(header, normal: first.normal, tolerances: tolerances)
    try grid.requireOverlap(with: sourceGrid, first: first)
    scratch = try SliceScratch(size: header.size, frames: header.frames, folder: scratchFolder, subject: folder.path)
    self.folder = try DicomOutputFolder(folder, overwrite: overwrite)
  }

  /// Bytes that it holds in scratch files at present.
  public var scratchBytes: Int { scratch.byteCount }

  public func writeSlice(_ slice: VolumeSlice, at index: Int, across axis: VoxelAxis, frame: Int) throws {
    precondition(!isOver, "no slice after finish or discard")
    for value in slice.values {
      if value.isFinite {
        range = min(range.lowerBound, value)...max(range.upperBound, value)
      } else {
        padded = true
      }
    }
    try scratch.write(slice, at: index, across: axis, frame: frame)
  }

  public func complete() throws {
    precondition(!isOver, "an output is completed once")
    do {
      guard (0..<header.frames).allSatisfy({ scratch.isComplete(frame: $0) }) else {
        throw VolumeError(
          .invalidRequest, subject: folder.url.path, reason: "the map was finished before all slices were written")
      }
      let template = try DicomFile(reading: stack.frames[0][0].path, subject: stack.frames[0][0].subject)
      let file = try build(template)
      try complete(file.dataset, from: template.dataset)
      try file.save(to: folder.path(1))
    } catch {
      discard()
      throw error
    }
    isOver = true
  }

  public func publish() throws { try folder.publish() }
  public func withdraw() { folder.withdraw() }
  public func settle() { folder.settle() }

  public func discard() {
    isOver = true
    folder.discard()
  }

  private func build(_ template: DicomFile) throws -> DicomFile {
    let map = try openMap(anatomy: anatomy(template.dataset))
    defer { cdicom_map_free(map) }
    var why = [CChar](repeating: 0, count: 256)
    func check(_ status: cdicom_status) throws {
      guard status == CDICOM_OK else {
        throw VolumeError(
          status == CDICOM_OUT_OF_MEMORY ? .unsupported : .unwritable, subject: folder.url.path,
          reason: "the parametric map cannot be built: \(text(why))")
      }
    }
    for frame in 0..<header.frames {
      for index in 0..<grid.sliceCount {
        let slice = try scratch.read(index, across: grid.axis, frame: frame)
        let values = slice.values.map { $0.isFinite ? Float($0) : Self.padding }
        let place = grid.position(index)
        let reference = reference(index, frame: frame)
        try check(
          cdicom_map_add_frame(
            map, values, values.count, [place.x, place.y, place.z], UInt32(index + 1), UInt32(frame + 1),
            reference.sopClass, reference.sopInstance, &why, why.count))
      }
    }
    var finished: OpaquePointer?
    try check(cdicom_map_finish(map, &finished, &why, why.count))
    guard let finished else {
      throw VolumeError(.unwritable, subject: folder.url.path, reason: "the parametric map came out empty")
    }
    return DicomFile(adopting: finished, subject: folder.url.path)
  }

  func reference(_ index: Int, frame: Int) -> DicomReference {
    let number = frame * grid.sliceCount + index
    if derivedReferences.indices.contains(number) { return derivedReferences[number] }
    let slice = grid.sources(of: index, in: sourceGrid, normal: stack.frames[0][0].normal)[0]
    let original = stack.frames[min(frame, stack.repetitions - 1)][slice]
    return DicomReference(sopClass: original.sopClass, sopInstance: original.sopInstance)
  }

  private func openMap(anatomy: DicomCode) throws -> OpaquePointer {
    let isHounsfield = stack.frames[0][0].intensityUnit(modality: source.modality) == .hounsfield
    let unit: DicomCode =
      isHounsfield
      ? DicomCode(value: "[hnsf'U]", scheme: "UCUM", meaning: "Hounsfield unit")
      : DicomCode(value: "[arb'U]", scheme: "UCUM", meaning: "arbitrary unit")
    let number = derivation.seriesNumber ?? derivation.defaultSeriesNumber(source: source.number)
    let texts = CStrings([
      source.modality, String(number), derivation.toolName, derivation.toolName,
      String(derivation.modelDigest.prefix(64)), String(derivation.toolVersion.prefix(64)), "UNCERTAINTY",
      String(derivation.label.prefix(64)), "VOLUME", "STD_DEVIATION", "SD",
      String((derivation.quantity ?? "Standard deviation over samples").prefix(64)),
      unit.value,
      unit.scheme, unit.meaning, "113061", "DCM", "Standard Deviation", anatomy.value, anatomy.scheme, anatomy.meaning,
      "U",
    ])
    let o = grid.orientation
    let thickness =
      (stack.frames[0][0].sliceThickness ?? length(sourceGrid.step))
      / max(1, length(sourceGrid.step) / length(grid.step))
    var description = cdicom_map_description(
      modality: texts[0], series_number: texts[1], manufacturer: texts[2], model: texts[3], serial: texts[4],
      software: texts[5], label: texts[6], description: texts[7], image_flavor: texts[8], pixel_contrast: texts[9],
      lut_label: texts[10], lut_explanation: texts[11], unit_code: texts[12], unit_scheme: texts[13],
      unit_meaning: texts[14], quantity_code: texts[15], quantity_scheme: texts[16], quantity_meaning: texts[17],
      anatomy_code: texts[18], anatomy_scheme: texts[19], anatomy_meaning: texts[20], laterality: texts[21],
      rows: UInt16(grid.rows), columns: UInt16(grid.columns), row_spacing: grid.rowSpacing,
      column_spacing: grid.columnSpacing, slice_thickness: thickness,
      slice_spacing: grid.sliceCount > 1 ? grid.spacing : 0, orientation: (o[0], o[1], o[2], o[3], o[4], o[5]))
    var map: OpaquePointer?
    var why = [CChar](repeating: 0, count: 256)
    guard cdicom_map_create(&description, &map, &why, why.count) == CDICOM_OK, let map else {
      throw VolumeError(
        .unwritable, subject: folder.url.path,
        reason: "the parametric map cannot be set up: \(text(why))")
    }
    return map
  }

  private func anatomy(_ dataset: DicomItem) -> DicomCode {
    if let found = DicomAnatomy.code(of: dataset) { return found }
    findings.append(
      .note(
        "the source names no body part; the map says \(DicomAnatomy.unknown.meaning) (\(DicomAnatomy.unknown.value), SCT)"
      ))
    return DicomAnatomy.unknown
  }

  private func complete(_ target: DicomItem, from template: DicomItem) throws {
    let references =
      derivedReferences.isEmpty
      ? stack.frames.flatMap { $0 }.map { DicomReference(sopClass: $0.sopClass, sopInstance: $0.sopInstance) }
      : derivedReferences
    try DicomMapHeader(
      derivation: derivation, range: range, padded: padded, references: references,
      referencedSeries: derivedReferences.isEmpty ? source.uid : derivedSeriesUID, sourceSeries: source.uid
    ).complete(target, from: template)
  }
}

/// C strings that live as long as this.
private final class CStrings {
  private let pointers: [UnsafeMutablePointer<CChar>]
  init(_ texts: [String]) { pointers = texts.map { strdup($0) } }
  deinit { pointers.forEach { free($0) } }
  subscript(index: Int) -> UnsafePointer<CChar> { UnsafePointer(pointers[index]) }
}
