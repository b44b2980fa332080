import Foundation

extension NiftiReader {
  struct Opened {
    let url: URL
    let file: InputFile
    let gzip: GzipInput?
    var parsed: NiftiHeader
  }

  struct VoxelFile {
    let url: URL
    let file: InputFile
    let gzip: GzipInput?
    var findings: [VolumeFinding] = []
  }

  /// Opens the file with the header and reads that, extensions included.
  static func open(_ named: URL) throws -> Opened {
    let url = NiftiPair.header(besideImage: named) ?? named
    let file = try InputFile(url)
    let start = try FileStart(file)
    let format = VolumeFormat(start: start.bytes)
    guard format == .nifti1 || format == .nifti2 else { throw try VolumeFile.refusal(of: url, format: format) }
    var parsed = try NiftiHeader(start.bytes, subject: url.path)
    let gzip = start.isGzip ? try GzipInput(file) : nil

    // What lies between header and voxels; in the header of a pair, all the rest of it.
    let end = parsed.isPair ? (gzip == nil ? file.size : Int.max) : parsed.dataOffset
    let available = gzip == nil ? file.size : GzipInput.largestContent(ofPackedBytes: file.size)
    let between = min(max(0, min(end, available) - parsed.headerBytes), NiftiExtensions.mostBytes)
    let bytes: [UInt8]
    if let gzip {
      bytes = try gzip.seek(to: parsed.headerBytes) ? gzip.read(between) : []
    } else {
      bytes = try file.read(between, at: parsed.headerBytes)
    }
    let extensions = NiftiExtensions(bytes, isSwapped: parsed.isSwapped)
    parsed.volume.nifti?.extensions = extensions.items
    parsed.volume.findings += extensions.findings
    if extensions.items.contains(where: { $0.code == 32 }) {
      throw VolumeError(
        .unsupported, subject: url.path,
        reason: "is a CIFTI file (header extension 32): values on surfaces and in structures, not a volume of slices")
    }
    return Opened(url: url, file: file, gzip: gzip, parsed: parsed)
  }

  /// The file with the voxels, known to be able to hold as many as the header promises.
  static func voxelFile(of opened: Opened) throws -> VoxelFile {
    let parsed = opened.parsed
    var voxels = VoxelFile(url: opened.url, file: opened.file, gzip: opened.gzip)
    if parsed.isPair {
      guard let image = NiftiPair.image(besideHeader: opened.url) else {
        throw VolumeError(
          .notFound, subject: opened.url.path,
          reason:
            "is the header of a .hdr/.img pair, and no .img of the same name lies beside it; put both in one folder")
      }
      let file = try InputFile(image)
      let isGzip = try file.read(2, at: 0) == [0x1F, 0x8B] && !couldBePlain(file, parsed)
      voxels = VoxelFile(url: image, file: file, gzip: isGzip ? try GzipInput(file) : nil)
    }
    let needed = parsed.dataOffset.addingReportingOverflow(parsed.dataBytes)
    let available =
      voxels.gzip == nil ? voxels.file.size : GzipInput.largestContent(ofPackedBytes: voxels.file.size)
    guard !needed.overflow, needed.partialValue <= available else {
      let size = parsed.volume.size
      let frames = parsed.volume.frames > 1 ? " × \(parsed.volume.frames)" : ""
      let found =
        voxels.gzip == nil
        ? "the file has \(voxels.file.size)"
        : "\(voxels.file.size) packed bytes cannot unpack to more than \(available)"
      throw VolumeError(
        .truncated, subject: voxels.url.path,
        reason:
          "its header promises \(size.0) × \(size.1) × \(size.2)\(frames) voxels of \(parsed.volume.storedType.rawValue), "
          + "\(parsed.dataBytes) bytes from byte \(parsed.dataOffset) on, and \(found); copy or download the file again"
      )
    }
    let surplus = available - needed.partialValue
    if voxels.gzip == nil, surplus > 0 {
      voxels.findings.append(.note("\(surplus) bytes follow the voxels: ignored"))
    }
    return voxels
  }

  /// Voxels without a header may begin with any two bytes; where the size fits exactly, they are no gzip.
  private static func couldBePlain(_ file: InputFile, _ parsed: NiftiHeader) -> Bool {
    let needed = parsed.dataOffset.addingReportingOverflow(parsed.dataBytes)
    return !needed.overflow && file.size == needed.partialValue
  }
}
