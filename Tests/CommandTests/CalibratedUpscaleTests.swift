import DicomSamples
import Foundation
import ImageQuality
import SuperResolution
import Testing
import Volumes

/// Bounds and calibrated deviations that `residua upscale` writes, with a made-up calibration of the model that ships.
@Suite struct CalibratedUpscaleTests {
  let folder: TemporaryFolder
  let quick = ["--samples", "2", "--steps", "4", "--quiet"]

  init() throws {
    folder = try TemporaryFolder()
    try write(phantom((18, 20, 3)), to: folder.path("in.nii"))
  }

  private func calibration(model: String) throws -> UncertaintyCalibration {
    UncertaintyCalibration(
      conditions: CalibrationConditions(
        model: model, scale: 2, samples: 2, sampler: UpscaleSettings().sampler.rawValue, steps: 4,
        noise: UpscaleSettings().noise.description, plane: "axial", residualMapping: "linear(rescale: 2.0)",
        intensityMapping: "percentile 99.5 of the positive voxels", modality: "unknown",
        background: UpscaleSettings().background.rawValue,
        consistency: UpscaleSettings().consistency.rawValue),
      degradation: "bicubic", sites: 1,
      subjects: [
        .init(name: "a", sha256: "", slices: [1], voxels: 9), .init(name: "b", sha256: "", slices: [1], voxels: 9),
      ],
      deviation: DeviationCalibration(scale: 1.25, floor: 0.02),
      levels: [
        .init(
          coverage: 0.9,
          scales: try SplitConformal([.init(name: "a", scale: 0.5), .init(name: "b", scale: 1.5)]), leftOut: [])
      ], decileCoverage: [])
  }

  private func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Tool.Outcome {
    try Tool.run(
      ["upscale", folder.path("in.nii"), folder.path("o.nii"), "--overwrite"] + quick + arguments,
      environment: environment)
  }

