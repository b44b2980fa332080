#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Writes a file that appears under its name only when complete: a dot-file in the same folder, synced, then renamed.
enum AtomicFile {
  /// - Throws: `FigureError`; the temporary file is gone then.
  static func publish(_ bytes: [UInt8], to path: String, overwrite: Bool) throws {
    func failure(_ what: String) -> FigureError {
      FigureError(.cannotWrite, subject: path, reason: "\(what): \(String(cString: strerror(errno))).")
    }
    let exists = FigureError(
      .outputExists, subject: path, reason: "the file is there already. Choose another name or allow overwriting.")
    var status = stat()
    if lstat(path, &status) == 0 {
      if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
        throw FigureError(.cannotWrite, subject: path, reason: "this is a folder; give the name of a PNG file.")
      }
      if !overwrite { throw exists }
    }
    let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    guard cut < path.endIndex else {
      throw FigureError(.cannotWrite, subject: path, reason: "the name of a file is missing.")
    }
    var temporary = ""
    var descriptor: Int32 = -1
    // Another process may write beside us, a killed one may have left a file: try the next name.
    for attempt in 0..<1000 where descriptor < 0 {
      temporary = path[..<cut] + ".residua-figure-\(getpid())-\(attempt)"
      descriptor = open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o666)
      if descriptor < 0, errno != EEXIST { break }
    }
    guard descriptor >= 0 else { throw failure("a file cannot be made in this folder") }
    var isDone = false
    defer {
      close(descriptor)
      if !isDone { unlink(temporary) }
    }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { all -> Int in
        guard let base = all.baseAddress else { return 0 }
        return write(descriptor, base + written, all.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure("writing failed after \(written) of \(bytes.count) bytes") }
      written += count
    }
    guard fsync(descriptor) == 0 else { throw failure("writing failed") }
    if overwrite {
      guard rename(temporary, path) == 0 else { throw failure("renaming failed") }
    } else if link(temporary, path) == 0 {
      // A link never replaces, so a file that appeared meanwhile is safe.
      unlink(temporary)
    } else {
      if errno == EEXIST { throw exists }
      guard rename(temporary, path) == 0 else { throw failure("renaming failed") }
    }
    isDone = true
  }
}
