import Foundation

/// A regular file opened for reading at any offset. Closed when the last reference goes.
package final class InputFile {
  package let path: String
  package let descriptor: Int32
  /// Bytes at the time of opening.
  package let size: Int

  package init(_ url: URL) throws {
    path = url.path
    let opened = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard opened >= 0 else { throw VolumeError.opening(url.path, errno: errno) }
    var status = stat()
    guard fstat(opened, &status) == 0 else {
      let reason = errno
      close(opened)
      throw VolumeError.opening(url.path, errno: reason)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(opened)
      if status.st_mode & S_IFMT == S_IFDIR { throw VolumeError.opening(url.path, errno: EISDIR) }
      throw VolumeError(
        .unreadable, subject: url.path,
        reason: "is a pipe or a device, and volumes are read more than once; copy it into a file first")
    }
    descriptor = opened
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Reads `buffer.count` bytes at `offset`; fewer only where the file ends.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
    try readFully(descriptor, into: buffer, at: offset, subject: path)
  }

  /// Up to `count` bytes at `offset`. The caller bounds `count`.
  package func read(_ count: Int, at offset: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = try bytes.withUnsafeMutableBytes { try read(into: $0, at: offset) }
    bytes.removeLast(count - got)
    return bytes
  }
}

/// `pread` until the buffer is full or the file ends; returns the bytes read.
func readFully(
  _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int, subject: String
) throws -> Int {
  var done = 0
  while done < buffer.count {
    let got = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
    if got > 0 {
      done += got
    } else if got == 0 {
      break
    } else if errno != EINTR {
      let message = systemMessage(errno)
      throw VolumeError(
        .unreadable, subject: subject, reason: "reading at byte \(offset + done) failed: \(message)")
    }
  }
  return done
}

/// `pwrite` of the whole buffer.
func writeFully(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer, at offset: Int, subject: String) throws {
  var done = 0
  while done < buffer.count {
    let put = pwrite(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
    if put > 0 {
      done += put
    } else if put < 0 && errno == EINTR {
      continue
    } else {
      throw VolumeError.writing(subject, errno: put == 0 ? ENOSPC : errno)
    }
  }
}

func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }

extension VolumeError {
  static func opening(_ path: String, errno code: Int32) -> VolumeError {
    switch code {
    case ENOENT, ENOTDIR:
      VolumeError(.notFound, subject: path, reason: "there is no such file; check the path")
    case EISDIR:
      VolumeError(.isDirectory, subject: path, reason: "is a folder where a file was expected; name a file in it")
    case EACCES, EPERM:
      VolumeError(
        .permissionDenied, subject: path, reason: "may not be read by this user; ask its owner for permission to read")
    default:
      VolumeError(.unreadable, subject: path, reason: "cannot be opened: \(systemMessage(code))")
    }
  }

  static func writing(_ path: String, errno code: Int32) -> VolumeError {
    switch code {
    case ENOSPC, EDQUOT:
      VolumeError(
        .diskFull, subject: path,
        reason: "the disk is full (\(systemMessage(code))); free some space or write elsewhere")
    case EFBIG:
      VolumeError(
        .diskFull, subject: path,
        reason: "the limit on the size of files was reached; raise it (ulimit -f) or write elsewhere")
    case EACCES, EPERM:
      VolumeError(.unwritable, subject: path, reason: "the folder may not be written by this user; choose another")
    case EROFS:
      VolumeError(.unwritable, subject: path, reason: "lies on a read-only file system; choose another folder")
    case ENOENT, ENOTDIR:
      VolumeError(.unwritable, subject: path, reason: "its folder does not exist; create it first")
    case ENAMETOOLONG:
      VolumeError(.unwritable, subject: path, reason: "the name is too long for this file system; choose a shorter one")
    default:
      VolumeError(.unwritable, subject: path, reason: "writing failed: \(systemMessage(code))")
    }
  }
}
