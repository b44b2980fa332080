import Foundation
import Testing

/// The models that ship: each is found by its scale, says what it is, and has calibrations that hold.
@Suite struct DefaultModelTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try write(phantom((18, 20, 2)), to: folder.path("in.nii"))
  }

  @Test(arguments: [2, 4], ["report", "project"])
  func eachScaleHasItsModelAndCalibration(scale: Int, consistency: String) throws {
    let outcome = try Tool.run([
      "upscale", folder.path("in.nii"), folder.path("o.nii"), "--scale", "\(scale)", "--consistency", consistency,
      "--interval", "0.9", folder.path("low.nii"), folder.path("high.nii"), "--quiet",
    ])
    try #require(outcome.status == 0, "\(outcome.errors)")
    // Settings, that is; a phantom's slices are not what the subjects of the calibration had.
    #expect(!outcome.errors.contains("consistency is") && !outcome.errors.contains("another model"), "\(outcome.errors)")
    let (low, high) = (try readVolume(folder.path("low.nii")), try readVolume(folder.path("high.nii")))
    #expect(try readVolume(folder.path("o.nii")).header.size == (18 * scale, 20 * scale, 2))
    #expect(zip(low.values, high.values).allSatisfy { $0 <= $1 })
    let sidecar = try String(contentsOfFile: folder.path("o.json"), encoding: .utf8)
    #expect(sidecar.contains("default-x\(scale).safetensors"))
    let name = consistency == "project" ? "default-x\(scale).project" : "default-x\(scale)"
    #expect(sidecar.contains("\(name).calibration.json"))
  }

  @Test(arguments: [2, 4]) func cardsSayWhatMatters(scale: Int) throws {
    let outcome = try Tool.run(["model", "card", "default-x\(scale)"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let wanted = [
      "Not for diagnosis", "CC0-1.0", "# default-x\(scale)", "residua train --config", "| mean |", "## Limits",
    ]
    for text in wanted {
      #expect(outcome.output.contains(text), "\(text)")
    }
  }
}
