import Foundation
import ImageQuality
import SuperResolution
import Testing
import Volumes

/// Options that take a path in `upscale`, in a batch.
@Suite struct BatchCompanionTests {
  let folder: TemporaryFolder
  private let quick = ["--samples", "2", "--steps", "4"]

  init() throws {
    folder = try TemporaryFolder()
    for subject in ["s1", "s2"] {
      try FileManager.default.createDirectory(atPath: folder.path("in/\(subject)"), withIntermediateDirectories: true)
      try write(phantom((18, 20, 3)), to: folder.path("in/\(subject)/t1.nii.gz"))
      try write(labels(1), to: folder.path("in/\(subject)/t1_dseg.nii.gz"), type: .uint8)
      try write(labels(0), to: folder.path("in/\(subject)/t1_mask.nii.gz"), type: .uint8)
    }
  }

  /// Two regions; or one where both have a number.
  private func labels(_ second: Double) -> Volume {
    let header = phantom((18, 20, 3)).header
    return Volume(header: header, values: (0..<1080).map { $0 % 360 > 180 ? 1 : $0 % 360 > 60 ? second * 2 : 0 })
  }

  private func batch(_ more: [String]) throws -> Tool.Outcome {
    try Tool.run(["batch", folder.path("in"), folder.path("out")] + quick + more)
  }

