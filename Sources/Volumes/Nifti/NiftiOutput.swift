import Foundation

/// What a NIfTI output is to be, before any voxel is written.
public struct NiftiOutput: Sendable {
  /// Size, geometry and all fields of the output; `VolumeHeader.upscaled(by:across:)` makes it from the input's.
  public var header: VolumeHeader
  /// How voxels are stored. Floats are written unscaled (slope 1). Integers keep the header's slope and intercept where all values
  /// fit, and take new ones (said in a finding) where not.
  public var type: ScalarType
  /// 1 or 2. NIfTI-2 where the source is, or where a size exceeds NIfTI-1's 32767.
  public var version: Int
  /// Replaces the header's description; what exceeds 79 bytes is cut.
  public var description: String?
  /// Whether the source's display range (cal_min, cal_max) applies: yes for the same quantity, no for a map of something else.
  public var keepsDisplayRange = true
  /// Whether a file of this name may be replaced.
  public var overwrite = false
  /// Where scratch files may lie; by default `$TMPDIR`, else `/tmp`.
  public var scratchDirectory: URL?
  /// gzip's level, 1 (fast) … 9 (small).
  public var compressionLevel = 6

  /// - Parameters:
  ///   - header: size, geometry and fields of the output.
  ///   - type: how voxels are stored.
  public init(header: VolumeHeader, type: ScalarType = .float32) {
    self.header = header
    self.type = type
    let largest = ([header.size.0, header.size.1, header.size.2] + header.frameShape).max() ?? 1
    version = header.format == .nifti2 || largest > 32767 ? 2 : 1
  }
}

/// The files that a NIfTI output of a given name consists of.
struct NiftiOutputName {
  /// Header, and voxels too for a single file.
  var header: URL
  /// Voxels of a pair.
  var image: URL?
  var isGzip: Bool
  var isPair: Bool { image != nil }

  /// - Throws: `invalidRequest` where the name says nothing about the form.
  init(_ url: URL) throws {
    isGzip = url.pathExtension.lowercased() == "gz"
    let packed = isGzip ? url.pathExtension : nil
    let plain = isGzip ? url.deletingPathExtension() : url
    let stem = plain.deletingPathExtension()
    func named(_ kind: String) -> URL {
      let url = stem.appendingPathExtension(kind)
      return packed.map { url.appendingPathExtension($0) } ?? url
    }
    switch plain.pathExtension.lowercased() {
    case "nii": header = url
    case "hdr": (header, image) = (url, named(plain.pathExtension == "HDR" ? "IMG" : "img"))
    case "img": (header, image) = (named(plain.pathExtension == "IMG" ? "HDR" : "hdr"), url)
    default:
      throw VolumeError(
        .invalidRequest, subject: url.path,
        reason: "the name of a NIfTI output ends in .nii, .nii.gz, .hdr or .img; choose one of these")
    }
  }
}
