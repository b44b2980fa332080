import Foundation
import Testing

/// `Docs/Reference/Commands.md` says what the program says.
@Suite struct ReferenceTests {
  private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test func theCommandsPageIsCurrent() throws {
    let shell = "\"$1\" --experimental-dump-help | python3 \"$2\""
    let made = try Tool.run(
      ["-c", shell, "-", Tool.program.path, root.appendingPathComponent("Examples/make-commands-page.py").path],
      program: URL(fileURLWithPath: "/bin/bash"))
    try #require(made.status == 0, "\(made.errors)")
    let page = try String(contentsOf: root.appendingPathComponent("Docs/Reference/Commands.md"), encoding: .utf8)
    #expect(
      made.output == page,
      "residua --experimental-dump-help | python3 Examples/make-commands-page.py >Docs/Reference/Commands.md")
    #expect(page.contains("## residua upscale") && page.contains("`--uncertainty` `uncertainty`"))
  }

  /// Every exit code that the sources name has a line in the reference.
  @Test func exitCodesAreListed() throws {
    let page = try String(contentsOf: root.appendingPathComponent("Docs/Reference/ExitCodes.md"), encoding: .utf8)
    for code in [0, 1, 2, 3, 64, 129, 130, 143] { #expect(page.contains("| \(code) |")) }
  }
}
