import BulkProcessing
import Foundation
import Synchronization
import Testing

@Suite struct ClaimTableTests {
  let ledger: TemporaryLedger

  init() throws { ledger = try TemporaryLedger() }

  @Test(arguments: [true, false])
  func oneOfTwoGetsIt(usesLinks: Bool) throws {
    let first = try ClaimTable(ledger.folder, usesLinks: usesLinks)
    let second = try ClaimTable(ledger.folder, usesLinks: usesLinks)
    let claim = try #require(try first.claim("a"))
    #expect(try second.claim("a") == nil)
    #expect(first.isHeld(claim) && !second.isHeld(claim))
    first.release(claim)
    #expect(ledger.claims.isEmpty)
    #expect(try second.claim("a") != nil)
  }

  @Test(arguments: [true, false])
  func aDeadOwnerIsSucceededAtOnce(usesLinks: Bool) throws {
    let dead = try ClaimTable(ledger.folder, identity: .dead(), usesLinks: usesLinks)
    let lost = try #require(try dead.claim("a"))
    let living = try ClaimTable(ledger.folder, usesLinks: usesLinks)
    let claim = try #require(try living.claim("a"))
    #expect(claim.isSuccession && living.isHeld(claim) && !dead.isHeld(lost))
    #expect(ledger.claims == ["a.1"])
    living.release(claim)
    #expect(ledger.claims.isEmpty)
  }

  /// Another host, another boot (machines share names), another container are judged by their heartbeat alone.
  @Test(arguments: [
    ProcessIdentity.like(host: "elsewhere"), .like(space: "pid:[1]", start: 1), .like(boot: "another", start: 1),
  ])
  func whatCannotBeSeenExpires(stranger: ProcessIdentity) throws {
    let other = try ClaimTable(ledger.folder, identity: stranger)
    defer { withExtendedLifetime(other) {} }
    _ = try other.claim("a")
    let ours = try ClaimTable(ledger.folder)
    #expect(try ours.claim("a") == nil)
    let path = ledger.folder.root.appendingPathComponent("owners/\(stranger.id)").path
    var longAgo = [timespec(tv_sec: time(nil) - 119, tv_nsec: 0), timespec(tv_sec: time(nil) - 119, tv_nsec: 0)]
    #expect(utimensat(AT_FDCWD, path, &longAgo, 0) == 0)
    #expect(try ours.claim("a") == nil)
    longAgo[1].tv_sec -= 3
    #expect(utimensat(AT_FDCWD, path, &longAgo, 0) == 0)
    #expect(try ours.claim("a")?.isSuccession == true)
  }

  @Test func whatMayNotBeSeenIsUnknown() {
    let own = ProcessIdentity.ofThisProcess()
    #expect(own.vitality(seenBy: own) == .alive)
    #expect(own.vitality(seenBy: own, look: { _ in .hidden }) == .unknown)
    #expect(own.vitality(seenBy: own, look: { _ in .gone }) == .dead)
    #expect(own.vitality(seenBy: own, look: { _ in .running(start: own.start + 1) }) == .dead)
    #expect(ProcessIdentity.look(at: own.process) == .running(start: own.start))
    // Beyond the largest number that Linux gives.
    #expect(ProcessIdentity.look(at: 1 << 23) == .gone)
  }

  @Test func theHeartGoesOnBeatingWhileTheOwnerIsBusy() throws {
    let table = try ClaimTable(ledger.folder, expiry: 0.8)
    let path = ledger.folder.root.appendingPathComponent("owners/\(table.identity.id)").path
    func changed() throws -> Date? {
      try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
    }
    let before = try #require(try changed())
    usleep(500_000)
    #expect(try #require(try changed()) > before)
    withExtendedLifetime(table) {}
  }

  /// A laptop that is opened again finds its file.
  @Test func theFilesOfOwnersThatMayOnlySleepStayForAWeek() throws {
    for (days, isThere) in [(6.0, true), (8, false)] {
      let stranger = ProcessIdentity.like(host: "elsewhere")
      let path = ledger.folder.root.appendingPathComponent("owners/\(stranger.id)")
      try JSONEncoder().encode(stranger).write(to: path)
      try FileManager.default.setAttributes(
        [.modificationDate: Date() - days * 86400], ofItemAtPath: path.path)
      _ = try ClaimTable(ledger.folder)
      #expect(FileManager.default.fileExists(atPath: path.path) == isThere, "\(days) days")
    }
  }

  /// The answer to a call got lost, or another renamed our file: what happened before is not known, as after a succession.
  @Test func aClaimOfOursThatWeDoNotKnowOfIsASuccession() throws {
    let table = try ClaimTable(ledger.folder)
    let root = ledger.folder.root.path
    #expect(link("\(root)/owners/\(table.identity.id)", "\(root)/claims/a.1") == 0)
    let claim = try #require(try table.claim("a"))
    #expect(claim.isSuccession && table.isHeld(claim))
  }

  @Test func aSuccessorThatDiedIsSucceeded() throws {
    let dead = try ClaimTable(ledger.folder, identity: .dead())
    _ = try dead.claim("a")
    let claims = ledger.folder.root.appendingPathComponent("claims").path
    // It had made its file and not renamed it yet.
    let between = try ClaimTable(ledger.folder, identity: .dead())
    defer { withExtendedLifetime((dead, between)) {} }
    #expect(link(ledger.folder.root.appendingPathComponent("owners/\(between.identity.id)").path, claims + "/a.2") == 0)
    let ours = try ClaimTable(ledger.folder)
    let claim = try #require(try ours.claim("a"))
    #expect(claim.isSuccession && ours.isHeld(claim))
    #expect(ledger.claims == ["a.1"])
  }

  @Test(arguments: [true, false])
  func ofManySuccessorsOneGetsEachJob(usesLinks: Bool) throws {
    let keys = (0..<40).map { "k\($0)" }
    let dead = try ClaimTable(ledger.folder, identity: .dead(), usesLinks: usesLinks)
    for key in keys { _ = try dead.claim(key) }
    let folder = ledger.folder
    let won = Mutex<[String: Int]>([:])
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      guard let table = try? ClaimTable(folder, usesLinks: usesLinks) else { return }
      for key in keys.shuffled() where (try? table.claim(key)) ?? nil != nil {
        won.withLock { $0[key, default: 0] += 1 }
      }
      // Claims stay: nobody may get them after us.
      _ = withExtendedLifetime(table) { usleep(200_000) }
    }
    let counts = won.withLock { $0 }
    #expect(counts.count == keys.count && counts.values.allSatisfy { $0 == 1 }, "\(counts)")
    #expect(ledger.claims == keys.map { "\($0).1" }.sorted())
  }
}
