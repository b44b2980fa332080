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
public final class ClaimTable {
  public struct Claim: Equatable, Sendable {
    public let key: String
    /// Whether it was taken over from a dead owner.
    public let isSuccession: Bool
  }

  /// What is known of who holds a job.
  public struct Holder: Sendable {
    /// `nil` where the file holds nothing readable (made by a process that died at once).
    public let identity: ProcessIdentity?
    public let isDead: Bool
    /// Whether it runs on this host, and was looked at there.
    public let isSeenAlive: Bool
    /// Seconds since the last heartbeat, by the server's clock.
    public let age: Double
  }

  public let identity: ProcessIdentity
  /// Seconds without a heartbeat after which an owner that cannot be looked at counts as dead.
  public let expiry: Double
  /// Seconds between heartbeats.
  public var beatInterval: Double { expiry / 8 }

  private let folder: LedgerFolder
  private var usesLinks: Bool
  private var held: [String: Claim] = [:]
  private var lastBeat = timespec()
  private var serverTime = 0.0
  private var isObserver = false
  private var ownerPath: String { folder.owners.appendingPathComponent(identity.id).path }

  /// - Parameters:
  ///   - expiry: more than the minute for which an NFS client may remember attributes.
  ///   - usesLinks: false for claims as files of their own, as on a file system without hard links.
  public init(
    _ folder: LedgerFolder, identity: ProcessIdentity = .ofThisProcess(), expiry: Double = 120, usesLinks: Bool = true
  ) throws {
    self.folder = folder
    self.identity = identity
    self.expiry = expiry
    self.usesLinks = usesLinks
    try create(ownerPath)
    try beat()
    removeDeadOwners()
  }

  deinit { if !isObserver { unlink(ownerPath) } }

  // MARK: Claiming

  /// - Returns: `nil` where a living owner holds the job.
  public func claim(_ key: String) throws -> Claim? {
    for _ in 0..<Self.mostRaces {
      if try make(path(key, 1)) { return hold(Claim(key: key, isSuccession: false)) }
      var dead: [String] = []
      while let holder = holder(at: path(key, dead.count + 1)) {
        guard holder.isDead else { return nil }
        dead.append(holder.identity?.id ?? "")
      }
      let successor = path(key, dead.count + 1)
      // Released between the two looks, or another was faster: look again.
      guard !dead.isEmpty, try make(successor) else { continue }
      let isUnchanged = dead.enumerated().allSatisfy { number, id in
        holder(at: path(key, number + 1)).map { ($0.identity?.id ?? "") == id } ?? false
      }
      if isUnchanged, rename(successor, path(key, 1)) == 0 {
        for number in dead.indices.dropFirst() { unlink(path(key, number + 1)) }
        return hold(Claim(key: key, isSuccession: true))
      }
      unlink(successor)
    }
    return nil
  }

  private static let mostRaces = 8

  private func hold(_ claim: Claim) -> Claim {
    held[claim.key] = claim
    return claim
  }

  /// Whether the claim still is ours: after a long sleep another may have taken it over.
  public func isHeld(_ claim: Claim) -> Bool {
    held[claim.key] == claim && holder(at: path(claim.key, 1))?.identity?.id == identity.id
  }

  public func release(_ claim: Claim) {
    if isHeld(claim) { unlink(path(claim.key, 1)) }
    held[claim.key] = nil
  }

  /// Who holds which jobs, ours included.
  public func holders() -> [String: Holder] {
    var found: [String: Holder] = [:]
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.claims.path)) ?? []
    where name.hasSuffix(".1") {
      let key = String(name.dropLast(2))
      found[key] = holder(at: path(key, 1))
    }
    return found
  }

  /// For one who only looks: without an owner's file of its own, ages are by this host's clock.
  static func holders(in folder: LedgerFolder) throws -> [String: Holder] {
    try ClaimTable(observing: folder).holders()
  }

  private init(observing folder: LedgerFolder) throws {
    self.folder = folder
    identity = .ofThisProcess()
    expiry = 120
    usesLinks = true
    isObserver = true
    serverTime = Date().timeIntervalSince1970
    clock_gettime(CLOCK_MONOTONIC, &lastBeat)
  }

  // MARK: The heartbeat

  /// Says that this process lives. To be called every `beatInterval` seconds at the latest.
  public func beat() throws {
    var paths = [ownerPath]
    if !usesLinks { paths += held.keys.map { path($0, 1) } }
    for path in paths where utimensat(AT_FDCWD, path, nil, 0) != 0 && path == ownerPath {
      throw BatchError.system(.unwritable, path, "the heartbeat cannot be written", errno: errno)
    }
    clock_gettime(CLOCK_MONOTONIC, &lastBeat)
    serverTime = modificationTime(ownerPath) ?? serverTime
  }

  public var secondsSinceBeat: Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec - lastBeat.tv_sec) + Double(now.tv_nsec - lastBeat.tv_nsec) * 1e-9
  }

  // MARK: Files

  private func path(_ key: String, _ number: Int) -> String { "\(folder.claims.path)/\(key).\(number)" }

  /// - Returns: false where the name is taken.
  private func make(_ path: String) throws -> Bool {
    guard usesLinks else { return try create(path) }
    if link(ownerPath, path) == 0 { return true }
    // A server's answer may get lost and the call be repeated: the name may be taken by ourselves.
    if errno == EEXIST { return isNew(path) }
    guard [EPERM, EOPNOTSUPP, ENOSYS, EMLINK, EXDEV].contains(errno) else {
      throw BatchError.system(.unwritable, path, "a claim cannot be made", errno: errno)
    }
    usesLinks = false
    return try create(path)
  }

  /// Whether the file is ours, of a claim that we do not know of yet.
  private func isNew(_ path: String) -> Bool {
    let key = (path as NSString).lastPathComponent.split(separator: ".")[0]
    return held[String(key)] == nil && holder(at: path)?.identity?.id == identity.id
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
    let age = serverTime + secondsSinceBeat - seconds(status)
    let vitality = identity?.vitality(seenBy: self.identity) ?? .unknown
    return Holder(
      identity: identity, isDead: vitality == .dead || (vitality == .unknown && age > expiry),
      isSeenAlive: vitality == .alive, age: age)
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
      if holder(at: path)?.isDead == true { unlink(path) }
    }
  }
}
