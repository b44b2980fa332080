import Foundation

/// A stretch of a file, read front to back through a small buffer; nothing is allocated for a claimed length before the file is known to hold it.
final class ByteSource {
  let path: String
  /// Where the next byte lies, counted from the start of the file.
  private(set) var position: Int
  let end: Int
  private let file: OpenedFile
  private var window: [UInt8] = []
  private var windowStart = 0

  private static let windowBytes = 1 << 16

  init(_ file: OpenedFile, _ range: Range<Int>) {
    self.file = file
    path = file.path
    position = range.lowerBound
    end = range.upperBound
  }

  var remaining: Int { end - position }

  func byte() throws(TorchError) -> UInt8 {
    guard position < end else { throw TorchError(.malformed, subject: path, reason: "ends inside of a pickle") }
    if position < windowStart || position >= windowStart + window.count {
      windowStart = position
      window = try file.bytes(position..<min(end, position + Self.windowBytes))
    }
    position += 1
    return window[position - 1 - windowStart]
  }

  func bytes(_ count: Int) throws(TorchError) -> [UInt8] {
    guard count >= 0, count <= remaining else {
      throw TorchError(
        .malformed, subject: path, reason: "announces \(count) bytes at byte \(position), where \(remaining) are left")
    }
    if count <= 64 {
      var result: [UInt8] = []
      for _ in 0..<count { result.append(try byte()) }
      return result
    }
    position += count
    return try file.bytes(position - count..<position)
  }

  /// - Precondition: so many are left.
  func skip(_ count: Int) { position += count }

  /// A little-endian number of up to eight bytes.
  func number(_ count: Int) throws(TorchError) -> UInt64 {
    var result: UInt64 = 0
    for shift in 0..<count { result |= UInt64(try byte()) << UInt64(8 * shift) }
    return result
  }

  /// A length of 4 or 8 bytes; nil where it is more than the file can hold.
  func length(_ count: Int) throws(TorchError) -> Int {
    let value = try number(count)
    guard value <= UInt64(remaining) else {
      throw TorchError(
        .malformed, subject: path, reason: "announces \(value) bytes at byte \(position), where \(remaining) are left")
    }
    return Int(value)
  }
}

/// A regular file opened for reading at any offset.
final class OpenedFile: Sendable {
  let path: String
  let size: Int
  private let descriptor: Int32

  init(_ url: URL) throws(TorchError) {
    path = url.path
    // Non-blocking, so that a named pipe is refused below instead of waited for.
    let opened = open(url.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard opened >= 0 else {
      throw TorchError(
        .unreadable, subject: url.path,
        reason: errno == ENOENT ? "there is no such file" : "cannot be opened: \(String(cString: strerror(errno)))")
    }
    var status = stat()
    guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(opened)
      throw TorchError(.unreadable, subject: url.path, reason: "is not a regular file")
    }
    descriptor = opened
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  func bytes(_ range: Range<Int>) throws(TorchError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: range.count)
    var done = 0
    while done < range.count {
      let got = result.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + done, range.count - done, off_t(range.lowerBound + done))
      }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else {
        throw TorchError(
          .unreadable, subject: path,
          reason: got < 0
            ? "cannot be read: \(String(cString: strerror(errno)))" : "ended early; it changed while it was read")
      }
      done += got
    }
    return result
  }
}
