import Foundation

/// A temporary file without a name: it goes when the process does, however that ends.
package final class ScratchFile {
  package let descriptor: Int32
  /// The folder, for messages.
  package let folder: String

  /// - Parameter directory: where it lies; by default `$TMPDIR`, else `/tmp`.
  package init(in directory: URL? = nil) throws {
    folder =
      directory?.path ?? ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    FileSizeLimit.becomesAnError()
    var template = Array("\(folder)/.residua-scratch-XXXXXX".utf8CString)
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else {
      throw VolumeError(
        .unwritable, subject: folder,
        reason: "no scratch file can be created there (\(systemMessage(errno))); point TMPDIR to a folder with space")
    }
    unlink(template)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  deinit { close(descriptor) }

  /// Bytes it occupies on the disk.
  package var bytes: Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return 0 }
    return Int(status.st_blocks) * 512
  }

  var subject: String { "scratch file in \(folder)" }
}
