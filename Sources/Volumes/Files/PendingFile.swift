import Foundation

/// An output on its way: a dot-file in the folder of its final name, renamed when complete, removed when not.
package final class PendingFile {
  /// The final name.
  package let path: String
  package let descriptor: Int32
  private let temporary: String
  private let overwrite: Bool
  private var slot: Int32
  private var isLive = true
  private var isPublished = false
  /// What had the final name before `publish()`.
  private enum Before {
    case nothing
    case aside(String)
    case lost
  }
  private var before = Before.nothing

  /// - Throws: `exists` where the name is taken and `overwrite` is false, `unwritable` where the folder refuses.
  package init(_ url: URL, overwrite: Bool) throws {
    path = url.path
    self.overwrite = overwrite
    FileSizeLimit.becomesAnError()
    try PendingFile.check(path, overwrite: overwrite)
    let folder = url.deletingLastPathComponent().path
    // Short, so that a name of the greatest length leaves room.
    let stem = url.lastPathComponent.prefix(utf8Bytes: 60)
    temporary = "\(folder)/.\(stem).\(UInt32.random(in: .min ... .max)).part"
    descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw VolumeError.writing(path, errno: errno) }
    slot = PendingOutputs.add(temporary)
  }

  deinit {
    discard()
    settle()
    close(descriptor)
  }

  private static func check(_ path: String, overwrite: Bool) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw VolumeError(.unwritable, subject: path, reason: "is a folder; name a file for the output")
    }
    if !overwrite { throw VolumeError.exists(path) }
  }

  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    try writeFully(descriptor, bytes, at: offset, subject: path)
  }

  /// Flushes to the disk; call before `rename()`.
  package func synchronise() throws {
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
      throw VolumeError.writing(path, errno: errno)
    }
  }

  /// Gives the file its final name, for good.
  package func rename() throws {
    try publish()
    settle()
  }

  /// Gives the file its final name; `withdraw()` takes it back until `settle()`.
  package func publish() throws {
    precondition(isLive, "a pending file is named once")
    if overwrite {
      setAside()
      guard Foundation.rename(temporary, path) == 0 else {
        let reason = errno
        forgetAside()
        throw VolumeError.writing(path, errno: reason)
      }
    } else if link(temporary, path) == 0 {
      // A link never replaces what another process has put there meanwhile; a rename would.
      unlink(temporary)
    } else if errno == EEXIST {
      throw VolumeError.exists(path)
    } else {
      // A file system without hard links.
      try PendingFile.check(path, overwrite: false)
      guard Foundation.rename(temporary, path) == 0 else { throw VolumeError.writing(path, errno: errno) }
    }
    isLive = false
    isPublished = true
    PendingOutputs.remove(slot)
    synchroniseFolder()
  }

  /// Undoes `publish()`: what had the name before has it again. Before `publish()` it is `discard()`.
  package func withdraw() {
    guard isPublished else { return discard() }
    isPublished = false
    switch before {
    case .nothing: unlink(path)
    case .aside(let old): _ = Foundation.rename(old, path)
    // Rather a new file than none.
    case .lost: break
    }
    synchroniseFolder()
  }

  /// What was replaced goes.
  package func settle() {
    guard isPublished else { return }
    isPublished = false
    forgetAside()
  }

  /// A second name for what is about to be replaced.
  private func setAside() {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    let old = temporary + ".old"
    before = link(path, old) == 0 ? .aside(old) : .lost
  }

  private func forgetAside() {
    if case .aside(let old) = before { unlink(old) }
    before = .nothing
  }

  package func discard() {
    guard isLive else { return }
    isLive = false
    unlink(temporary)
    PendingOutputs.remove(slot)
  }

  /// Best effort: the new name should survive a loss of power too.
  private func synchroniseFolder() {
    let folder = open((path as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
  }
}

extension VolumeError {
  static func exists(_ path: String) -> VolumeError {
    VolumeError(
      .exists, subject: path, reason: "is there already; pass --overwrite to replace it, or choose another name")
  }
}

/// Writes a small file in one go, with the same promise: under its name only when complete.
package func writeAtomically(_ bytes: [UInt8], to url: URL, overwrite: Bool) throws {
  try StagedFile(bytes, url, overwrite: overwrite).finish()
}
