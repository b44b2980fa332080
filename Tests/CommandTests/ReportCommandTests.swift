import Foundation
import Testing
import Volumes

@Suite struct ReportCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func upscale(_ name: String = "out") throws {
    try write(phantom((22, 26, 3)), to: folder.path("in.nii.gz"))
    let outcome = try Tool.run([
      "upscale", folder.path("in.nii.gz"), folder.path("\(name).nii.gz"), "--uncertainty",
      folder.path("\(name)-sigma.nii.gz"), "--samples", "2", "--steps", "2", "--quiet",
    ])
    try #require(outcome.status == 0, "\(outcome.errors)")
  }

  private func page(_ name: String = "out") throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: folder.path("\(name).html"))), as: UTF8.self)
  }

  /// What the page knows, as JSON.
  private func report(_ html: String) throws -> [String: Any] {
    let start = try #require(html.firstRange(of: "id=\"report\">"))
    let end = try #require(html[start.upperBound...].firstRange(of: "</script>"))
    let json = try JSONSerialization.jsonObject(with: Data(html[start.upperBound..<end.lowerBound].utf8))
    return try #require(json as? [String: Any])
  }

  @Test func aPageHoldsAllThatItShows() throws {
    try upscale()
    let outcome = try Tool.run(["report", folder.path("out.nii.gz")])
    #expect(outcome.status == 0 && outcome.output == folder.path("out.html") + "\n", "\(outcome.errors)")
    let html = try page()
    #expect(html.contains("Research use only. Not for diagnosis."))
    // One file: nothing is loaded from anywhere.
    #expect(!html.contains("http://") && !html.contains("https://") && !html.contains(" src="))
    for name in ["estimate", "sigma", "input"] { #expect(html.contains("id=\"blob-\(name)\">")) }
    let report = try report(html)
    let volumes = try #require(report["volumes"] as? [String: [String: Any]])
    #expect(volumes["estimate"]?["size"] as? [Int] == [44, 52, 3])
    #expect(volumes["input"]?["size"] as? [Int] == [22, 26, 3])
    #expect((report["consistency"] as? [Any])?.count == 3)
    #expect(((report["record"] as? [String: Any])?["settings"] as? [String: Any])?["samples"] as? Int == 2)
    #expect((report["card"] as? [String: String])?.isEmpty == false)
    #expect((report["warnings"] as? [String])?.contains { $0.contains("2 steps") } == true)

    let again = try Tool.run(["report", folder.path("out.nii.gz")])
    #expect(again.status == 1 && again.errors.contains("--overwrite"))
    #expect(try Tool.run(["report", folder.path("out.nii.gz"), "--overwrite"]).status == 0)
    #expect(try page() == html, "the same output gives the same page")
  }

  @Test func whatIsMissingIsSaidAndWhatDoesNotFitIsRefused() throws {
    try upscale()
    let files = FileManager.default
    try files.removeItem(atPath: folder.path("out-sigma.nii.gz"))
    try files.moveItem(atPath: folder.path("in.nii.gz"), toPath: folder.path("elsewhere.nii.gz"))
    #expect(try Tool.run(["report", folder.path("out.nii.gz")]).status == 0)
    let report = try report(page())
    #expect((report["sigmaMissing"] as? String)?.contains("--uncertainty") == true)
    #expect((report["inputMissing"] as? String)?.contains("--input") == true)

    try write(phantom((22, 26, 4)), to: folder.path("other.nii.gz"))
    let other = try Tool.run([
      "report", folder.path("out.nii.gz"), "--overwrite", "--input", folder.path("other.nii.gz"),
    ])
    #expect(other.status == 1 && other.errors.contains("44×52×3"), "\(other.errors)")
    let none = try Tool.run(["report", folder.path("other.nii.gz")])
    #expect(none.status == 1 && none.errors.contains("other.json"), "\(none.errors)")
    #expect(try Tool.run(["report", folder.path("nothing.nii.gz")]).status == 1)
    let usage = try Tool.run(["report", "a.nii", "b.nii", "--input", "c.nii"])
    #expect(usage.status == 64)
  }

  /// What is one value nearly everywhere is about the few others: they are not cut off.
  @Test func theFewValuesOfAnEvenVolumeAreShown() throws {
    try upscale()
    let output = try readVolume(folder.path("out.nii.gz"))
    let spread = output.values.indices.map { $0 == 700 ? 300.0 : $0 == 701 ? 90 : 0 }
    try FileManager.default.removeItem(atPath: folder.path("out-sigma.nii.gz"))
    try write(Volume(header: output.header, values: spread), to: folder.path("out-sigma.nii.gz"))
    #expect(try Tool.run(["report", folder.path("out.nii.gz")]).status == 0)
    let sigma = try #require((report(page())["volumes"] as? [String: [String: Any]])?["sigma"])
    let (low, step, levels) = (sigma["low"] as? Double, sigma["step"] as? Double, sigma["levels"] as? Int)
    #expect(low == 0 && (step ?? 0) * Double((levels ?? 0) - 1) >= 300, "\(sigma)")
  }

  @Test func textOfFilesIsNeverMarkup() throws {
    try upscale()
    let path = folder.path("out.json")
    var text = try String(contentsOfFile: path, encoding: .utf8)
    text = text.replacing("\"warnings\" : [", with: "\"warnings\" : [\"</script><script>alert(1)</script>\", ")
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let name = folder.path("<b>{{script}}.nii.gz")
    try FileManager.default.moveItem(atPath: folder.path("out.nii.gz"), toPath: name)
    try FileManager.default.moveItem(atPath: path, toPath: folder.path("<b>{{script}}.json"))
    #expect(try Tool.run(["report", name, "--page", folder.path("out.html")]).status == 0)
    let html = try page()
    #expect(!html.contains("<script>alert") && !html.contains("<b>"))
    #expect(html.contains("<title>&lt;b&gt;{{script}}.nii.gz</title>"))
    #expect((try report(html)["warnings"] as? [String])?.contains("</script><script>alert(1)</script>") == true)
  }
}
