import Foundation
import Testing
import Volumes

@Suite struct EvaluateCommandTests {
  let folder: TemporaryFolder
  let quick = ["--samples", "2", "--steps", "2", "--quiet"]

  init() throws { folder = try TemporaryFolder() }

  private func evaluate(_ arguments: [String]) throws -> Tool.Outcome {
    try Tool.run(["evaluate"] + arguments + ["--output", folder.path("out")] + quick)
  }

  private func report() throws -> [String: Any] {
    try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder.path("out/report.json"))))
        as? [String: Any])
  }

  private func scans() throws {
    try FileManager.default.createDirectory(atPath: folder.path("in"), withIntermediateDirectories: true)
    for subject in ["sub-01", "sub-02"] {
      try write(
        phantom((40, 46, 4)) { volume in
          if subject == "sub-02" { for j in 10..<20 { volume[12, j, 1] = 200 } }
        }, to: folder.path("in/\(subject)_T1w.nii.gz"))
    }
  }

  @Test func writesTableFilesAndPlotsAndGoesOnFromItsRecords() throws {
    try scans()
    let first = try evaluate([folder.path("in")])
    try #require(first.status == 0, "\(first.errors)")
    for word in [
      "PSNR (dB)", "mean of 2", "Lanczos", "no --lpips-weights", "2 subjects, 2 scans, 8 slices", "Spearman", "flicker",
    ] {
      #expect(first.output.contains(word), "\(word) in \(first.output)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("out")).sorted()
    #expect(
      names == ["quality.png", "report.json", "set.csv", "slices.csv", "uncertainty.png", "volumes", "volumes.csv"])
    let records = try FileManager.default.contentsOfDirectory(atPath: folder.path("out/volumes")).sorted()
    #expect(records == ["sub-01_T1w.json", "sub-01_T1w.png", "sub-02_T1w.json", "sub-02_T1w.png"])
    let rows = try String(contentsOfFile: folder.path("out/slices.csv"), encoding: .utf8).split(separator: "\n")
    #expect(rows.count == 1 + 2 * 4 * 7)
    #expect(rows[0].hasPrefix("scan,subject,slice,foreground_pixels,method,psnr,psnr_all,ssim,"))
    let methods = try #require(try report()["methods"] as? [String: [String: [String: Any]]])
    #expect(methods.count == 7 && methods["mean"]?["psnr"]?["subjects"] as? Int == 2)
    #expect(methods["mean"]?["sigma"] != nil && methods["sample"]?["sigma"] == nil)

    // The same again: nothing is computed, the same is said.
    func stamp(_ name: String) throws -> Date? {
      try FileManager.default.attributesOfItem(atPath: folder.path("out/volumes/\(name)"))[.modificationDate] as? Date
    }
    let made = try stamp("sub-01_T1w.json")
    let second = try evaluate([folder.path("in")])
    #expect(second.output == first.output)
    #expect(try stamp("sub-01_T1w.json") == made)
    // A damaged record and a changed setting are computed again.
    var damaged = try String(contentsOfFile: folder.path("out/volumes/sub-01_T1w.json"), encoding: .utf8)
    damaged = damaged.replacingOccurrences(of: "\"subject\":\"sub-01\"", with: "\"subject\":\"sub-77\"")
    try damaged.write(toFile: folder.path("out/volumes/sub-01_T1w.json"), atomically: true, encoding: .utf8)
    let other = try stamp("sub-02_T1w.json")
    #expect(try evaluate([folder.path("in")]).output == first.output)
    #expect(try stamp("sub-02_T1w.json") == other)
    let changed = try evaluate([folder.path("in"), "--degradation", "kspace"])
    #expect(changed.status == 0 && changed.output != first.output && changed.output.contains("truncation of k-space"))
    #expect(try stamp("sub-02_T1w.json") != other)
  }

  @Test func pairsMustShowTheSameFieldOfView() throws {
    let truth = phantom((32, 36, 3))
    try write(truth, to: folder.path("high.nii"))
    var low = phantom((16, 18, 3))
    func writeLow(_ origin: SIMD3<Double>) throws {
      var header = low.header
      header.geometry = VolumeGeometry(affine: AffineTransform(spacing: [3, 2.5, 3], origin: origin))
      low = Volume(header: header, values: low.values)
      try write(low, to: folder.path("low.nii"))
    }
    // Outer faces stay: the first centre moves by half a high-resolution voxel.
    try writeLow([-20 + 0.75, 5 + 0.625, 7])
    let arguments = [folder.path("high.nii"), "--low-resolution", folder.path("low.nii"), "--plane", "axial"]
    let good = try evaluate(arguments)
    #expect(good.status == 0, "\(good.errors)")
    try writeLow([-20, 5, 7])
    let shifted = try evaluate(arguments)
    #expect(shifted.status == 1 && shifted.errors.contains("do not cover the same field of view"), "\(shifted.errors)")
    try Data("high,low,subject\nhigh.nii,low.nii,somebody\n".utf8).write(
      to: URL(fileURLWithPath: folder.path("pairs.csv")))
    try writeLow([-20 + 0.75, 5 + 0.625, 7])
    let listed = try evaluate(["--pairs", folder.path("pairs.csv"), "--plane", "axial"])
    #expect(listed.status == 0, "\(listed.errors)")
    #expect(try String(contentsOfFile: folder.path("out/volumes.csv"), encoding: .utf8).contains("high,somebody,3,"))
  }

  @Test func oneBadScanDoesNotStopTheOthers() throws {
    try scans()
    try write(
      phantom((40, 46, 2)) { volume in for k in 0..<2 { for j in 0..<46 { for i in 0..<40 { volume[i, j, k] = 0 } } } },
      to: folder.path("in/sub-03_T1w.nii.gz"))
    let outcome = try evaluate([folder.path("in"), "--every", "3", "--methods", "bicubic", "lanczos"])
    #expect(outcome.status == 3, "\(outcome.errors)")
    #expect(outcome.errors.contains("sub-03_T1w: no chosen slice has any foreground"))
    #expect(outcome.output.contains("2 subjects") && !outcome.output.contains("Uncertainty over"))
  }

  @Test func wrongArgumentsAreSaid() throws {
    try scans()
    let cases: [([String], Int32, String)] = [
      ([], 64, "--pairs"), ([folder.path("in"), "--every", "0"], 64, "--every"),
      ([folder.path("in"), "--data-range", "5:1"], 64, "--data-range"),
      ([folder.path("in"), "--foreground", "some"], 64, "--foreground"),
      ([folder.path("in"), "--every", "2", "--slices", "x"], 64, "--slices"),
      ([folder.path("none")], 1, "no such file"), ([folder.path("in"), "--slices", folder.path("none")], 1, "none"),
      ([folder.path("in"), "--lpips-weights", folder.path("in/sub-01_T1w.nii.gz")], 1, "sub-01_T1w"),
    ]
    for (arguments, status, word) in cases {
      let outcome = try evaluate(arguments)
      #expect(
        outcome.status == status && outcome.errors.contains(word), "\(arguments): \(outcome.status) \(outcome.errors)")
    }
    try FileManager.default.createDirectory(atPath: folder.path("empty"), withIntermediateDirectories: true)
    #expect(try evaluate([folder.path("empty")]).status == 2)
  }

  @Test func keptFilesHoldWhatWasCompared() throws {
    try scans()
    let outcome = try evaluate([folder.path("in/sub-01_T1w.nii.gz"), "--keep", "--data-range", "0:1000"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let kept = folder.path("out/kept/sub-01_T1w")
    let truth = try readVolume(kept + "/truth.nii")
    let mean = try readVolume(kept + "/mean.nii")
    let mask = try readVolume(kept + "/foreground.nii")
    let low = try readVolume(kept + "/low.nii")
    #expect(truth.header.size == (40, 46, 4) && low.header.size == (20, 23, 4))
    var scores: [Double] = []
    for k in 0..<4 {
      var (sum, count) = (0.0, 0.0)
      for j in 0..<46 {
        for i in 0..<40 where mask[i, j, k] == 1 {
          sum += (truth[i, j, k] - mean[i, j, k]) * (truth[i, j, k] - mean[i, j, k])
          count += 1
        }
      }
      scores.append(10 * log10(1000 * 1000 / (sum / count)))
    }
    let methods = try #require(try report()["methods"] as? [String: [String: [String: Any]]])
    let stated = try #require(methods["mean"]?["psnr"]?["mean"] as? Double)
    #expect(abs(stated - scores.reduce(0, +) / 4) < 1e-9)
  }
}