  private func record() throws -> [String: Any] {
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder.path("o.json"))))
    return try #require((json as? [String: Any])?["Residua"] as? [String: Any])
  }

  /// The conditions that the tool itself would write down: a run tells.
  private func writeFittingCalibration(_ name: String = "c.json") throws {
    try #require(run([]).status == 0)
    let made = try record()
    let digest = try #require((made["model"] as? [String: Any])?["sha256"] as? String)
    var calibration = try calibration(model: digest)
    calibration.conditions.intensityMapping = try #require(
      (made["intensityMapping"] as? [String: Any])?["rule"] as? String)
    try calibration.write(to: URL(fileURLWithPath: folder.path(name)), overwrite: true)
  }

  @Test func boundsAndDeviationFollowFromTheRawOnes() throws {
    try writeFittingCalibration()
    let outcome = try run([
      "--uncertainty", folder.path("s.nii"), "--calibrated-uncertainty", folder.path("cs.nii"), "--calibration",
      folder.path("c.json"), "--interval", "0.9", folder.path("l.nii"), folder.path("u.nii"), "--assured",
    ])
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(!outcome.errors.contains("UNCALIBRATED"), "\(outcome.errors)")
    let (mean, raw) = (try readVolume(folder.path("o.nii")), try readVolume(folder.path("s.nii")))
    let (low, high) = (try readVolume(folder.path("l.nii")), try readVolume(folder.path("u.nii")))
    let sigma = try readVolume(folder.path("cs.nii"))
    let made = try record()
    let mapping = try #require(made["intensityMapping"] as? [String: Any])
    let range = try #require(mapping["high"] as? Double) - (try #require(mapping["low"] as? Double))
    // SciPy: t.ppf(0.95, 1) = 6.3137515; √(1 + 1/2).
    let factor = 6.313751514675043 * 1.5.squareRoot()
    for p in mean.values.indices {
      let root = (raw.values[p] * raw.values[p] + 0.0004 * range * range).squareRoot()
      #expect(abs(high.values[p] - mean.values[p] - factor * 1.5 * root) < 0.02)
      #expect(abs(mean.values[p] - low.values[p] - factor * 1.5 * root) < 0.02)
      #expect(abs(sigma.values[p] - 1.25 * 1.5.squareRoot() * root) < 0.01)
    }
    #expect(sigma.header.description.contains("calibrated") && !sigma.header.description.contains("UNCALIBRATED"))
    let calibrated = try #require(made["calibration"] as? [String: Any])
    #expect(calibrated["isCalibrated"] as? Bool == true && calibrated["sites"] as? Int == 1)
    let files = try #require((made["output"] as? [String: Any])?["files"] as? [String: String])
    #expect(
      files["lowerBound"] == "l.nii" && files["upperBound"] == "u.nii" && files["calibratedUncertainty"] == "cs.nii")
  }

  /// Bounds as derived series, the deviation as a map: rounded, but the numbers of the NIfTI outputs; named for what they are.
  @Test func dicomBoundsAreTheNiftiOnesRounded() throws {
    try writeFittingCalibration()
    let series = folder.url.appendingPathComponent("series")
    try FileManager.default.createDirectory(at: series, withIntermediateDirectories: true)
    try DicomSample.series(3, in: series)
    func upscale(_ ending: String) throws -> Tool.Outcome {
      try Tool.run(
        [
          "upscale", series.path, folder.path("m" + ending), "--calibration", folder.path("c.json"),
          "--calibrated-uncertainty", folder.path("s" + ending), "--interval", "0.9", folder.path("l" + ending),
          folder.path("u" + ending), "--overwrite", "--noise", "shared",
        ] + quick)
    }
    for ending in [".nii", ""] {
      let outcome = try upscale(ending)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("UNCALIBRATED: "), "\(outcome.errors)")
    }
    for name in ["m", "l", "u"] {
      let (dicom, nifti) = (
        try DicomArchive.scan(URL(fileURLWithPath: folder.path(name))).select().open(),
        try readVolume(folder.path(name + ".nii"))
      )
      for k in 0..<3 {
        let own = try dicom.readSlice(k, across: .k, frame: 0).values
        let other = try nifti.readSlice(k, across: .k, frame: 0).values
        for (a, b) in zip(own, other) { #expect(abs(a - b) <= 0.5001, "\(name)") }
      }
    }
    let (lower, map) = (
      try DicomDump(URL(fileURLWithPath: folder.path("l/00001.dcm"))),
      try DicomDump(URL(fileURLWithPath: folder.path("s/00001.dcm")))
    )
    #expect(lower.text(0x0008_103E) == "SAMPLE SR x2 lower 90 % UNCALIBRATED")
    #expect(lower.text(0x0008_2111)?.hasPrefix("Lower bound of the UNCALIBRATED 90 % interval, typical") == true)
    #expect(map.text(0x0008_103E) == "SAMPLE SR x2 uncertainty UNCALIBRATED")
    #expect(map.text(0x0008_2111)?.hasPrefix("UNCALIBRATED standard deviation") == true)
  }

  @Test func otherSettingsAreNamedUncalibratedWithTheReason() throws {
    try writeFittingCalibration()
    let outcome = try run([
      "--noise", "shared", "--calibrated-uncertainty", folder.path("cs.nii"), "--calibration", folder.path("c.json"),
    ])
    #expect(outcome.status == 0 && outcome.errors.contains("UNCALIBRATED: noise shared"), "\(outcome.errors)")
    #expect(try readVolume(folder.path("cs.nii")).header.description.contains("UNCALIBRATED"))
    let calibrated = try #require(try record()["calibration"] as? [String: Any])
    #expect(calibrated["isCalibrated"] as? Bool == false)
    #expect((calibrated["reasons"] as? [String])?.first?.hasPrefix("noise shared") == true)
  }

  /// The model that ships, under a name for which no calibration does.
  private func ownModel() throws -> String {
    try FileManager.default.createDirectory(atPath: folder.path("models"), withIntermediateDirectories: true)
    let copy = folder.path("models/own.safetensors")
    try FileManager.default.copyItem(atPath: ModelSearchPath().defaultModel(scale: 2).path, toPath: copy)
    return copy
  }

  @Test func theCalibrationIsFoundOnTheModelSearchPath() throws {
    try writeFittingCalibration("own.calibration.json")
    let wanted = ["--calibrated-uncertainty", folder.path("cs.nii"), "--model", try ownModel()]
    let found = try run(wanted, environment: ["RESIDUA_MODELS": folder.url.path])
    #expect(found.status == 0 && !found.errors.contains("UNCALIBRATED"), "\(found.errors)")
    // Of another model of the same name it is none.
    try calibration(model: String(repeating: "1", count: 64))
      .write(to: URL(fileURLWithPath: folder.path("own.calibration.json")), overwrite: true)
    let other = try run(wanted, environment: ["RESIDUA_MODELS": folder.url.path])
    #expect(other.status == 1 && other.errors.contains("another model"), "\(other.errors)")
  }

  @Test func withoutACalibrationNothingIsCalledCalibrated() throws {
    let outcome = try run(["--interval", "0.9", folder.path("l.nii"), folder.path("u.nii"), "--model", try ownModel()])
    #expect(outcome.status == 1 && outcome.errors.contains("--uncertainty"), "\(outcome.errors)")
    #expect(folder.contents == ["in.nii", "models"])
  }

  @Test func usage() throws {
    for (arguments, says) in [
      (["--interval", "0.9", "l.nii"], "three values"), (["--interval", "2", "l.nii", "u.nii"], "three values"),
      (["--assured"], "--interval"), (["--calibration", "c.json"], "--calibrated-uncertainty"),
      (["--interval", "0.9", "l.nii", "u.nii", "--samples", "1"], "--samples 2"),
    ] {
      let outcome = try Tool.run(["upscale", folder.path("in.nii"), folder.path("o.nii")] + arguments)
      #expect(outcome.status == 64 && outcome.errors.contains(says), "\(outcome.errors)")
    }
  }
}
