import Foundation

/// Which file or folder a path leads to, links followed: two paths with equal identities are one.
package struct FileIdentity: Hashable {
  private let device: UInt64
  private let number: UInt64
  private let mode: UInt32

  /// `nil` where the path leads nowhere; `errno` then says why.
  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    number = UInt64(status.st_ino)
    mode = UInt32(status.st_mode)
  }

  package var isFolder: Bool { mode & UInt32(S_IFMT) == UInt32(S_IFDIR) }
  package var isFile: Bool { mode & UInt32(S_IFMT) == UInt32(S_IFREG) }

  package static func == (a: Self, b: Self) -> Bool { a.device == b.device && a.number == b.number }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(device)
    hasher.combine(number)
  }
}

extension FolderWalk {
  enum Kind { case file, folder, link, other }

  /// By the listing where it says so; some file systems leave it open.
  static func kind(of entry: UnsafeMutablePointer<dirent>, at path: String) -> Kind {
    switch Int(entry.pointee.d_type) {
    case Int(DT_REG): return .file
    case Int(DT_DIR): return .folder
    case Int(DT_LNK): return .link
    case Int(DT_UNKNOWN): break
    default: return .other
    }
    var status = stat()
    guard lstat(path, &status) == 0 else { return .other }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    case S_IFLNK: return .link
    default: return .other
    }
  }

  static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
    // Through the address: an entry is only as long as its name, and a copy of the field would read beyond it.
    let start = UnsafeRawPointer(entry) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 0)
    let text = start.assumingMemoryBound(to: UInt8.self)
    return Array(UnsafeBufferPointer(start: text, count: strlen(start.assumingMemoryBound(to: CChar.self))))
  }

  static func failure(_ path: String, _ code: Int32) -> VolumeError {
    let kind: VolumeError.Code =
      switch code {
      case ENOENT: .notFound
      case EACCES, EPERM: .permissionDenied
      default: .unreadable
      }
    return VolumeError(kind, subject: path, reason: sentence(code, folder: true))
  }

  static func sentence(_ code: Int32, folder: Bool) -> String {
    switch code {
    case ENOENT: "there is no such folder; check the path"
    case ENOTDIR: "is a file where a folder was expected"
    case EACCES, EPERM: "the folder may not be read by this user; ask its owner for permission to read"
    default: "cannot be listed: \(String(cString: strerror(code)))"
    }
  }

  /// git-annex leaves a link to nowhere for a file whose content has not been fetched.
  static func brokenLink(_ path: String, code: Int32) -> String {
    let target = (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) ?? ""
    if target.contains(".git/annex/objects/") {
      return "its content has not been fetched (git-annex); get it first: datalad get, or git annex get"
    }
    switch code {
    case ELOOP: return "is a link that leads back to itself"
    case EACCES, EPERM: return "is a link to what may not be read by this user"
    default: return "is a link to a file that is not there"
    }
  }
}
