import CDicom
import Foundation

/// A DICOM object opened through the shim: its header in memory, its pixels on disk until asked for.
///
/// Not thread safe: one file is used from one thread at a time.
package final class DicomFile {
  let handle: OpaquePointer
  /// What messages call it.
  let subject: String

  package init(reading path: String, subject: String) throws {
    self.subject = subject
    var opened: OpaquePointer?
    var why = [CChar](repeating: 0, count: 256)
    let status = cdicom_open(path, &opened, &why, why.count)
    guard status == CDICOM_OK, let opened else {
      throw DicomFile.failure(status, subject: subject, why: text(why))
    }
    handle = opened
  }

  /// An empty object to fill and save.
  init(newObjectCalled subject: String) throws {
    self.subject = subject
    var created: OpaquePointer?
    guard cdicom_create(&created) == CDICOM_OK, let created else {
      throw VolumeError(.unwritable, subject: subject, reason: "no memory for a new DICOM object")
    }
    handle = created
  }

  /// Takes over a handle made by the shim.
  init(adopting handle: OpaquePointer, subject: String) {
    self.handle = handle
    self.subject = subject
  }

  deinit { cdicom_close(handle) }

  var dataset: DicomItem { DicomItem(pointer: cdicom_dataset(handle), file: self) }
  package var transferSyntax: String { String(cString: cdicom_transfer_syntax(handle)) }
  var byteCount: UInt64 { cdicom_file_size(handle) }

  /// What is known about the pixels without decoding them; nil where there are none.
  package var pixels: cdicom_pixels? {
    var info = cdicom_pixels()
    return cdicom_pixel_info(handle, &info) == CDICOM_OK ? info : nil
  }

  /// How many bytes of pixels stand for one compressed byte, to two decimals; nil where nothing is compressed.
  var compressionRatio: Double? {
    guard let pixels, pixels.encapsulated != 0, pixels.compressed > 0 else { return nil }
    let plain = Double(pixels.rows) * Double(pixels.columns) * Double(pixels.frames) * Double(pixels.allocated) / 8
    return (plain / Double(pixels.compressed) * 100).rounded() / 100
  }

  /// The stored values (before any rescale) of one frame, row by row; `count` is rows × columns.
  package func storedValues(frame: Int, count: Int) throws -> [Double] {
    var why = [CChar](repeating: 0, count: 256)
    // Memory for what the file can back, not for what it claims.
    if let pixels, count > 1 << 24,
      UInt64(count) / 1000 > (pixels.encapsulated != 0 ? pixels.compressed : pixels.length)
    {
      throw VolumeError(
        .corrupt, subject: subject, reason: "the frame announced is larger than its compressed bytes can hold")
    }
    var values = [Double](repeating: 0, count: count)
    guard let number = UInt32(exactly: frame) else {
      throw VolumeError(.corrupt, subject: subject, reason: "no frame \(frame + 1)")
    }
    let status = cdicom_frame(handle, number, &values, count, &why, why.count)
    guard status == CDICOM_OK else { throw DicomFile.failure(status, subject: subject, why: text(why)) }
    return values
  }

  /// Writes the object as a part-10 file in explicit VR little endian.
  func save(to path: String) throws {
    var why = [CChar](repeating: 0, count: 256)
    errno = 0
    guard cdicom_save(handle, path, &why, why.count) == CDICOM_OK else {
      let full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG
      throw VolumeError(
        full ? .diskFull : .unwritable, subject: subject,
        reason: full
          ? "no space left while writing DICOM; free some and run again" : "writing DICOM failed: \(text(why))")
    }
  }

  private static func failure(_ status: cdicom_status, subject: String, why: String) -> VolumeError {
    switch status {
    case CDICOM_CANNOT_OPEN:
      VolumeError(.unreadable, subject: subject, reason: "cannot be opened: \(why)")
    case CDICOM_NOT_DICOM:
      VolumeError(
        .notAVolume, subject: subject, reason: "is no DICOM file: neither DICM after a preamble nor a bare data set")
    case CDICOM_DAMAGED:
      VolumeError(
        .corrupt, subject: subject, reason: "the DICOM file is damaged: \(why). Fetch it again from its source")
    case CDICOM_SHORT_PIXELS:
      VolumeError(.truncated, subject: subject, reason: "\(why). Fetch the file again from its source")
    case CDICOM_TOO_COMPLEX:
      VolumeError(.corrupt, subject: subject, reason: "the DICOM file is refused: \(why)")
    case CDICOM_UNSUPPORTED:
      VolumeError(.unsupported, subject: subject, reason: "cannot be decoded: \(why)")
    case CDICOM_OUT_OF_MEMORY:
      VolumeError(.unreadable, subject: subject, reason: "there is not enough memory to read it")
    default:
      VolumeError(.corrupt, subject: subject, reason: "cannot be read: \(why)")
    }
  }
}

/// What the shim wrote into a buffer for reasons.
func text(_ buffer: [CChar]) -> String {
  String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
