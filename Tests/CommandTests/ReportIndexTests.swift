import DicomSamples
import Foundation
import Testing
import Volumes

/// `report` on what `batch` left behind.
@Suite struct ReportIndexTests {
  let folder: TemporaryFolder
  private let quick = ["--samples", "2", "--steps", "2", "--quiet", "--jobs", "1"]

  init() throws { folder = try TemporaryFolder() }

  private func put(_ volume: Volume, _ name: String) throws {
    let url = URL(fileURLWithPath: folder.path(name))
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try write(volume, to: url.path)
  }

  private func batch(_ input: String, _ output: String, _ arguments: [String] = [], status: Int32 = 0) throws {
    let outcome = try Tool.run(["batch", folder.path(input), folder.path(output)] + quick + arguments)
    try #require(outcome.status == status, "\(outcome.errors)")
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: folder.path(name), encoding: .utf8)
  }

  private func date(_ name: String) throws -> Date? {
    try FileManager.default.attributesOfItem(atPath: folder.path(name))[.modificationDate] as? Date
  }

  /// Addresses of the rows' links, as a browser resolves them against the index.
  private func links(_ html: String, from index: String) -> [String] {
    html.components(separatedBy: "<th scope=\"row\" data-value=").dropFirst().compactMap { rest in
      // A row without a link must not borrow that of the next.
      let row = rest[..<(rest.firstRange(of: "</tr>")?.lowerBound ?? rest.endIndex)]
      guard let start = row.firstRange(of: "<a href=\""), let end = row[start.upperBound...].firstIndex(of: "\"") else {
        return nil
      }
      let address = String(row[start.upperBound..<end])
      return URL(string: address, relativeTo: URL(fileURLWithPath: folder.path(index)))?.standardizedFileURL.path
    }
  }

  /// U+0600 and U+0301 join with their neighbour to one character in Swift; a browser still sees `<` and `"`.
  @Test func namesCannotBecomeMarkup() throws {
    try put(phantom((16, 18, 2)), "study/\u{0600}<img src=x onerror=alert(1) q=_T1w.nii.gz")
    try put(phantom((16, 18, 2)), "study/b\"\u{0301} onmouseover=alert(1) q.nii.gz")
    try batch("study", "out")
    let outcome = try Tool.run(["report", folder.path("out")])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let volumes = try FileManager.default.contentsOfDirectory(atPath: folder.path("out/report/volumes"))
    #expect(volumes.count == 2)
    for page in ["out/report/index.html"] + volumes.map({ "out/report/volumes/" + $0 }) {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path(page)))
      #expect(bytes.firstRange(of: Data("<img src=x".utf8)) == nil)
      #expect(bytes.firstRange(of: Data("b\"\u{0301} on".utf8)) == nil)
    }
  }

  @Test func aSidecarOfAnotherScaleIsRefused() throws {
    try put(phantom((16, 18, 2)), "in.nii.gz")
    let made = try Tool.run(
      ["upscale", folder.path("in.nii.gz"), folder.path("o.nii.gz"), "--samples", "2", "--steps", "2", "--quiet"])
    try #require(made.status == 0)
    for scale in ["0", "-3", "4611686018427387904"] {
      let sidecar = try text("o.json").replacing(/"scale" ?: ?[-0-9]+/, with: "\"scale\" : \(scale)")
      try sidecar.write(toFile: folder.path("o.json"), atomically: true, encoding: .utf8)
      let outcome = try Tool.run(["report", folder.path("o.nii.gz")])
      #expect(outcome.status == 1 && outcome.errors.contains("scale"), "\(outcome.errors)")
    }
  }

  @Test func aFileOfSomebodyElseIsNotReplaced() throws {
    try put(phantom((16, 18, 2)), "study/a.nii.gz")
    try batch("study", "out")
    let pages = folder.path("out/report/volumes")
    try FileManager.default.createDirectory(atPath: pages, withIntermediateDirectories: true)
    try "mine".write(toFile: pages + "/a.html", atomically: true, encoding: .utf8)
    #expect(try Tool.run(["report", folder.path("out")]).status == 3)
    #expect(try text("out/report/volumes/a.html") == "mine")
    // Nor does an index take the place of a volume's page.
    #expect(try Tool.run(["report", folder.path("out"), "--overwrite"]).status == 0)
    let outcome = try Tool.run(["report", folder.path("out"), "--index", pages + "/a.html"])
    #expect(outcome.status == 1 && outcome.errors.contains("no index"), "\(outcome.errors)")
  }

  @Test func aTreeWithAFailure() throws {
    try put(phantom((16, 18, 2)), "study/sub-01/t1.nii.gz")
    try put(phantom((16, 18, 2)), "study/sub-02/50% #1 <b>.nii.gz")
    // One that breaks off in its voxels fails when its turn comes, one that breaks off in its header has failed before; a 4-D scan is refused.
    let noisy = phantom((40, 40, 4)) { volume in
      for p in 0..<6400 { volume[p % 40, p / 40 % 40, p / 1600] += Double((p &* 7919) % 997) }
    }
    try put(noisy, "broken.nii.gz")
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.path("broken.nii.gz")))
    try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: folder.path("study/broken.nii.gz")))
    try whole.prefix(40).write(to: URL(fileURLWithPath: folder.path("study/junk.nii.gz")))
    try put(phantom((8, 8, 2), frames: 3), "study/bold.nii.gz")
    try batch("study", "out", ["--uncertainty"], status: 3)
    let index = "out/report/index.html"
    let outcome = try Tool.run(["report", folder.path("out")])
    let pages = ["out/report/volumes/sub-01/t1.html", "out/report/volumes/sub-02/50% #1 <b>.html"].map(folder.path)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    #expect(outcome.output == (pages + [folder.path(index)]).map { $0 + "\n" }.joined())

    let html = try text(index)
    #expect(html.contains("4 volumes: 2 done, 2 failed") && html.contains("Not for diagnosis"))
    #expect(html.contains("<p class=\"reason\">the gzip stream breaks off"), "the failed job's sentence")
    #expect(html.contains("Found, but not processed: 1") && html.contains("<b>bold.nii.gz</b>"))
    #expect(html.components(separatedBy: "data:image/png;base64,").count - 1 == 4)
    #expect(!html.contains("<b>.nii") && html.contains("50% #1 &lt;b&gt;"))
    #expect(!html.contains("http://") && !html.contains("https://") && !html.contains(" src=\"/"))
    #expect(links(html, from: index) == pages)
    #expect(html.contains("default-x2.safetensors") && html.contains("<th scope=\"row\">sampler</th>"))

    // What is up to date stays, until there is more to show.
    let page = "out/report/volumes/sub-01/t1.html"
    let before = try date(page)
    #expect(try Tool.run(["report", folder.path("out")]).output == folder.path(index) + "\n")
    #expect(try date(page) == before && !text(page).contains("id=\"blob-input\">"))
    let more = try Tool.run(["report", folder.path("out"), "--input", folder.path("study")])
    #expect(more.status == 0 && more.output.contains("t1.html"), "\(more.errors)")
    #expect(try text(page).contains("id=\"blob-input\">"))
    #expect(try Tool.run(["report", folder.path("out")]).output == folder.path(index) + "\n")

    // Another input, and a sidecar that was touched, make a page anew; nothing else does.
    let other = folder.url.appendingPathComponent("other/sub-01/t1.nii.gz")
    try put(phantom((16, 18, 2)) { $0[3, 3, 1] += 500 }, "other/sub-01/t1.nii.gz")
    #expect(
      try Data(contentsOf: other) != Data(contentsOf: folder.url.appendingPathComponent("study/sub-01/t1.nii.gz")))
    let changed = try Tool.run(["report", folder.path("out"), "--input", folder.path("other")])
    #expect(changed.output == folder.path(page) + "\n" + folder.path(index) + "\n", "\(changed.errors)")
    #expect(changed.errors.contains("not the very file"))
    #expect(try Tool.run(["report", folder.path("out")]).output == folder.path(index) + "\n")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: folder.path("out/sub-01/t1_srx2.json"))
    #expect(
      try Tool.run(["report", folder.path("out")]).output == folder.path(page) + "\n" + folder.path(index) + "\n")

    // A result that is gone is a row that says so.
    try FileManager.default.removeItem(atPath: folder.path("out/sub-01/t1_srx2.nii.gz"))
    #expect(try Tool.run(["report", folder.path("out"), "--no-pages"]).status == 0)
    #expect(try text(index).contains("no longer there"))
  }

  @Test func severalOutputsInOneIndex() throws {
    try put(phantom((16, 18, 2)), "a/x.nii")
    try put(phantom((18, 16, 2)), "b/x.nii")
    try batch("a", "a2")
    try batch("b", "b2", ["--seed", "1"])
    try FileManager.default.copyItem(atPath: folder.path("a2/x_srx2.nii"), toPath: folder.path("alone.nii"))
    try FileManager.default.copyItem(atPath: folder.path("a2/x_srx2.json"), toPath: folder.path("alone.json"))
    let outcome = try Tool.run([
      "report", folder.path("a2"), folder.path("b2"), folder.path("alone.nii"), "--index",
      folder.path("all/index.html"),
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let html = try text("all/index.html")
    #expect(html.contains("3 volumes: 3 done") && html.contains(">a2/x<") && html.contains(">b2/x<"))
    #expect(
      links(html, from: "all/index.html")
        == ["a2/report/volumes/x.html", "b2/report/volumes/x.html", "alone.html"].map(folder.path))
    // Two seeds are two ways.
    #expect(html.contains("<h3>Way 1</h3>") && html.contains("<h3>Way 2</h3>"))

    // One volume, with names of its own.
    let sigma = folder.path("spread.nii")
    try FileManager.default.copyItem(atPath: folder.path("alone.nii"), toPath: sigma)
    let one = try Tool.run([
      "report", folder.path("alone.nii"), "--uncertainty", sigma, "--page", folder.path("page.html"), "--index",
      folder.path("one.html"),
    ])
    #expect(one.status == 0, "\(one.errors)")
    #expect(
      try text("page.html").contains("id=\"blob-sigma\">")
        && links(text("one.html"), from: "one.html") == [folder.path("page.html")])

    // Through a link, addresses are those of the name that was given.
    try FileManager.default.createDirectory(atPath: folder.path("deep/er"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: folder.path("deep/er"))
    #expect(try Tool.run(["report", folder.path("alone.nii"), "--index", folder.path("link/index.html")]).status == 0)
    #expect(try links(text("link/index.html"), from: "link/index.html") == [folder.path("alone.html")])

    // Each has an index of its own without --index.
    #expect(try Tool.run(["report", folder.path("a2"), folder.path("b2")]).status == 0)
    #expect(try text("b2/report/index.html").contains("1 volume: 1 done"))
  }

  @Test func aBidsDerivativeStaysOne() throws {
    try put(phantom((16, 18, 2)), "raw/sub-01/anat/sub-01_T1w.nii.gz")
    try Data(#"{"Name": "One", "BIDSVersion": "1.8.0"}"#.utf8)
      .write(to: URL(fileURLWithPath: folder.path("raw/dataset_description.json")))
    try batch("raw", "out", ["--uncertainty"])
    let outcome = try Tool.run(["report", folder.path("out"), "--input", folder.path("raw")])
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    #expect(try text("out/.bidsignore").split(separator: "\n").contains("report"))
    let pages = try links(text("out/report/index.html"), from: "out/report/index.html")
    try #require(pages.count == 1)
    let page = try String(contentsOfFile: pages[0], encoding: .utf8)
    for name in ["estimate", "sigma", "input"] { #expect(page.contains("id=\"blob-\(name)\">")) }
  }

  @Test func dicomSeries() throws {
    let series = folder.url.appendingPathComponent("archive/patient", isDirectory: true)
    try FileManager.default.createDirectory(at: series, withIntermediateDirectories: true)
    try DicomSample.series(3, in: series) { _, _ in }
    try batch("archive", "out", ["--uncertainty", "--uncertainty-format", "series"])
    let outcome = try Tool.run(["report", folder.path("out"), "--input", folder.path("archive")])
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    let html = try text("out/report/index.html")
    #expect(html.contains("1 volume: 1 done") && html.components(separatedBy: "data:image/png").count - 1 == 2)
    let pages = links(html, from: "out/report/index.html")
    try #require(pages.count == 1)
    let page = try String(contentsOfFile: pages[0], encoding: .utf8)
    for name in ["estimate", "sigma", "input"] { #expect(page.contains("id=\"blob-\(name)\">"), "\(name)") }
  }

  @Test func mistakesAreSentences() throws {
    try put(phantom((16, 18, 2)), "a/x.nii")
    try batch("a", "a2")
    try FileManager.default.createDirectory(atPath: folder.path("a2/report"), withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: URL(fileURLWithPath: folder.path("a2/report/index.html")))
    let foreign = try Tool.run(["report", folder.path("a2")])
    #expect(foreign.status == 1 && foreign.errors.contains("--overwrite"), "\(foreign.errors)")
    #expect(try text("a2/report/index.html") == "mine")
    #expect(try Tool.run(["report", folder.path("a2"), "--overwrite"]).status == 0)
    let cases: [([String], Int32, String)] = [
      (["a2", "--page", "x.html"], 64, "--page"), (["a2", "--uncertainty", "x.nii"], 64, "--uncertainty"),
      (["a2", "--input", folder.path("none")], 1, "none"), (["a"], 1, "a.json"),
      (["a2/x_srx2.nii", "--no-pages"], 64, "--no-pages"),
    ]
    for (arguments, status, words) in cases {
      let outcome = try Tool.run(["report", folder.path(arguments[0])] + arguments.dropFirst())
      #expect(outcome.status == status && outcome.errors.contains(words), "\(arguments): \(outcome.errors)")
    }
  }
}
