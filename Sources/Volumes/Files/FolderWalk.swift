import Foundation

/// All regular files below a folder, each once, with what could not be looked into.
///
/// Hidden files and folders (`.git`, `._scan.nii`) are left alone. Links are followed, since DataLad and many archives keep their files
/// behind links; a folder that is reached twice, through a link or a loop of them, is walked once, under its real name where that lies
/// inside. Names that are not UTF-8 cannot be written to a plan and are refused. Folders below the root that hold a `.residua` are results of a
/// batch: whoever searches their parent means the scans.
package struct FolderWalk: Sendable {
  /// What could not be looked into.
  package struct Refusal: Hashable, Sendable {
    /// A path relative to the root.
    package let what: String
    package let reason: String
    /// Whether something may be missing that was meant; not so where it is found by another way.
    package let isLoss: Bool
    package let isFolder: Bool
  }

  /// What a batch calls its ledger in the folder of its results.
  package static let ledgerName = ".residua"

  /// Paths relative to the root, sorted by their bytes.
  package private(set) var files: [String] = []
  package private(set) var refused: [Refusal] = []
  /// Folders of results that were passed over.
  package private(set) var results: [String] = []
  package let root: URL

  private var visited: Set<FileIdentity> = []
  private let excluded: Set<FileIdentity>
  /// Links to folders, for when all real folders are known.
  private var links: [String] = []
  private let checkpoint: @Sendable () throws -> Void

  /// - Parameters:
  ///   - excluded: folders that are not entered, whatever they are called (the output).
  ///   - enters: whether a folder, by its relative path, is of interest.
  /// - Throws: `VolumeError` where the root is no folder or may not be read; what `checkpoint` throws.
  package init(
    _ root: URL, excluding excluded: [URL] = [], checkpoint: @escaping @Sendable () throws -> Void = {},
    enters: (String) -> Bool = { _ in true }
  ) throws {
    self.root = root
    self.excluded = Set(excluded.compactMap { FileIdentity($0.path) })
    self.checkpoint = checkpoint
    guard let own = FileIdentity(root.path), own.isFolder else {
      throw FolderWalk.failure(root.path, FileIdentity(root.path) == nil ? errno : ENOTDIR)
    }
    visited.insert(own)
    if let code = try list("", enters: enters) { throw FolderWalk.failure(root.path, code) }
    var done = 0
    while done < links.count {
      let link = links[done]
      done += 1
      try follow(link, enters: enters)
    }
    files.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    refused.sort { $0.what.utf8.lexicographicallyPrecedes($1.what.utf8) }
    results.sort()
  }

  package func url(_ relative: String) -> URL { URL(fileURLWithPath: root.path + "/" + relative, isDirectory: false) }

  // MARK: Walking

  /// Lists a folder and all real folders below it.
  /// - Returns: the system's reason where the folder itself cannot be listed.
  private mutating func list(_ start: String, enters: (String) -> Bool) throws -> Int32? {
    var pending = [start]
    while let folder = pending.popLast() {
      try checkpoint()
      let full = folder.isEmpty ? root.path : root.path + "/" + folder
      guard let entries = opendir(full) else {
        let code = errno
        if folder == start { return code }
        refuse(folder, FolderWalk.sentence(code, folder: true), isFolder: true)
        continue
      }
      defer { closedir(entries) }
      guard folder.isEmpty || access(full + "/" + FolderWalk.ledgerName, F_OK) != 0 else {
        results.append(folder)
        continue
      }
      while let entry = readdir(entries) { try take(entry, in: folder, &pending, enters: enters) }
    }
    return nil
  }

  private mutating func take(
    _ entry: UnsafeMutablePointer<dirent>, in folder: String, _ pending: inout [String], enters: (String) -> Bool
  ) throws {
    guard entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) else { return }
    let bytes = FolderWalk.name(of: entry)
    guard let name = String(validating: bytes, as: UTF8.self) else {
      let shown = String(decoding: bytes, as: UTF8.self)
      refuse(
        folder.isEmpty ? shown : folder + "/" + shown,
        "its name is not valid UTF-8, and an output could not be named after it; rename it")
      return
    }
    let relative = folder.isEmpty ? name : folder + "/" + name
    switch FolderWalk.kind(of: entry, at: root.path + "/" + relative) {
    case .file: files.append(relative)
    case .folder:
      if enters(relative), try isNew(relative) { pending.append(relative) }
    case .link: try resolve(relative, enters: enters)
    case .other: break
    }
  }

  private mutating func isNew(_ relative: String) throws -> Bool {
    guard let identity = FileIdentity(root.path + "/" + relative) else { return true }
    return !excluded.contains(identity) && visited.insert(identity).inserted
  }

  private mutating func resolve(_ relative: String, enters: (String) -> Bool) throws {
    let full = root.path + "/" + relative
    guard let target = FileIdentity(full) else {
      refuse(relative, FolderWalk.brokenLink(full, code: errno))
      return
    }
    if target.isFolder {
      if enters(relative) { links.append(relative) }
    } else if target.isFile {
      files.append(relative)
    }
  }

  private mutating func follow(_ link: String, enters: (String) -> Bool) throws {
    guard let target = FileIdentity(root.path + "/" + link), !excluded.contains(target) else { return }
    guard visited.insert(target).inserted else {
      refuse(link, "is a link to a folder that is part of the input already", isLoss: false, isFolder: true)
      return
    }
    if let code = try list(link, enters: enters) {
      refuse(link, FolderWalk.sentence(code, folder: true), isFolder: true)
    }
  }

  private mutating func refuse(_ what: String, _ reason: String, isLoss: Bool = true, isFolder: Bool = false) {
    refused.append(Refusal(what: what, reason: reason, isLoss: isLoss, isFolder: isFolder))
  }
}
