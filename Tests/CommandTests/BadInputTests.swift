import Foundation
import Testing
import Volumes

/// What goes wrong ends with a sentence, the documented exit code, and nothing left behind.
@Suite struct BadInputTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func expect(
    _ arguments: [String], status: Int32 = 1, says words: [String], fileSizeLimit: Int? = nil, leaves: [String] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = folder.contents
    let outcome = try Tool.run(
      ["upscale"] + arguments + ["--steps", "1", "--samples", "2", "--quiet"], fileSizeLimit: fileSizeLimit)
    #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
    for word in words {
      #expect(outcome.errors.contains(word), "\(outcome.errors)", sourceLocation: sourceLocation)
    }
    #expect(
      !outcome.errors.contains("Fatal error") && !outcome.errors.contains("Swift/"), sourceLocation: sourceLocation)
    #expect(folder.contents == (before + leaves).sorted(), sourceLocation: sourceLocation)
  }

  @Test func noSuchFile() throws {
    try expect([folder.path("none.nii"), folder.path("o.nii")], says: ["none.nii", "no such file"])
  }

  @Test func aFolder() throws {
    try expect([folder.url.path, folder.path("o.nii")], says: [folder.url.lastPathComponent])
  }

  @Test func notAVolume() throws {
    try Data("a letter to the editor".utf8).write(to: URL(fileURLWithPath: folder.path("in.nii")))
    try expect([folder.path("in.nii"), folder.path("o.nii")], says: ["in.nii", "not a volume"])
  }

  @Test func truncated() throws {
    try write(phantom((20, 20, 4)), to: folder.path("whole.nii.gz"))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path("whole.nii.gz")))
    try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: folder.path("in.nii.gz")))
    try expect([folder.path("in.nii.gz"), folder.path("o.nii")], says: ["in.nii.gz"])
    try write(phantom((20, 20, 4)), to: folder.path("whole.nii"))
    let plain = try Data(contentsOf: URL(fileURLWithPath: folder.path("whole.nii")))
    try plain.prefix(plain.count - 100).write(to: URL(fileURLWithPath: folder.path("in.nii")))
    try expect([folder.path("in.nii"), folder.path("o.nii")], says: ["in.nii"])
  }

  @Test func claimsMoreThanItHolds() throws {
    try write(phantom((20, 20, 4)), to: folder.path("in.nii"))
    var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path("in.nii")))
    // dim[1…3] of 32767 each: 70 terabytes.
    for offset in [42, 44, 46] {
      bytes[offset] = 0xff
      bytes[offset + 1] = 0x7f
    }
    try bytes.write(to: URL(fileURLWithPath: folder.path("in.nii")))
    try expect([folder.path("in.nii"), folder.path("o.nii")], says: ["in.nii"])
  }

  @Test func outputThatExistsOrCannotBe() throws {
    try write(phantom((16, 16, 1)), to: folder.path("in.nii"))
    try write(phantom((16, 16, 1)), to: folder.path("o.nii"))
    try expect([folder.path("in.nii"), folder.path("o.nii")], says: ["o.nii", "--overwrite"])
    try expect([folder.path("in.nii"), folder.path("nowhere/o.nii")], says: ["nowhere", "does not exist"])
    try expect([folder.path("in.nii"), folder.path("o.png")], says: ["o.png", ".nii"])
    try expect([folder.path("in.nii"), folder.path("in.nii"), "--overwrite"], says: ["same file"])
    try expect(
      [folder.path("in.nii"), folder.path("o.nii"), "--uncertainty", folder.path("o.nii"), "--overwrite"],
      says: ["same file"])
  }

  @Test func nothingOfTheInputIsOverwritten() throws {
    try write(phantom((16, 16, 1)), to: folder.path("pair.hdr"))
    try expect([folder.path("pair.hdr"), folder.path("pair.img"), "--overwrite"], says: ["same file"])
    try expect([folder.path("pair.img"), folder.path("pair.hdr"), "--overwrite"], says: ["same file"])
    try write(phantom((16, 16, 1)), to: folder.path("scan.nii.gz"))
    try Data("{}".utf8).write(to: URL(fileURLWithPath: folder.path("scan.json")))
    // Its sidecar would be the input's own.
    try expect([folder.path("scan.nii.gz"), folder.path("scan.nii"), "--overwrite"], says: ["scan.json", "same file"])
  }

  @Test func absurdNumbers() throws {
    try write(phantom((16, 16, 1)), to: folder.path("in.nii"))
    for samples in ["0", "65537", "9223372036854775807"] {
      let outcome = try Tool.run(["upscale", folder.path("in.nii"), folder.path("o.nii"), "--samples", samples])
      #expect(outcome.status == 64 && outcome.errors.contains("--samples"), "\(outcome.errors)")
    }
    let outcome = try Tool.run(["upscale", folder.path("in.nii"), folder.path("o.nii"), "--steps", "101"])
    #expect(outcome.status == 1 && outcome.errors.contains("101"), "\(outcome.errors)")
  }

  @Test func wrongScaleForTheModel() throws {
    try write(phantom((16, 16, 1)), to: folder.path("in.nii"))
    try expect(
      [folder.path("in.nii"), folder.path("o.nii"), "--scale", "3", "--model", "default-x2"], says: ["scale", "3", "2"])
    try expect([folder.path("in.nii"), folder.path("o.nii"), "--model", "no-such-model"], says: ["no-such-model"])
  }

  @Test func usage() throws {
    try expect([folder.path("in.nii"), folder.path("o.nii"), "--scale", "5"], status: 64, says: ["--scale"])
    try expect([folder.path("in.nii")], status: 64, says: ["output"])
    let outcome = try Tool.run(["upscale", "a", "b", "--uncertainty", "c", "--samples", "1"])
    #expect(outcome.status == 64 && outcome.errors.contains("--samples 2"))
  }

  @Test func diskFull() throws {
    try write(phantom((40, 40, 8)), to: folder.path("in.nii"))
    // 80·80·8 voxels of four bytes do not fit into 100 KiB.
    try expect([folder.path("in.nii"), folder.path("o.nii")], says: ["o.nii"], fileSizeLimit: 100)
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func interrupted(signal: Int32) throws {
    try write(phantom((100, 100, 50)), to: folder.path("in.nii"))
    let before = folder.contents
    let process = Tool.startAsFromAShell([
      "upscale", folder.path("in.nii"), folder.path("o.nii"), "--uncertainty", folder.path("s.nii.gz"),
    ])
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    // Until the work has begun: the temporary files are there.
    for _ in 0..<600 where folder.contents.count == before.count { usleep(50_000) }
    #expect(folder.contents.count > before.count)
    kill(process.processIdentifier, signal)
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 128 + signal)
    #expect(said.contains("no output was written"))
    #expect(folder.contents == before)
  }
}
