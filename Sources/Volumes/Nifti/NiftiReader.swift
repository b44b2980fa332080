import CNifti
import Foundation

/// Reads NIfTI-1 and NIfTI-2, single files and pairs, packed or not, slice by slice.
///
/// Plain files are read in place, across any axis. Packed ones stream: slices across the third axis in ascending order cost one
/// unpacking per pass; other axes, or jumping about, unpack the voxels into a scratch file once (`scratchBytes`).
public final class NiftiReader: VolumeReader {
  /// What the file says about its volume.
  public let header: VolumeHeader
  /// The file that was named, and the file that holds the voxels (another one for a pair).
  public let url: URL
  /// The file that holds the voxels: the `.img` of a pair, else the file itself.
  public let voxelURL: URL

  private let file: InputFile
  private let gzip: GzipInput?
  private let scratchDirectory: URL?
  private let dataOffset: Int
  private let isSwapped: Bool
  private var store: PlaneStore?
  private var scratch: ScratchFile?

  /// The last slice that was unpacked, as stored.
  private var unpacked: (plane: Int, bytes: [UInt8])?
  private var lowestPlane = Int.max
  private var jumpsBack = 0

  public var scratchBytes: Int { scratch?.bytes ?? 0 }

  /// - Parameters:
  ///   - url: a `.nii`, a `.hdr` or an `.img`, each possibly packed; told apart by content.
  ///   - scratchDirectory: where a scratch file may lie; by default `$TMPDIR`, else `/tmp`.
  public init(_ url: URL, scratchDirectory: URL? = nil) throws {
    self.url = url
    self.scratchDirectory = scratchDirectory
    var opened = try NiftiReader.open(url)
    let voxels = try NiftiReader.voxelFile(of: opened)
    file = voxels.file
    gzip = voxels.gzip
    voxelURL = voxels.url
    dataOffset = opened.parsed.dataOffset
    isSwapped = opened.parsed.isSwapped
    opened.parsed.volume.findings += voxels.findings
    opened.parsed.volume.takeAcquisition(from: url)
    header = opened.parsed.volume
    if gzip == nil {
      store = PlaneStore(
        descriptor: file.descriptor, base: dataOffset, size: header.size, elementBytes: header.storedType.byteCount,
        subject: voxelURL.path)
    }
  }

  public func readSlice(_ index: Int, across axis: VoxelAxis, frame: Int) throws -> VolumeSlice {
    precondition((0..<header.count(along: axis)).contains(index), "the slice lies within the volume")
    precondition((0..<header.frames).contains(frame), "the frame lies within the volume")
    let (width, height) = header.sliceSize(across: axis)
    let decoder = VoxelDecoder(type: header.storedType, isSwapped: isSwapped, rescale: header.rescale)
    if store == nil, axis == .k, let bytes = try unpack(plane: frame * header.size.2 + index) {
      return VolumeSlice(width: width, height: height, values: bytes.withUnsafeBytes(decoder.decode))
    }
    let store = try randomAccess()
    let values = try store.withPlane(index, across: axis, frame: frame, decoder.decode)
    return VolumeSlice(width: width, height: height, values: values)
  }

  // MARK: Packed files

  private var planeBytes: Int { header.size.0 * header.size.1 * header.storedType.byteCount }
  private var planes: Int { header.size.2 * header.frames }

  /// The bytes of one plane across k of a packed file; nil where it is time for a scratch file.
  private func unpack(plane: Int) throws -> [UInt8]? {
    guard let gzip else { return nil }
    if let unpacked, unpacked.plane == plane { return unpacked.bytes }
    let start = dataOffset + plane * planeBytes
    if start < gzip.position, plane > lowestPlane {
      // Going back to the first slice read is another pass. Going back elsewhere, again and again, is jumping about.
      jumpsBack += 1
      if jumpsBack > 3 { return nil }
    }
    lowestPlane = min(lowestPlane, plane)
    var bytes = unpacked?.bytes ?? []
    unpacked = nil
    guard try gzip.seek(to: start) else { throw endsEarly(gzip) }
    if bytes.count == planeBytes {
      guard try bytes.withUnsafeMutableBytes({ try gzip.read(into: $0) }) == planeBytes else { throw endsEarly(gzip) }
    } else {
      // The first one grows with what is there, so that a header's empty claim takes no memory.
      bytes = try gzip.read(planeBytes)
      guard bytes.count == planeBytes else { throw endsEarly(gzip) }
    }
    if plane == planes - 1 { try gzip.checkTrailer() }
    unpacked = (plane, bytes)
    return bytes
  }

  private func endsEarly(_ gzip: GzipInput) -> VolumeError {
    VolumeError(
      .truncated, subject: voxelURL.path,
      reason: "unpacks to \(gzip.position) bytes where its header promises \(dataOffset + planes * planeBytes); "
        + "copy or download the file again")
  }

  /// The voxels at random: the file itself, or a scratch file that they are unpacked into first.
  private func randomAccess() throws -> PlaneStore {
    if let store { return store }
    guard let gzip else { preconditionFailure("a plain file has its store from the start") }
    let scratch = try ScratchFile(in: scratchDirectory)
    guard try gzip.seek(to: dataOffset) else { throw endsEarly(gzip) }
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { chunk.deallocate() }
    let total = planes * planeBytes
    var done = 0
    while done < total {
      let part = UnsafeMutableRawBufferPointer(rebasing: chunk[..<min(chunk.count, total - done)])
      guard try gzip.read(into: part) == part.count else { throw endsEarly(gzip) }
      try writeFully(scratch.descriptor, UnsafeRawBufferPointer(part), at: done, subject: scratch.subject)
      done += part.count
    }
    try gzip.checkTrailer()
    unpacked = nil
    self.scratch = scratch
    let store = PlaneStore(
      descriptor: scratch.descriptor, base: 0, size: header.size, elementBytes: header.storedType.byteCount,
      subject: scratch.subject)
    self.store = store
    return store
  }
}
