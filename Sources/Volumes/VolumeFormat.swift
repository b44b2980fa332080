import CNifti
import Foundation

/// What kind of file something is, by its content.
public enum VolumeFormat: String, Sendable {
  /// NIfTI-1 or NIfTI-2, one file (`.nii`) or the header of a pair (`.hdr`), compressed or not, either byte order.
  case nifti1, nifti2
  /// One DICOM object.
  case dicomFile
  /// A folder, which may hold a DICOM series.
  case directory
  /// Known by sight and not read here.
  case analyze, mgh, gifti, minc, nrrd, metaImage
  /// None of these.
  case unknown

  /// Looks at the first bytes (unpacked, where they are gzip) and never at the name, but for one case: an `.img` half of a pair
  /// bears no mark, so that the `.hdr` beside it is asked.
  /// - Throws: `VolumeError` where there is no such file, or it may not be read.
  public static func detect(_ url: URL) throws -> VolumeFormat {
    var status = stat()
    guard stat(url.path, &status) == 0 else { throw VolumeError.opening(url.path, errno: errno) }
    if status.st_mode & S_IFMT == S_IFDIR { return .directory }
    if let header = NiftiPair.header(besideImage: url) { return try detect(header) }
    return VolumeFormat(start: try FileStart(InputFile(url)).bytes)
  }

  /// By the first bytes of a file; 600 suffice.
  package init(start: [UInt8]) {
    var (swapped, pair): (Int32, Int32) = (0, 0)
    let kind = start.withUnsafeBufferPointer { cnifti_kind_of($0.baseAddress, $0.count, &swapped, &pair) }
    func begins(_ text: String, at offset: Int = 0) -> Bool { start.dropFirst(offset).starts(with: Array(text.utf8)) }
    let text = String(decoding: start.prefix(600), as: UTF8.self)
    if kind == cnifti_kind_nifti1 {
      self = .nifti1
    } else if kind == cnifti_kind_nifti2 {
      self = .nifti2
    } else if begins("DICM", at: 128) || VolumeFormat.isBareDicom(start) {
      self = .dicomFile
    } else if kind == cnifti_kind_analyze {
      self = .analyze
    } else if VolumeFormat.isMgh(start) {
      self = .mgh
    } else if text.contains("<GIFTI") || text.contains("GIFTI.dtd") {
      self = .gifti
    } else if begins("CDF\u{1}") || begins("CDF\u{2}") || start.starts(with: [0x89, 0x48, 0x44, 0x46]) {
      self = .minc
    } else if begins("NRRD000") {
      self = .nrrd
    } else if begins("ObjectType") || begins("NDims") {
      self = .metaImage
    } else {
      self = .unknown
    }
  }

  /// A DICOM dataset without preamble: it begins with a small group (0002 or 0008) and, where explicit, two letters.
  private static func isBareDicom(_ start: [UInt8]) -> Bool {
    guard start.count >= 16, start[0] == 2 || start[0] == 8, start[1] == 0, start[3] == 0 else { return false }
    let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
    if letters.contains(start[4]), letters.contains(start[5]) { return true }
    // Implicit: a group length or a character set is at most a few bytes long.
    return (start[2] == 0 && start[4] == 4 || start[2] == 5 || start[2] == 8) && start[5] == 0 && start[6] == 0
      && start[7] == 0
  }

  /// FreeSurfer MGH: big-endian version 1, four positive sizes, a type of 0…4.
  private static func isMgh(_ start: [UInt8]) -> Bool {
    guard start.count >= 284 else { return false }
    func word(_ index: Int) -> UInt32 { start[(4 * index)..<(4 * index + 4)].reduce(0) { $0 << 8 | UInt32($1) } }
    return word(0) == 1 && (1...4).allSatisfy { (1...1_000_000).contains(word($0)) } && word(5) <= 4
  }
}

/// The first bytes of a file, unpacked where it is gzip.
package struct FileStart {
  package let isGzip: Bool
  package let bytes: [UInt8]

  package init(_ file: InputFile) throws {
    let magic = try file.read(2, at: 0)
    isGzip = magic == [0x1F, 0x8B]
    bytes = try isGzip ? GzipInput(file).read(600) : file.read(600, at: 0)
  }
}
