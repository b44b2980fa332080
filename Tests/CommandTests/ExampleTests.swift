import DicomSamples
import Foundation
import SuperResolution
import Testing

/// Every example is run, on data that is small enough.
@Suite struct ExampleTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(
    _ example: String, _ arguments: [String], status: Int32 = 0, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let outcome = try Tool.run(
      arguments, program: Tool.program.deletingLastPathComponent().appendingPathComponent(example))
    #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
    return outcome.output
  }

  @Test func upscaleVolume() throws {
    try write(phantom((18, 20, 2)), to: folder.path("scan.nii.gz"))
    let said = try run(
      "UpscaleVolume", [folder.path("scan.nii.gz"), folder.path("o.nii.gz"), folder.path("s.nii.gz")])
    #expect(said.contains("36×40×2 voxels, default-x2.safetensors") && said.contains("mean sigma"))
    #expect(folder.contents == ["o.json", "o.nii.gz", "s.nii.gz", "scan.nii.gz"])
    _ = try run("UpscaleVolume", [], status: 64)
    _ = try run("UpscaleVolume", [folder.path("none.nii"), "o.nii", "s.nii"], status: 1)
  }

  @Test func upscaleFolder() throws {
    let scans = folder.url.appendingPathComponent("scans")
    try FileManager.default.createDirectory(at: scans, withIntermediateDirectories: true)
    try write(phantom((16, 18, 1)), to: scans.appendingPathComponent("a.nii").path)
    try write(phantom((18, 16, 1)), to: scans.appendingPathComponent("b.1.nii.gz").path)
    try Data("no scan".utf8).write(to: scans.appendingPathComponent("notes.txt"))
    let said = try run("UpscaleFolder", [scans.path, folder.path("results")])
    #expect(said.split(separator: "\n").map { $0.prefix { $0 != ":" } } == ["a.nii", "b.1.nii.gz"])
    #expect(try readVolume(folder.path("results/b.1_sigma.nii.gz")).header.size == (36, 32, 1))
    // A second time nothing may be replaced: every scan fails, and is named.
    _ = try run("UpscaleFolder", [scans.path, folder.path("results")], status: 3)
  }

  @Test func upscaleSeries() throws {
    let study = folder.url.appendingPathComponent("study")
    try FileManager.default.createDirectory(at: study, withIntermediateDirectories: true)
    try DicomSample.series(2, in: study)
    let said = try run("UpscaleSeries", [study.path, folder.path("results")])
    #expect(said.hasPrefix("series 3: "))
    let files = FileManager.default.subpaths(atPath: folder.path("results")) ?? []
    #expect(files.filter { $0.hasSuffix(".dcm") }.count == 3, "two slices and a map: \(files)")
  }

  @Test func uncertaintyByRegion() throws {
    let scan = phantom((16, 18, 2))
    try write(scan, to: folder.path("scan.nii.gz"))
    try write(
      Volume(header: scan.header, values: scan.values.map { $0 > 700 ? 2 : $0 > 0 ? 1 : 0 }),
      to: folder.path("labels.nii.gz"), type: .uint8)
    let said = try run(
      "UncertaintyByRegion", [folder.path("scan.nii.gz"), folder.path("labels.nii.gz"), folder.path("results")])
    #expect(said.split(separator: "\n").map { $0.prefix(8) } == ["label 1:", "label 2:"])
    let made = try FileManager.default.contentsOfDirectory(atPath: folder.path("results")).sorted()
    #expect(made == ["preview.png", "regions.tsv", "sigma.nii.gz", "upscaled.json", "upscaled.nii.gz"])
  }

  @Test func customDegradation() throws {
    try write(phantom((32, 36, 2)), to: folder.path("scan.nii.gz"))
    let said = try run("CustomDegradation", [folder.path("scan.nii.gz")])
    let figures = said.split(separator: "\n").compactMap { Double($0.split(separator: " ").dropLast().last ?? "") }
    // Agreement with what the blur really was is worth something.
    #expect(figures.count == 2 && figures[1] > figures[0], "\(said)")
  }

  @Test func customSampler() throws {
    try write(phantom((16, 18, 2)), to: folder.path("scan.nii.gz"))
    let said = try run("CustomSampler", [folder.path("scan.nii.gz")])
    let sigmas = said.split(separator: "\n").compactMap { Double($0.split(separator: " ").last ?? "") }
    #expect(said.contains("custom, temperature 0.8: 12 steps") && sigmas.count == 2 && sigmas[1] < sigmas[0], "\(said)")
  }

  @Test func trainTinyModel() throws {
    let said = try run("TrainTinyModel", [folder.path("model"), "20"])
    #expect(said.contains("bicubic") && said.contains("picture.png"))
    let made = try FileManager.default.contentsOfDirectory(atPath: folder.path("model"))
    #expect(["model.safetensors", "model.md", "loss.png", "picture.png"].allSatisfy(made.contains))
  }

  /// They are to be read in one look.
  @Test func examplesAreShort() throws {
    let examples = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Examples")
    for name in [
      "UpscaleVolume", "UpscaleFolder", "UpscaleSeries", "UncertaintyByRegion", "TrainTinyModel", "CustomDegradation",
      "CustomSampler",
    ] {
      let text = try String(contentsOf: examples.appendingPathComponent("\(name)/main.swift"), encoding: .utf8)
      #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 61, "\(name)")
    }
  }
}