  private func data(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: folder.path(path))) }

  /// A calibration of the model that ships, for the settings of these tests.
  private func writeCalibration(scale: Double = 1.25) throws {
    let model = try ModelSearchPath().defaultModel(scale: 2)
    let calibration = UncertaintyCalibration(
      conditions: CalibrationConditions(
        model: try FileDigest.sha256(of: [model]), scale: 2, samples: 2, sampler: UpscaleSettings().sampler.rawValue,
        steps: 4, noise: UpscaleSettings().noise.description, plane: "axial", residualMapping: "linear(rescale: 2.0)",
        intensityMapping: "percentile 99.5 of the positive voxels", modality: "unknown",
        background: UpscaleSettings().background.rawValue, consistency: UpscaleSettings().consistency.rawValue),
      degradation: "bicubic", sites: 1,
      subjects: [
        .init(name: "a", sha256: "", slices: [1], voxels: 9), .init(name: "b", sha256: "", slices: [1], voxels: 9),
      ],
      deviation: DeviationCalibration(scale: scale, floor: 0.02),
      levels: [
        .init(
          coverage: 0.9,
          scales: try SplitConformal([.init(name: "a", scale: 0.5), .init(name: "b", scale: 1.5)]), leftOut: [])
      ], decileCoverage: [])
    try calibration.write(to: URL(fileURLWithPath: folder.path("c.json")), overwrite: true)
  }

  private var everything: [String] {
    [
      "--calibrated-uncertainty", "--interval", "0.9", "--assured", "--calibration", folder.path("c.json"), "--mask",
      "{name}_mask.nii.gz", "--regions", "{name}_dseg.nii.gz", "--region-threshold", "700", "--labels-along",
      "{name}_dseg.nii.gz",
    ]
  }

  @Test func givesWhatUpscaleGives() throws {
    try writeCalibration()
    let outcome = try batch(everything)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let single = try Tool.run(
      [
        "upscale", folder.path("in/s2/t1.nii.gz"), folder.path("o.nii.gz"), "--calibrated-uncertainty",
        folder.path("cs.nii.gz"), "--interval", "0.9", folder.path("l.nii.gz"), folder.path("u.nii.gz"), "--assured",
        "--calibration", folder.path("c.json"), "--mask", folder.path("in/s2/t1_mask.nii.gz"), "--regions",
        folder.path("in/s2/t1_dseg.nii.gz"), "--region-threshold", "700", "--labels-along",
        folder.path("in/s2/t1_dseg.nii.gz"), folder.path("fine.nii.gz"),
      ] + quick)
    try #require(single.status == 0, "\(single.errors)")
    for (own, other) in [
      ("o.nii.gz", ".nii.gz"), ("cs.nii.gz", "_calibrated_sigma.nii.gz"), ("l.nii.gz", "_lower.nii.gz"),
      ("u.nii.gz", "_upper.nii.gz"), ("o_regions.tsv", "_regions.tsv"), ("fine.nii.gz", "_labels.nii.gz"),
    ] { #expect(try data(own) == data("out/s2/t1_srx2\(other)"), "\(other)") }
  }

  @Test func whatGoesAlongIsPartOfWhatAResultDependsOn() throws {
    try writeCalibration()
    func again(_ more: [String] = [], says word: String = "") throws -> Bool {
      let outcome = try batch(everything + more)
      #expect(
        outcome.status == 0 && (word.isEmpty || outcome.errors.contains(word)), "\(more) \(word): \(outcome.errors)")
      return !outcome.errors.contains("0 of them now")
    }
    #expect(try again(says: "2 of them now"))
    #expect(try !again())
    try write(labels(5), to: folder.path("in/s1/t1_mask.nii.gz"), type: .uint8)
    #expect(try again(says: "again: s1/t1: the mask has changed"))
    try write(labels(3), to: folder.path("in/s2/t1_dseg.nii.gz"), type: .uint8)
    #expect(try again(says: "again: s2/t1: the labels have changed, the regions have changed"))
    #expect(try again(["--region-threshold", "600"], says: "regionThreshold (700.0 → 600.0)"))
    #expect(try again(says: "regionThreshold (600.0 → 700.0)"))
    try writeCalibration(scale: 2)
    #expect(try again(says: "changed: calibration ("))
    #expect(try !again())
  }

  /// What is no longer asked for does not make what is there wrong; a mask decides everything.
  @Test func whatIsNoLongerAskedForRedoesNothing() throws {
    try writeCalibration()
    let mask = ["--mask", "{name}_mask.nii.gz"]
    #expect(try batch(everything).status == 0)
    try write(labels(3), to: folder.path("in/s2/t1_dseg.nii.gz"), type: .uint8)
    let fewer = try batch(mask)
    #expect(fewer.status == 0 && fewer.errors.contains("0 of them now"), "\(fewer.errors)")
    let back = try batch(everything)
    #expect(back.errors.contains("again: s2/t1: the labels have changed, the regions have changed"), "\(back.errors)")
    #expect(back.errors.contains("1 of them now"), "\(back.errors)")
    let without = try batch([])
    #expect(
      without.errors.contains("again: s1/t1: the mask has changed") && without.errors.contains("2 of them now"),
      "\(without.errors)")
  }

  @Test func dryRunShowsWhatGoesAlong() throws {
    let outcome = try batch(["--dry-run", "--mask", "{name}_mask.nii.gz"])
    #expect(
      outcome.status == 0
        && outcome.output.contains("  ← mask: \(folder.url.resolvingSymlinksInPath().path)/in/s1/t1_mask.nii.gz"),
      "\(outcome.output)")
    // Masks are no scans that were left out.
    #expect(!outcome.output.contains("t1_mask.nii.gz: holds"))
  }

  @Test func usage() throws {
    for (arguments, says) in [
      (["--interval", "2"], "between 0 and 1"), (["--assured"], "--interval"),
      (["--calibration", "c.json"], "both are missing"), (["--mask", "m", "--background", "keep"], "one of the two"),
      (["--interval", "0.9", "--samples", "1"], "--samples 2"),
    ] {
      let outcome = try batch(arguments)
      #expect(outcome.status == 64 && outcome.errors.contains(says), "\(outcome.errors)")
    }
    // Without a calibration: told once, before any work.
    let own = folder.path("own.safetensors")
    try FileManager.default.copyItem(atPath: ModelSearchPath().defaultModel(scale: 2).path, toPath: own)
    let none = try batch(["--interval", "0.9", "--model", own])
    #expect(none.status == 1 && none.errors.contains("residua calibrate"), "\(none.errors)")
  }
}
