import Foundation

/// Who works on what: one file per job in work, made by an operation that only one of all that try can succeed in.
///
/// A claim is a hard link `claims/KEY.1` to its owner's identity file. `link` is atomic on local file systems and on NFS (v2 to v4), carries
/// the owner's name from the first moment on, and makes the heartbeat of all claims of an owner one: the identity file's modification time.
/// Where a file system has no hard links, a claim is a file of its own, made with `O_EXCL`.
///
/// The owner of a job is the owner of `KEY.1`. The claim of a dead owner is not removed, which could not be told from removing its
/// successor's: whoever makes `KEY.2` may succeed, looks once more whether `KEY.1` still is the dead owner's, and renames `KEY.2` over it. One
/// that dies between the two is succeeded by `KEY.3` in the same way.
///
/// Clocks: ages are differences of two times that the *file server* gave (`utimensat` with `UTIME_NOW`), never of two hosts' clocks.
package final class ClaimTable {
  package struct Claim: Equatable, Sendable {
    package let key: String
    /// Whether it was taken over from a dead owner.
    package let isSuccession: Bool
  }

  /// What is known of who holds a job.
  package struct Holder: Sendable {
    /// `nil` where the file holds nothing readable (made by a process that died at once).
    package let identity: ProcessIdentity?
    /// By a look at the process, or by its heartbeat where that is impossible.
    package let isDead: Bool
    /// Whether it runs on this host, and was looked at there.
    package let isSeenAlive: Bool
    /// Whether it ran on this host, and was looked for there in vain.
    package let isSeenDead: Bool
    /// Seconds since the last heartbeat, by the server's clock.
    package let age: Double
    /// The moment of the last heartbeat, by the server's clock: compares with `ClaimTable.now`.
    package let beat: Double
  }

  package let identity: ProcessIdentity
  /// Seconds without a heartbeat after which an owner that cannot be looked at counts as dead.
  package let expiry: Double
  /// Seconds between heartbeats.
  package var beatInterval: Double { expiry / 8 }

  private let folder: LedgerFolder
  private var usesLinks: Bool
  private var held: [String: Claim] = [:]
  private var lastBeat = 0.0
  private var serverTime = 0.0
  private var isObserver = false
  private var heartbeat: Heartbeat?
  /// Seconds after which the files of an owner that cannot be looked at are removed: it may be a run that sleeps and wakes.
  private static let longestSleep = 7.0 * 86400
  private var ownerPath: String { folder.owners.appendingPathComponent(identity.id).path }

  /// - Parameters:
  ///   - expiry: more than the minute for which an NFS client may remember attributes.
  ///   - usesLinks: false for claims as files of their own, as on a file system without hard links.
  package init(
    _ folder: LedgerFolder, identity: ProcessIdentity = .ofThisProcess(), expiry: Double = ClaimTable.usualExpiry,
    usesLinks: Bool = true
  ) throws {
    self.folder = folder
    self.identity = identity
    self.expiry = expiry
    self.usesLinks = usesLinks
    try create(ownerPath)
    try beat()
    heartbeat = Heartbeat(of: ownerPath, every: beatInterval)
    removeDeadOwners()
  }

  deinit {
    heartbeat = nil
    if !isObserver { unlink(ownerPath) }
  }

  // MARK: Claiming

  /// - Returns: `nil` where a living owner holds the job.
  package func claim(_ key: String) throws -> Claim? {
    for _ in 0..<Self.mostRaces {
      switch try make(path(key, 1)) {
      case .made: return hold(Claim(key: key, isSuccession: false))
      // A claim of ours that we do not know of: what happened before it is not known either.
      case .ours: return hold(Claim(key: key, isSuccession: true))
      case .taken: break
      }
      var dead: [String] = []
      while let holder = holder(at: path(key, dead.count + 1)) {
        guard holder.isDead else { return nil }
        dead.append(holder.identity?.id ?? "")
      }
      let successor = path(key, dead.count + 1)
      let began = Self.monotonic()
      // Released between the two looks, or another was faster: look again.
      guard !dead.isEmpty, try make(successor) != .taken else { continue }
      let isUnchanged = dead.enumerated().allSatisfy { number, id in
        holder(at: path(key, number + 1)).map { ($0.identity?.id ?? "") == id && $0.isDead } ?? false
      }
      // One that sleeps between look and rename may be succeeded itself, and its file's name be another's by then.
      if isUnchanged, isOurs(successor), Self.monotonic() - began < expiry / 2,
        rename(successor, path(key, 1)) == 0
      {
        guard isOurs(path(key, 1)) else { continue }
        for number in dead.indices.dropFirst() { unlink(path(key, number + 1)) }
        return hold(Claim(key: key, isSuccession: true))
      }
      if isOurs(successor) { unlink(successor) }
    }
    return nil
  }

  private static let mostRaces = 8

  private func hold(_ claim: Claim) -> Claim {
    held[claim.key] = claim
    if !usesLinks { heartbeat?.add(path(claim.key, 1)) }
    return claim
  }

  /// Whether the claim still is ours: after a long sleep another may have taken it over.
  package func isHeld(_ claim: Claim) -> Bool {
    held[claim.key] == claim && isOurs(path(claim.key, 1))
  }

  private func isOurs(_ path: String) -> Bool { holder(at: path)?.identity?.id == identity.id }

  package func release(_ claim: Claim) {
    heartbeat?.remove(path(claim.key, 1))
    if isHeld(claim) { unlink(path(claim.key, 1)) }
    held[claim.key] = nil
  }

  /// Who holds which jobs, ours included.
  package func holders() -> [String: Holder] {
    var found: [String: Holder] = [:]
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.claims.path)) ?? []
    where name.hasSuffix(".1") {
      let key = String(name.dropLast(2))
      found[key] = holder(at: path(key, 1))
    }
    return found
  }

  /// The other runs that are at work here, or may be.
  func livingOwners() -> [(identity: ProcessIdentity, isSeenAlive: Bool)] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.owners.path)) ?? []).sorted().compactMap { name in
      guard name != identity.id, let holder = holder(at: folder.owners.appendingPathComponent(name).path),
        !holder.isDead
      else { return nil }
      return holder.identity.map { ($0, holder.isSeenAlive) }
    }
  }

  static func livingOwners(in folder: LedgerFolder) throws -> [(identity: ProcessIdentity, isSeenAlive: Bool)] {
    try ClaimTable(observing: folder).livingOwners()
  }

  package static let usualExpiry = 120.0

  /// For one who only looks: without an owner's file of its own, ages are by this host's clock.
  static func holders(in folder: LedgerFolder) throws -> [String: Holder] {
    try ClaimTable(observing: folder).holders()
  }

  private init(observing folder: LedgerFolder) throws {
    self.folder = folder
    identity = .ofThisProcess()
    expiry = Self.usualExpiry
    usesLinks = true
    isObserver = true
    serverTime = Date().timeIntervalSince1970
    lastBeat = Self.monotonic()
  }

  // MARK: The heartbeat

  /// Says that this process lives, and learns the server's time. Another thread says so too every `beatInterval` seconds, and learns nothing.
  /// - Throws: `BatchError` where the owner's file is gone or cannot be written: then others take this process for dead.
  package func beat() throws {
    var paths = [ownerPath]
    if !usesLinks { paths += held.keys.map { path($0, 1) } }
    for path in paths where utimensat(AT_FDCWD, path, nil, 0) != 0 && path == ownerPath {
      throw BatchError.system(.unwritable, path, "the heartbeat cannot be written", errno: errno)
    }
    lastBeat = Self.monotonic()
    serverTime = modificationTime(ownerPath) ?? serverTime
  }

  package var secondsSinceBeat: Double { Self.monotonic() - lastBeat }

  /// The server's time.
  package var now: Double { serverTime + secondsSinceBeat }

  private static func monotonic() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
  }

  // MARK: Files

  private func path(_ key: String, _ number: Int) -> String { "\(folder.claims.path)/\(key).\(number)" }

  private enum Making {
    case made, taken
    /// The name is taken, by ourselves: a server's answer got lost and the call was repeated, or another's rename gave it to us.
    case ours
  }

  private func make(_ path: String) throws -> Making {
    if usesLinks {
      if link(ownerPath, path) == 0 { return .made }
      switch errno {
      case EEXIST: return isUnknown(path) ? .ours : .taken
      case EPERM, EOPNOTSUPP, ENOSYS, EMLINK, EXDEV: usesLinks = false
      default: throw BatchError.system(.unwritable, path, "a claim cannot be made", errno: errno)
      }
    }
    return try create(path) ? .made : isUnknown(path) ? .ours : .taken
  }

  /// Whether the file is ours, of a claim that we do not know of yet.
  private func isUnknown(_ path: String) -> Bool {
    let key = (path as NSString).lastPathComponent.split(separator: ".")[0]
    return held[String(key)] == nil && isOurs(path)
  }

  /// A file with this process's identity.
  /// - Returns: false where the name is taken.
  @discardableResult
  private func create(_ path: String) throws -> Bool {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      if errno == EEXIST { return false }
      throw BatchError.system(.unwritable, path, "cannot be made", errno: errno)
    }
    defer { close(descriptor) }
    let text = try JSONEncoder().encode(identity)
    let count = text.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    guard count == text.count else {
      let reason = errno
      unlink(path)
      throw BatchError.system(.unwritable, path, "cannot be written", errno: reason)
    }
    return true
  }

  private func holder(at path: String) -> Holder? {
    // Opening makes an NFS client ask the server; looking alone would not.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = max(0, read(descriptor, &bytes, bytes.count))
    let identity = try? JSONDecoder().decode(ProcessIdentity.self, from: Data(bytes.prefix(count)))
    let age = now - seconds(status)
    let vitality = identity?.vitality(seenBy: self.identity) ?? .unknown
    return Holder(
      identity: identity, isDead: vitality == .dead || (vitality == .unknown && age > expiry),
      isSeenAlive: vitality == .alive, isSeenDead: vitality == .dead, age: age, beat: seconds(status))
  }

  private func modificationTime(_ path: String) -> Double? {
    var status = stat()
    return stat(path, &status) == 0 ? seconds(status) : nil
  }

  private func seconds(_ status: stat) -> Double {
    Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) * 1e-9
  }

  private func removeDeadOwners() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.owners.path)) ?? []
    where name != identity.id {
      let path = folder.owners.appendingPathComponent(name).path
      if let holder = holder(at: path), holder.isSeenDead || holder.age > Self.longestSleep { unlink(path) }
    }
  }
}
