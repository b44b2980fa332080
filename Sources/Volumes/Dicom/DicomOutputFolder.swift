import Foundation

/// A folder of outputs on its way: hidden beside its final name, renamed when complete, removed when not.
final class DicomOutputFolder {
  let url: URL
  private let temporary: URL
  private let overwrite: Bool
  private var slot: Int32
  private var isLive = true
  private var isPublished = false
  private var aside: URL?

  /// - Throws: `exists` where the folder is there with something in it and `overwrite` is false.
  init(_ url: URL, overwrite: Bool) throws {
    self.url = url
    self.overwrite = overwrite
    try Self.check(url, overwrite: overwrite)
    let parent = url.deletingLastPathComponent()
    let name = ".\(url.lastPathComponent.prefix(60)).\(UInt32.random(in: .min ... .max)).part"
    temporary = parent.appendingPathComponent(name, isDirectory: true)
    guard mkdir(temporary.path, 0o777) == 0 else { throw VolumeError.writing(url.path, errno: errno) }
    slot = PendingOutputs.add(temporary.path)
  }

  deinit {
    discard()
    settle()
  }

  private static func check(_ url: URL, overwrite: Bool) throws {
    var status = stat()
    guard lstat(url.path, &status) == 0 else { return }
    guard stat(url.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw VolumeError(.unwritable, subject: url.path, reason: "is a file; name a folder for the DICOM output")
    }
    guard let content = try? FileManager.default.contentsOfDirectory(atPath: url.path) else {
      throw VolumeError(
        .unwritable, subject: url.path,
        reason: "may not be listed, so that what it holds is not known; name another folder")
    }
    guard content.isEmpty || overwrite else { throw VolumeError.exists(url.path) }
    // What is replaced has to be an output of this kind: a folder with anything else in it is never swept away, and scans are
    // often called 00001.dcm too.
    if !content.allSatisfy({ isOwnName($0) && isOwn(url.appendingPathComponent($0)) }) {
      throw VolumeError(
        .exists, subject: url.path,
        reason: "holds other files than an earlier output; name a new or empty folder")
    }
  }

  /// Whether a file says of itself that it was derived here.
  private static func isOwn(_ url: URL) -> Bool {
    guard let file = try? DicomFile(reading: url.path, subject: url.lastPathComponent) else { return false }
    return DicomDerivation.marks(file.dataset)
  }

  /// Names that outputs have: digits and .dcm.
  static func isOwnName(_ name: String) -> Bool {
    name.hasSuffix(".dcm") && name.dropLast(4).count >= 5 && name.dropLast(4).allSatisfy { $0.isASCII && $0.isNumber }
  }

  /// Own numbering from 1: 00001.dcm.
  static func name(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".dcm"
  }

  func path(_ number: Int) -> String { temporary.appendingPathComponent(Self.name(number)).path }

  /// Gives the folder its final name; `withdraw()` takes it back until `settle()`.
  func publish() throws {
    precondition(isLive, "an output folder is named once")
    try Self.check(url, overwrite: overwrite)
    if FileManager.default.fileExists(atPath: url.path) {
      // Rename needs an empty target; the old files go last, so that a failure before leaves them.
      let old = temporary.appendingPathExtension("old")
      guard rename(url.path, old.path) == 0 else { throw VolumeError.writing(url.path, errno: errno) }
      guard rename(temporary.path, url.path) == 0 else {
        let reason = errno
        _ = rename(old.path, url.path)
        throw VolumeError.writing(url.path, errno: reason)
      }
      aside = old
    } else {
      guard rename(temporary.path, url.path) == 0 else { throw VolumeError.writing(url.path, errno: errno) }
    }
    isLive = false
    isPublished = true
    PendingOutputs.remove(slot)
  }

  /// Undoes `publish()`; before it, discards.
  func withdraw() {
    guard isPublished else { return discard() }
    isPublished = false
    try? FileManager.default.removeItem(at: url)
    if let aside { _ = rename(aside.path, url.path) }
    aside = nil
  }

  /// What was replaced goes.
  func settle() {
    isPublished = false
    if let aside { try? FileManager.default.removeItem(at: aside) }
    aside = nil
  }

  func discard() {
    guard isLive else { return }
    isLive = false
    try? FileManager.default.removeItem(at: temporary)
    PendingOutputs.remove(slot)
  }
}
