import Foundation

/// Writes a derived series: one classic MR or CT object per slice, in a folder of its own, in explicit VR little endian.
///
/// Slices that come across the stacking axis are written as they come, whatever their order, and memory stays at one slice. Slices
/// across another axis, and values that the source's own mapping may not hold, go through a scratch file. The folder appears under
/// its name with `publish()`.
public final class DicomSeriesWriter: VolumeWriter, StagedOutput {
  /// How values became pixels; known from the start unless the values themselves decide, then after `complete()`.
  public private(set) var quantisation: DicomQuantisation?
  /// What happened to values, complete after `complete()`.
  public private(set) var findings: [VolumeFinding] = []
  /// SeriesInstanceUID of the output.
  public let seriesUID: String
  /// The objects written, in the order of slices, then repetitions: what a parametric map refers to.
  public private(set) var references: [DicomReference] = []

  /// The series' identifier before de-identification renames it.
  private let madeUID = DicomUID.new()
  private let header: VolumeHeader
  private let source: DicomSeries
  private let stack: DicomStack
  private let sourceGrid: DicomSliceGrid
  private let grid: DicomOutputGrid
  private let derivation: DicomDerivation
  private let folder: DicomOutputFolder
  private let scratchFolder: URL?
  private let date: String
  private let time: String
  private var scratch: SliceScratch?
  private var seen: ClosedRange<Double>?
  private var opened: (path: String, file: DicomFile)?
  /// The source's own mapping, preferred where values fit.
  private let own: DicomQuantisation?
  private var made: [Int: DicomReference] = [:]
  private var clamped = 0
  private var isOver = false

  /// - Parameters:
  ///   - folder: the output folder; it must not exist or be empty, or, with `overwrite`, hold an earlier output.
  ///   - header: of the output volume: its size and geometry, and the stored type and rescale of what it was made from.
  ///   - source: the series whose patient, study, equipment and meaning of values the output takes over. For a volume that came
  ///     from this series the slices are matched by position; for a NIfTI volume of the same patient too.
  public init(
    folder: URL, header: VolumeHeader, source: DicomSeries, derivation: DicomDerivation, overwrite: Bool = false,
    scratchFolder: URL? = nil, tolerances: DicomTolerances = .standard
  ) throws {
    guard let stack = source.stack, let sourceGrid = source.grid, let first = stack.frames.first?.first else {
      throw VolumeError(
        .unsupported, subject: "series \(source.selector)",
        reason: "cannot give the header of an output: \(source.suitability.sentence ?? "it is no volume")")
    }
    self.header = header
    self.source = source
    self.stack = stack
    self.sourceGrid = sourceGrid
    self.derivation = derivation
    self.scratchFolder = scratchFolder
    grid = try DicomOutputGrid(header, normal: first.normal, tolerances: tolerances)
    try grid.requireOverlap(with: sourceGrid, first: first)
    let frames = stack.frames.flatMap { $0 }
    let own = DicomQuantisation.own(
      for: derivation.content, header: header, frames: frames, isCT: source.modality == "CT")
    self.own = own
    quantisation =
      derivation.valueRange.map { DicomQuantisation.fitted(to: Self.withZero($0, derivation.content), own: own) }
      ?? DicomQuantisation.certain(
        own: own, source: derivation.sourceRange ?? Self.declaredRange(of: header, frames: frames))
    seriesUID = derivation.deidentify ? DicomIdentifiers.shared.replacement(for: madeUID) : madeUID
    (date, time) = DicomClock.now()
    self.folder = try DicomOutputFolder(folder, overwrite: overwrite)
  }

  /// Bytes that it holds in scratch files at present.
  public var scratchBytes: Int { scratch?.byteCount ?? 0 }

  public func writeSlice(_ slice: VolumeSlice, at index: Int, across axis: VoxelAxis, frame: Int) throws {
    precondition(!isOver, "no slice after finish or discard")
    precondition(frame >= 0 && frame < header.frames, "a frame of the volume")
    precondition(index >= 0 && index < header.count(along: axis), "a slice of the volume")
    if axis == grid.axis, let quantisation {
      return try store(slice, at: index, frame: frame, quantisation: quantisation)
    }
    if quantisation == nil {
      for value in slice.values where value.isFinite {
        seen = seen.map { min($0.lowerBound, value)...max($0.upperBound, value) } ?? value...value
      }
    }
    let scratch =
      try self.scratch
      ?? SliceScratch(
        size: header.size, frames: header.frames, folder: scratchFolder, subject: "DICOM output")
    self.scratch = scratch
    try scratch.write(slice, at: index, across: axis, frame: frame)
  }

