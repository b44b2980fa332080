import CNifti
import Foundation

/// Packs bytes into a pending file. No name and no time are stored: equal data give equal files.
final class GzipOutput {
  private let path: String
  private var stream: OpaquePointer?

  init(_ file: PendingFile, level: Int) throws {
    path = file.path
    guard let opened = cnifti_gz_open_write(file.descriptor, Int32(level)) else {
      throw VolumeError.writing(path, errno: errno)
    }
    stream = opened
  }

  deinit { abandon() }

  func write(_ bytes: [UInt8]) throws {
    guard let stream, !bytes.isEmpty else { return }
    let reason = bytes.withUnsafeBytes { cnifti_gz_write(stream, $0.baseAddress, Int64($0.count)) }
    if reason != 0 { throw VolumeError.writing(path, errno: reason) }
  }

  /// Writes the trailer.
  func close() throws {
    guard let stream else { return }
    self.stream = nil
    let reason = cnifti_gz_close(stream)
    if reason != 0 { throw VolumeError.writing(path, errno: reason) }
  }

  /// Lets go of the stream; what came of it does not matter.
  func abandon() {
    guard let stream else { return }
    self.stream = nil
    _ = cnifti_gz_close(stream)
  }
}

enum FreeSpace {
  /// Better now than after an hour of work.
  static func require(_ bytes: Int, for file: PendingFile) throws {
    var status = statvfs()
    guard fstatvfs(file.descriptor, &status) == 0, status.f_blocks > 0 else { return }
    let free = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    guard !free.overflow, UInt64(bytes) > free.partialValue else { return }
    throw VolumeError(
      .diskFull, subject: file.path,
      reason: "takes \(bytes) bytes and the disk has \(free.partialValue) left; free some space or write elsewhere")
  }
}
