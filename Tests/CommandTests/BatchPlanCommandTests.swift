import Foundation
import Testing
import Volumes

/// What `batch` finds, and what it says it will do, through the built tool.
@Suite struct BatchPlanCommandTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["in/b", "in/a/x"] {
      try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
    }
    try write(phantom((9, 7, 4)), to: folder.path("in/a/x/one.nii.gz"))
    try write(phantom((8, 10, 3)), to: folder.path("in/b/two.nii"))
    try write(phantom((8, 10, 3)), to: folder.path("in/b/two_mask.nii"))
    try Data("a letter".utf8).write(to: URL(fileURLWithPath: folder.path("in/b/letter.nii")))
  }

  private func run(_ arguments: [String]) throws -> Tool.Outcome {
    try Tool.run(["batch"] + arguments + ["--steps", "2", "--samples", "2"])
  }

  @Test func aDryRunSaysWhatWouldBeDoneAndDoesNothing() throws {
    let outcome = try run([folder.path("in"), folder.path("out"), "--dry-run", "--uncertainty"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    for line in [
      "a/x/one  9×7×4", "  → a/x/one_srx2.nii.gz", "  → a/x/one_srx2_sigma.nii.gz", "b/two  8×10×3",
      "  → b/two_srx2.nii",
      "2 scans, 2 not upscaled",
    ] { #expect(outcome.output.split(separator: "\n").contains(Substring(line)), "\(line)\n\(outcome.output)") }
    #expect(outcome.output.contains("b/letter.nii: is not a volume"))
    #expect(outcome.output.contains("b/two_mask.nii: holds labels"))
    #expect(outcome.output.contains("on this machine") && outcome.output.contains("on disk"))
    #expect(folder.contents == ["in"])
  }

  @Test func theSameAsJSON() throws {
    let outcome = try run([folder.path("in"), folder.path("out"), "--dry-run", "--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let json = try #require(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let jobs = try #require(json["jobs"] as? [[String: Any]])
    #expect(jobs.compactMap { $0["name"] as? String } == ["a/x/one", "b/two"])
    #expect(jobs.allSatisfy { ($0["seconds"] as? Double ?? 0) > 0 && ($0["bytes"] as? Int ?? 0) > 1000 })
    #expect((json["refused"] as? [[String: Any]])?.count == 2)
    let estimate = try #require(json["estimate"] as? [String: Any])
    #expect(estimate["samples"] as? Int == 2 && estimate["steps"] as? Int == 2)
    // A plain file's size is known to the byte, but for its sidecar.
    let plain = 352 + 16 * 20 * 3 * 4
    #expect(abs((jobs[1]["bytes"] as? Int ?? 0) - plain) < 8192)
  }

  @Test func nothingFound() throws {
    try FileManager.default.createDirectory(atPath: folder.path("empty"), withIntermediateDirectories: true)
    let outcome = try run([folder.path("empty"), folder.path("out")])
    #expect(outcome.status == 2 && outcome.errors.contains("empty"))
    #expect(!folder.contents.contains("out"))
  }

  @Test func usage() throws {
    for arguments in [
      [], ["a"], ["a", "b", "group"], ["a", "b", "c", "d"], ["--list", "x.csv", "a", "b"],
      ["a", "b", "participant", "--layout", "tree"],
      ["a", "b", "--layout", "cube"], ["a", "b", "--json"],
    ] {
      let outcome = try run(arguments)
      #expect(outcome.status == 64, "\(arguments): \(outcome.errors)")
    }
    let outcome = try run([folder.path("none"), folder.path("out")])
    #expect(outcome.status == 1 && outcome.errors.contains("no such folder"), "\(outcome.errors)")
  }
}
