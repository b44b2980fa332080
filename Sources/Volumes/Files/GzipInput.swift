import CNifti
import Foundation

/// A gzip file read forward, with a cursor that can start again.
package final class GzipInput {
  package let path: String
  private let stream: OpaquePointer
  /// Offset in the unpacked bytes.
  package private(set) var position = 0

  package init(_ file: InputFile) throws {
    path = file.path
    guard let opened = cnifti_gz_open_read(file.descriptor) else {
      throw VolumeError(.unreadable, subject: file.path, reason: "cannot be unpacked: \(systemMessage(errno))")
    }
    stream = opened
  }

  deinit { _ = cnifti_gz_close(stream) }

  /// Up to `buffer.count` bytes from the cursor on; fewer only where the stream ends.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard buffer.count > 0 else { return 0 }
    let got = cnifti_gz_read(stream, buffer.baseAddress, Int64(buffer.count))
    switch got {
    case 0...:
      position += Int(got)
      return Int(got)
    case Int64(cnifti_gz_truncated):
      throw VolumeError(
        .truncated, subject: path,
        reason: "the gzip stream breaks off in the middle; copy or download the file again")
    case Int64(cnifti_gz_corrupt):
      throw VolumeError(
        .corrupt, subject: path,
        reason: "the gzip stream is damaged (its data or checksum is wrong); copy or download the file again")
    default:
      throw VolumeError(.unreadable, subject: path, reason: "reading failed: \(systemMessage(errno))")
    }
  }

  /// Up to `count` bytes from the cursor on, gathered in pieces so that memory follows what is there, not what is asked for.
  package func read(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let start = bytes.count
      let step = min(count - start, 1 << 20)
      bytes.append(contentsOf: repeatElement(0, count: step))
      let got = try bytes.withUnsafeMutableBytes {
        try read(into: UnsafeMutableRawBufferPointer(rebasing: $0[start...]))
      }
      if got < step {
        bytes.removeLast(step - got)
        break
      }
    }
    return bytes
  }

  /// Moves the cursor, unpacking what lies between; starts again where the target lies behind. False where the stream ends first.
  package func seek(to target: Int) throws -> Bool {
    if target < position {
      guard cnifti_gz_rewind(stream) == 0 else {
        throw VolumeError(
          .unreadable, subject: path, reason: "reading it a second time failed: \(systemMessage(errno))")
      }
      position = 0
    }
    guard target > position else { return true }
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: min(target - position, 1 << 17), alignment: 16)
    defer { chunk.deallocate() }
    while position < target {
      let part = UnsafeMutableRawBufferPointer(rebasing: chunk[..<min(chunk.count, target - position)])
      if try read(into: part) < part.count { return false }
    }
    return true
  }

  /// Reads on by one byte at the end of the data, so that a missing trailer or a wrong checksum comes to light.
  package func checkTrailer() throws {
    var byte: UInt8 = 0
    _ = try withUnsafeMutableBytes(of: &byte) { try read(into: $0) }
  }

  /// The most that gzip can unpack a file of this size to: deflate's limit is 1032 to 1.
  package static func largestContent(ofPackedBytes packed: Int) -> Int {
    let (bytes, overflow) = packed.multipliedReportingOverflow(by: 1032)
    return overflow ? .max : bytes
  }
}
