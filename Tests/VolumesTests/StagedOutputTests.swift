import Foundation
import Testing
import Volumes

/// Outputs that belong together appear together or not at all.
@Suite struct StagedOutputTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("residua-staged-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func file(_ name: String, _ text: String, overwrite: Bool = false) throws -> StagedFile {
    let file = try StagedFile(Array(text.utf8), folder.appendingPathComponent(name), overwrite: overwrite)
    try file.complete()
    return file
  }

  private func text(_ name: String) -> String? {
    try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
  }

  private var contents: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
  }

  @Test func nothingAppearsWhereTheLastNameIsRefused() throws {
    try Data("old".utf8).write(to: folder.appendingPathComponent("b"))
    let files = [try file("a", "new"), try file("b", "new", overwrite: true), try file("c", "new")]
    // Somebody else takes the last name meanwhile.
    try Data("theirs".utf8).write(to: folder.appendingPathComponent("c"))
    #expect(throws: VolumeError.self) { try (files as [any StagedOutput]).publishTogether() }
    files.forEach { $0.withdraw() }
    #expect(contents == ["b", "c"])
    #expect(text("b") == "old" && text("c") == "theirs")
  }

  @Test func allAppearAndNothingStaysBeside() throws {
    try Data("old".utf8).write(to: folder.appendingPathComponent("b"))
    let files: [any StagedOutput] = [try file("a", "1"), try file("b", "2", overwrite: true)]
    try files.publishTogether()
    #expect(contents == ["a", "b"] && text("a") == "1" && text("b") == "2")
  }

  @Test func aLinkThatIsReplacedComesBackAsALink() throws {
    try Data("far".utf8).write(to: folder.appendingPathComponent("target"))
    try FileManager.default.createSymbolicLink(
      at: folder.appendingPathComponent("a"), withDestinationURL: folder.appendingPathComponent("target"))
    let one = try file("a", "new", overwrite: true)
    try one.publish()
    #expect(text("a") == "new" && text("target") == "far")
    one.withdraw()
    #expect(text("a") == "far")
    #expect(contents == ["a", "target"])
  }

  @Test func aPairOfHeaderAndImageIsWithdrawnAsAPair() throws {
    let header = VolumeHeader(
      size: (2, 2, 1), frames: 1, geometry: VolumeGeometry(affine: AffineTransform(spacing: [1, 1, 1])),
      acquiredAxis: .k)
    let writer = try NiftiWriter(
      NiftiOutput(header: header, type: .float32), to: folder.appendingPathComponent("v.hdr"))
    try writer.writeSlice(VolumeSlice(width: 2, height: 2, values: [1, 2, 3, 4]), at: 0, across: .k, frame: 0)
    try writer.complete()
    try Data("theirs".utf8).write(to: folder.appendingPathComponent("v.hdr"))
    #expect(throws: VolumeError.self) { try writer.publish() }
    #expect(contents == ["v.hdr"] && text("v.hdr") == "theirs")
  }
}
