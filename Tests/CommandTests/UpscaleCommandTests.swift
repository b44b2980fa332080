import Foundation
import Testing
import Volumes

@Suite struct UpscaleCommandTests {
  let folder: TemporaryFolder
  /// As little work as tells something.
  let quick = ["--samples", "2", "--steps", "2", "--quiet"]

  init() throws { folder = try TemporaryFolder() }

  private func upscale(
    _ input: Volume, _ arguments: [String] = [], type: ScalarType = .int16, to name: String = "out.nii"
  ) throws
    -> Volume
  {
    try write(input, to: folder.path("in.nii"), type: type)
    let outcome = try Tool.run(
      ["upscale", folder.path("in.nii"), folder.path(name), "--overwrite"] + quick + arguments)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try readVolume(folder.path(name))
  }

  @Test func writesMeanDeviationSamplesPictureAndSidecar() throws {
    try write(phantom((22, 26, 3)), to: folder.path("in.nii.gz"))
    let outcome = try Tool.run(
      [
        "upscale", folder.path("in.nii.gz"), folder.path("out.nii.gz"), "--uncertainty", folder.path("sigma.nii.gz"),
        "--keep-samples", folder.path("samples"), "--preview", folder.path("p.png"), "--seed", "7",
      ] + quick)
    #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome.errors)")
    // Quiet is quiet but for warnings: two steps are few.
    #expect(outcome.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("warning: ") }, "\(outcome.errors)")
    #expect(folder.contents == ["in.nii.gz", "out.json", "out.nii.gz", "p.png", "samples", "sigma.nii.gz"])

    let mean = try readVolume(folder.path("out.nii.gz"))
    let sigma = try readVolume(folder.path("sigma.nii.gz"))
    let a = try readVolume(folder.path("samples/sample-1.nii.gz"))
    let b = try readVolume(folder.path("samples/sample-2.nii.gz"))
    #expect(mean.header.size == (44, 52, 3))
    for p in mean.values.indices {
      #expect(abs(mean.values[p] - (a.values[p] + b.values[p]) / 2) < 1e-3)
      #expect(abs(sigma.values[p] - abs(a.values[p] - b.values[p]) / 2.0.squareRoot()) < 1e-3)
    }
    #expect((sigma.values.max() ?? 0) > 0)

    let json = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder.path("out.json"))))
        as? [String: Any])
    let record = try #require(json["Residua"] as? [String: Any])
    let settings = try #require(record["settings"] as? [String: Any])
    #expect(settings["seed"] as? Int == 7 && settings["samples"] as? Int == 2 && settings["steps"] as? Int == 2)
    #expect(((record["model"] as? [String: Any])?["sha256"] as? String)?.count == 64)
    #expect(((record["input"] as? [String: Any])?["file"] as? String) == "in.nii.gz")
  }

  @Test func outerFacesStay() throws {
    let input = phantom((20, 22, 4))
    let output = try upscale(input)
    let before = input.header.geometry.affine.outerCorners(size: input.header.size)
    let after = output.header.geometry.affine.outerCorners(size: output.header.size)
    for (a, b) in zip(before, after) { for c in 0..<3 { #expect(abs(a[c] - b[c]) < 1e-4) } }
  }

  @Test func sameBytesForAnyNumberOfThreadsAndOtherBytesForAnotherSeed() throws {
    try write(phantom((20, 22, 2)), to: folder.path("in.nii"))
    func bytes(_ arguments: [String]) throws -> Data {
      let outcome = try Tool.run(
        ["upscale", folder.path("in.nii"), folder.path("o.nii.gz"), "--overwrite"] + quick + arguments)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try Data(contentsOf: URL(fileURLWithPath: folder.path("o.nii.gz")))
    }
    let one = try bytes(["--threads", "1"])
    #expect(try bytes(["--threads", "2"]) == one)
    #expect(try bytes(["--threads", "3"]) == one)
    #expect(try bytes(["--seed", "1"]) != one)
  }

  @Test func everyPlaneStretchesItsOwnAxes() throws {
    let input = phantom((18, 20, 16))
    #expect(try upscale(input, ["--plane", "axial"]).header.size == (36, 40, 16))
    #expect(try upscale(input, ["--plane", "coronal"]).header.size == (36, 20, 32))
    #expect(try upscale(input, ["--plane", "sagittal"]).header.size == (18, 40, 32))
    // 3 mm along k is the largest spacing.
    #expect(try upscale(input).header.size == (36, 40, 16))
  }

  @Test func packedAndPlainOutputsHoldTheSameInAnyPlane() throws {
    let input = phantom((18, 20, 16))
    for plane in ["axial", "coronal", "sagittal"] {
      let plain = try upscale(input, ["--plane", plane], to: "o.nii")
      let packed = try upscale(input, ["--plane", plane], to: "o.nii.gz")
      #expect(plain.values == packed.values)
    }
  }

  @Test(arguments: [(11, 13, 1), (1, 1, 1), (3, 40, 2), (16, 16, 1), (65, 9, 1)])
  func oddSizes(size: (Int, Int, Int)) throws {
    let output = try upscale(phantom(size), ["--plane", "axial"])
    #expect(output.header.size == (size.0 * 2, size.1 * 2, size.2))
    // dim[0] stays 3 for one slice: its thickness and place are kept.
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path("out.nii")))
    #expect(bytes[40] == 3 && bytes[41] == 0)
    #expect(output.values.allSatisfy { $0.isFinite })
  }

  @Test func anEmptyVolumeStaysEmptyAndAConstantOneNearlyConstant() throws {
    let empty = try upscale(phantom((16, 18, 2)) { $0 = Volume(header: $0.header) })
    #expect(empty.values.allSatisfy { abs($0) < 0.05 })
    // A constant comes out with ancestral sampling's last whiff of noise, about 1 % at 20 steps.
    let constant = try upscale(
      phantom((16, 18, 2)) { $0 = Volume(header: $0.header, values: [Double](repeating: 700, count: 16 * 18 * 2)) },
      ["--sampler", "ddpm", "--steps", "20"])
    #expect(constant.values.allSatisfy { abs($0 - 700) < 14 })
  }

  @Test func whatIsNotFiniteComesBackWhereItWas() throws {
    let input = phantom((20, 22, 2)) {
      $0[4, 5, 0] = .nan
      $0[9, 9, 1] = .infinity
    }
    let output = try upscale(input, type: .float32)
    #expect(output[8, 10, 0].isNaN && output[9, 11, 0].isNaN)
    #expect(output[18, 18, 1] == .infinity && output[19, 19, 1] == .infinity)
    #expect(output.values.filter { !$0.isFinite }.count == 8)
  }

  @Test func everyFrameHasNoiseOfItsOwnAndOneMapping() throws {
    let still = phantom((18, 18, 2), frames: 3)
    let output = try upscale(still)
    #expect(output.header.frames == 3)
    let frame = 36 * 36 * 2
    #expect(Array(output.values[0..<frame]) != Array(output.values[frame..<2 * frame]))
  }

  @Test func integerOutputOnRequest() throws {
    let output = try upscale(phantom((18, 18, 2)), ["--type", "input"], to: "o.nii.gz")
    #expect(output.header.storedType == .int16)
  }

  @Test func tilesLeaveTheOutputNearlyAsItWas() throws {
    let input = phantom((150, 16, 1))
    let whole = try upscale(input, ["--plane", "axial"], to: "whole.nii")
    let tiled = try upscale(input, ["--plane", "axial", "--tile", "128"], to: "tiled.nii")
    let difference = zip(whole.values, tiled.values).map { abs($0 - $1) }.max() ?? 0
    #expect(difference < 45, "of a range of 900")
    #expect(difference > 0, "tiles were used")
  }
}
