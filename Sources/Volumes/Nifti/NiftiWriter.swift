import CNifti
import Foundation

/// Writes a NIfTI volume slice by slice: `.nii`, `.nii.gz` or a `.hdr`/`.img` pair, by the name.
///
/// Where voxels go meanwhile: floats in slices across the third axis straight to their place in the temporary file or, packed, into
/// the stream while they come in file order. All else goes into a scratch file first: slices across other axes, packed slices out of
/// order, and integers, since their scaling is known only at the end.
public final class NiftiWriter: VolumeWriter, StagedOutput {
  /// What was asked for.
  public let output: NiftiOutput
  /// What had to be said about the output; complete after `finish()`.
  public private(set) var findings: [VolumeFinding] = []
  /// Bytes that it holds in scratch files at present.
  public var scratchBytes: Int { scratch?.bytes ?? 0 }

  private let name: NiftiOutputName
  private let size: (Int, Int, Int)
  private let frames: Int
  private let headerFile: PendingFile
  private let imageFile: PendingFile?
  private var voxelFile: PendingFile { imageFile ?? headerFile }

  /// Plain output: where the voxels begin in the file.
  private var directOffset: Int?
  /// Packed floats: the stream, and the next plane across k that it takes.
  private var stream: GzipOutput?
  private var nextPlane = 0
  /// All that has to wait.
  private var scratch: ScratchFile?
  private var waiting: PlaneSpool?
  private let waitingType: ScalarType

  private var tally = ValueTally()
  private var axis: VoxelAxis?
  private var isWritten: [Bool] = []
  private enum State { case open, complete, published, discarded }
  private var state = State.open

  /// Creates the temporary file(s) in the folder of `url`.
  /// - Throws: `exists`, `unwritable`, `diskFull` (where there is not room enough for a plain output), or `invalidRequest` for a
  ///   name of another kind.
  public init(_ output: NiftiOutput, to url: URL) throws {
    let header = output.header
    precondition(header.frameShape.reduce(1, *) == header.frames, "frameShape multiplies to frames")
    self.output = output
    size = header.size
    frames = header.frames
    name = try NiftiOutputName(url)
    // The image of a pair first: its header appears last, when all is there.
    imageFile = try name.image.map { try PendingFile($0, overwrite: output.overwrite) }
    headerFile = try PendingFile(name.header, overwrite: output.overwrite)
    if !name.isGzip {
      let voxels = size.0 * size.1 * size.2 * frames
      try FreeSpace.require(voxels * output.type.byteCount, for: imageFile ?? headerFile)
    }
    let isWide = output.type.byteCount > 2
    waitingType = output.type.isInteger ? (isWide ? .float64 : .float32) : output.type
    if !output.type.isInteger { try begin() }
  }

  deinit { discard() }

  private var planeVoxels: Int { size.0 * size.1 }

  public func writeSlice(_ slice: VolumeSlice, at index: Int, across axis: VoxelAxis, frame: Int) throws {
    precondition(state == .open, "a finished or discarded output takes no slices")
    precondition(self.axis == nil || self.axis == axis, "all slices of an output lie across the same axis")
    let expected = output.header.sliceSize(across: axis)
    precondition((slice.width, slice.height) == expected, "a slice has the size of the output's slices")
    let count = output.header.count(along: axis)
    precondition((0..<count).contains(index) && (0..<frames).contains(frame), "the slice lies within the output")
    self.axis = axis
    if isWritten.isEmpty { isWritten = Array(repeating: false, count: count * frames) }
    let position = frame * count + index
    precondition(!isWritten[position], "every slice is written once")

    if output.type.isInteger { tally.add(slice.values) }
    let bytes = VoxelEncoder(type: waitingType).encode(slice.values)
    if let directOffset, axis == .k {
      try write(bytes, plane: position, from: directOffset)
    } else if let stream, axis == .k, position == nextPlane {
      try stream.write(bytes)
      nextPlane += 1
    } else {
      try spool(across: axis).write(bytes, plane: position)
    }
    isWritten[position] = true
  }

