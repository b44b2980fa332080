import Foundation
import ImageQuality
import SuperResolution
import Testing
import Volumes

/// Bounds, calibrated deviation, regions and agreement with the input, recomputed by NumPy, SciPy and nibabel.
@Suite struct UncertaintyWitnessTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func numPyComesToTheSameNumbers() throws {
    try write(phantom((20, 24, 3)), to: folder.path("in.nii"))
    let labels = phantom((20, 24, 3)) {
      let volume = Volume(header: $0.header)
      for k in 0..<3 { for j in 4..<19 { for i in 3..<17 { volume[i, j, k] = Double(1 + i / 6 + 300 * (j / 12)) } } }
      $0 = volume
    }
    try write(labels, to: folder.path("labels.nii"), type: .int16)
    let common = ["--samples", "3", "--steps", "4", "--seed", "5", "--quiet"]
    func run(_ output: String, _ arguments: [String]) throws {
      let outcome = try Tool.run(["upscale", folder.path("in.nii"), folder.path(output)] + common + arguments)
      try #require(outcome.status == 0, "\(outcome.errors)")
    }
    // Which model it will be is told by a first run.
    try run("first.nii", [])
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder.path("first.json"))))
    let model = ((json as? [String: Any])?["Residua"] as? [String: Any])?["model"] as? [String: Any]
    let subjects = ["a", "b", "c"]
    let calibration = UncertaintyCalibration(
      conditions: CalibrationConditions(
        model: try #require(model?["sha256"] as? String), scale: 2, samples: 3, sampler: "ddpm", steps: 4,
        noise: "independent", plane: "axial", residualMapping: "", intensityMapping: "", modality: "mr",
        background: "sampled", consistency: "report"),
      degradation: "bicubic", sites: 1, subjects: subjects.map { .init(name: $0, sha256: "", slices: [1], voxels: 1) },
      deviation: DeviationCalibration(scale: 1.4, floor: 0.015),
      levels: [
        .init(
          coverage: 0.9, scales: try SplitConformal(zip(subjects, [2.0, 0.7, 1.3]).map { .init(name: $0, scale: $1) }),
          leftOut: [])
      ], decileCoverage: [])
    try calibration.write(to: URL(fileURLWithPath: folder.path("c.json")), overwrite: false)
    try run(
      "o.nii",
      [
        "--uncertainty", folder.path("s.nii"), "--calibrated-uncertainty", folder.path("cs.nii"), "--calibration",
        folder.path("c.json"), "--interval", "0.9", folder.path("l.nii"), folder.path("u.nii"), "--regions",
        folder.path("labels.nii"), "--region-threshold", "650", "--labels-along", folder.path("labels.nii"),
        folder.path("labels_x2.nii"), "--keep-samples", folder.path("samples"),
      ])
    try run("p.nii", ["--consistency", "project", "--keep-samples", folder.path("projected")])

    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let witnesses = ProcessInfo.processInfo.environment["RESIDUA_WITNESSES"] ?? root.path + "/.build/witnesses"
    let python = URL(fileURLWithPath: witnesses + "/bin/python")
    try #require(
      FileManager.default.fileExists(atPath: python.path), "bash Examples/install-dependencies.sh --tests installs it")
    let process = Process()
    process.executableURL = python
    process.arguments = [root.path + "/Tests/Reference/check_uncertainty.py", folder.url.path]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(said)")
  }
}