  public func complete() throws {
    precondition(!isOver, "an output is completed once")
    do {
      if let scratch { try empty(scratch) }
      let count = grid.sliceCount * grid.frames
      guard made.count == count else {
        throw VolumeError(
          .invalidRequest, subject: folder.url.path,
          reason: "\(made.count) of \(count) slices were written before the end")
      }
      references = (0..<count).compactMap { made[$0] }
    } catch {
      discard()
      throw error
    }
    isOver = true
    if let quantisation {
      findings.append(
        .note(
          "values were rounded to steps of \(decimalString(quantisation.slope)) (16-bit pixels"
            + (quantisation.writesRescale ? ", rescale in the header)" : ", no rescale: pixels are values)")))
    }
    if clamped > 0 { findings.append(.warning("\(clamped) voxels lie outside what 16 bits hold and were clamped")) }
  }

  public func publish() throws { try folder.publish() }
  public func withdraw() { folder.withdraw() }
  public func settle() { folder.settle() }

  public func discard() {
    isOver = true
    folder.discard()
  }

  /// A deviation's pixels begin at zero, whatever the least of them is.
  private static func withZero(_ range: ClosedRange<Double>, _ content: DicomDerivation.Content) -> ClosedRange<Double>
  {
    content == .uncertainty ? min(0, range.lowerBound)...max(0, range.upperBound) : range
  }

  /// What the bits of a source can hold, where nobody has looked at its values.
  private static func declaredRange(of header: VolumeHeader, frames: [DicomFrame]) -> ClosedRange<Double> {
    if header.format == .dicomFile || header.format == .directory, let first = frames.first {
      return first.transform.range(of: first.storedRange)
    }
    switch header.storedType {
    case .uint8: return 0...255
    case .int8: return -128...127
    case .int16: return -32768...32767
    default: return 0...65535
    }
  }

  private func empty(_ scratch: SliceScratch) throws {
    let chosen =
      quantisation ?? DicomQuantisation.fitted(to: Self.withZero(seen ?? 0...1, derivation.content), own: own)
    quantisation = chosen
    for frame in 0..<header.frames {
      for index in 0..<grid.sliceCount where made[frame * grid.sliceCount + index] == nil {
        guard scratch.isComplete(frame: frame) else { return }
        let slice = try scratch.read(index, across: grid.axis, frame: frame)
        try store(slice, at: index, frame: frame, quantisation: chosen)
      }
    }
    self.scratch = nil
  }

  private func store(_ slice: VolumeSlice, at index: Int, frame: Int, quantisation: DicomQuantisation) throws {
    let repetition = min(frame, stack.repetitions - 1)
    let contributing = grid.sources(of: index, in: sourceGrid, normal: stack.frames[0][0].normal)
      .map { stack.frames[repetition][$0] }
    let template = contributing[0]
    let padding = quantisation.padding(source: template.padding, transform: template.transform)
    let pixels = quantisation.pixels(slice.values, padding: padding)
    clamped += pixels.clamped
    let described = DicomDerivedObject.Series(
      source: source, grid: grid, derivation: derivation, quantisation: quantisation, uid: madeUID,
      number: derivation.seriesNumber ?? derivation.defaultSeriesNumber(source: source.number), date: date, time: time,
      sliceFactor: max(1, length(sourceGrid.step) / length(grid.step)))
    let object = DicomDerivedObject(
      series: described, template: template, sources: contributing, index: index, repetition: frame)
    let file = try object.make(
      from: open(template), words: pixels.words,
      padding: pixels.padded > 0 || template.padding != nil ? padding : nil)
    let number = frame * grid.sliceCount + index
    guard let instance = file.dataset.string(.sopInstanceUID), let kind = file.dataset.string(.sopClassUID) else {
      throw VolumeError(.unwritable, subject: folder.url.path, reason: "an object lost its identity while being made")
    }
    try file.save(to: folder.path(number + 1))
    made[number] = DicomReference(sopClass: kind, sopInstance: instance)
  }

  private func open(_ frame: DicomFrame) throws -> DicomFile {
    if let opened, opened.path == frame.path { return opened.file }
    opened = nil
    let file = try DicomFile(reading: frame.path, subject: frame.subject)
    opened = (frame.path, file)
    return file
  }
}

/// An object that another one refers to.
public struct DicomReference: Equatable, Sendable {
  /// SOP Class UID (0008,0016).
  public var sopClass: String
  /// SOP Instance UID (0008,0018).
  public var sopInstance: String
}

enum DicomClock {
  /// Local date and time as DA and TM.
  static func now() -> (date: String, time: String) {
    var seconds = Foundation.time(nil)
    var parts = tm()
    localtime_r(&seconds, &parts)
    func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return (
      "\(parts.tm_year + 1900)\(two(parts.tm_mon + 1))\(two(parts.tm_mday))",
      two(parts.tm_hour) + two(parts.tm_min) + two(min(parts.tm_sec, 59))
    )
  }
}