  /// Completes the voxels and flushes to the disk.
  public func complete() throws {
    precondition(state == .open, "an output is completed once")
    precondition(
      !isWritten.isEmpty && isWritten.allSatisfy { $0 }, "every slice is written before the output is finished")
    do {
      var encoder: VoxelEncoder?
      if output.type.isInteger {
        let kept = output.header.rescale
        let (rescale, said) = tally.rescale(keeping: kept, for: output.type, isSingle: output.version == 1)
        findings += said
        encoder = VoxelEncoder(type: output.type, rescale: rescale)
        try begin(rescale: rescale)
      }
      try drain(encoder)
      try stream?.close()
      stream = nil
      try imageFile?.synchronise()
      try headerFile.synchronise()
      state = .complete
      (scratch, waiting) = (nil, nil)
    } catch {
      discard()
      throw error
    }
  }

  /// Gives the file(s) the final name.
  public func publish() throws {
    precondition(state == .complete, "an output is published once, when it is complete")
    do {
      try imageFile?.publish()
      try headerFile.publish()
      state = .published
    } catch {
      // An image without its header is a half file.
      withdraw()
      throw error
    }
  }

  public func withdraw() {
    guard state == .published || state == .complete else { return discard() }
    state = .discarded
    headerFile.withdraw()
    imageFile?.withdraw()
  }

  public func settle() {
    guard state == .published else { return }
    imageFile?.settle()
    headerFile.settle()
  }

  public func discard() {
    guard state == .open || state == .complete else { return }
    state = .discarded
    stream?.abandon()
    stream = nil
    imageFile?.discard()
    headerFile.discard()
    (scratch, waiting) = (nil, nil)
  }

  // MARK: The way of the voxels

  /// Writes the header and opens the way for the voxels.
  private func begin(rescale: IntensityRescale = .identity) throws {
    let encoded = try output.encodedHeader(rescale: rescale, pair: name.isPair, subject: headerFile.path)
    findings += encoded.findings
    let dataOffset = name.isPair ? 0 : encoded.bytes.count
    if name.isGzip {
      if name.isPair {
        let headerStream = try GzipOutput(headerFile, level: output.compressionLevel)
        try headerStream.write(encoded.bytes)
        try headerStream.close()
      }
      let voxelStream = try GzipOutput(voxelFile, level: output.compressionLevel)
      if !name.isPair { try voxelStream.write(encoded.bytes) }
      stream = voxelStream
    } else {
      try encoded.bytes.withUnsafeBytes { try headerFile.write($0, at: 0) }
      directOffset = dataOffset
    }
  }

  /// One plane across k to its place in a plain output.
  private func write(_ bytes: [UInt8], plane: Int, from offset: Int) throws {
    let at = offset + plane * planeVoxels * output.type.byteCount
    try bytes.withUnsafeBytes { try voxelFile.write($0, at: at) }
  }

  private func spool(across axis: VoxelAxis) throws -> PlaneSpool {
    if let waiting { return waiting }
    let scratch = try ScratchFile(in: output.scratchDirectory)
    let spool = PlaneSpool(scratch, size: size, axis: axis, elementBytes: waitingType.byteCount)
    (self.scratch, waiting) = (scratch, spool)
    return spool
  }

  /// Sends what waits to its place, in file order.
  private func drain(_ encoder: VoxelEncoder?) throws {
    guard let waiting else { return }
    let decoder = VoxelDecoder(type: waitingType, isSwapped: false, rescale: .identity)
    for plane in nextPlane..<(size.2 * frames) {
      let stored = try waiting.slice(plane % size.2, frame: plane / size.2)
      let bytes = encoder.map { $0.encode(stored.withUnsafeBytes(decoder.decode)) } ?? stored
      if let stream {
        try stream.write(bytes)
      } else if let directOffset {
        try write(bytes, plane: plane, from: directOffset)
      }
    }
  }
}
