import Foundation
import Testing
import Volumes

/// What is skipped gets the bicubic base and no deviation; what is computed has the bytes that it would have in the whole slice.
@Suite struct BackgroundCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private struct Result {
    let mean: Volume
    let deviation: Volume
    let background: [String: Any]
  }

  private func upscale(_ input: Volume, _ arguments: [String] = []) throws -> Result {
    try write(input, to: folder.path("in.nii"), type: .float32)
    let outcome = try Tool.run(
      [
        "upscale", folder.path("in.nii"), folder.path("o.nii"), "--uncertainty", folder.path("s.nii"), "--overwrite",
        "--samples", "2", "--steps", "2", "--quiet", "--plane", "axial",
      ] + arguments)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder.path("o.json"))))
    let record = try #require((json as? [String: Any])?["Residua"] as? [String: Any])
    return Result(
      mean: try readVolume(folder.path("o.nii")), deviation: try readVolume(folder.path("s.nii")),
      background: try #require(record["background"] as? [String: Any]))
  }

  /// Bright at both ends of every second slice, nothing between; the other slices are empty.
  private func barbell() -> Volume {
    phantom((300, 24, 4)) { volume in
      for k in 0..<4 {
        for j in 0..<24 {
          for i in 0..<300 {
            volume[i, j, k] = k % 2 == 0 && (i < 30 || i >= 270) ? 600 + Double((i * 7 + j * 3) % 11) * 20 : 0
          }
        }
      }
    }
  }

  @Test func skippedTilesAndSlicesAreBareAndTheRestIsTheSameToTheByte() throws {
    let skip = try upscale(barbell(), ["--tile", "128"])
    let keep = try upscale(barbell(), ["--tile", "128", "--background", "keep"])
    var skipped = 0
    for k in 0..<4 {
      for j in 0..<48 {
        for i in 0..<600 {
          let isNear = k % 2 == 0 && (i < 60 + 32 || i >= 540 - 32)
          if isNear {
            #expect(skip.mean[i, j, k] == keep.mean[i, j, k] && skip.deviation[i, j, k] == keep.deviation[i, j, k])
          }
          // Far from tissue: bicubic of zero is zero.
          if k % 2 == 1 || (i >= 280 && i < 320) {
            #expect(skip.mean[i, j, k] == 0 && skip.deviation[i, j, k] == 0)
            skipped += 1
          }
        }
      }
    }
    // Two samples may meet in a pixel, where both end at the largest residual.
    let met = keep.deviation.values.count { $0 == 0 }
    #expect(skipped > 0 && met < keep.deviation.values.count / 20, "keep computes everything, but \(met) are 0")
    #expect(skip.background["from"] as? String == "found" && skip.background["skippedSlices"] as? Int == 2)
    let share = try #require(skip.background["skippedShare"] as? Double)
    let bare = Double(skip.deviation.values.count { $0 == 0 }) / Double(skip.deviation.values.count)
    #expect(share > 0.5 && abs(share - bare) < 0.03, "\(share) said, \(bare) found")
    #expect(keep.background["from"] as? String == "kept" && keep.background["skippedShare"] as? Double == 0)
  }

  /// Cropped to the tissue and a margin, the network sees another border: far enough away.
  @Test func cropsChangeLittle() throws {
    let input = phantom((96, 100, 1)) { volume in
      for p in 0..<9600 {
        let (i, j) = (p % 96, p / 96)
        volume[i, j, 0] = (30..<50).contains(i) && (40..<60).contains(j) ? 600 + Double((i * 7 + j * 3) % 11) * 20 : 0
      }
    }
    let arguments = ["--steps", "8", "--noise", "independent"]
    let (skip, keep) = try (upscale(input, arguments), upscale(input, arguments + ["--background", "keep"]))
    var worst = 0.0
    for j in 80..<120 {
      for i in 60..<100 { worst = max(worst, abs(skip.mean[i, j, 0] - keep.mean[i, j, 0])) }
    }
    #expect(worst < 2, "of a range of 800")
    #expect(skip.deviation[0, 0, 0] == 0 && skip.deviation[191, 199, 0] == 0)
  }

  @Test func aMaskDecides() throws {
    let input = phantom((96, 24, 3))
    var mask = Volume(header: input.header)
    for j in 0..<24 { for i in 0..<16 { mask[i, j, 1] = 0.5 } }
    try write(mask, to: folder.path("mask.nii.gz"), type: .float32)
    let result = try upscale(input, ["--mask", folder.path("mask.nii.gz")])
    #expect(result.background["from"] as? String == "mask" && result.background["skippedSlices"] as? Int == 2)
    for k in 0..<3 {
      // Two samples may meet in a pixel, not in all of them.
      let spread = (16..<24).map { result.deviation[2, $0, k] }
      #expect(spread.contains { $0 > 0 } == (k == 1))
      #expect(result.deviation[150, 20, k] == 0)
    }
    var header = input.header
    header.geometry = VolumeGeometry(affine: AffineTransform(spacing: [1.5, 1.25, 3], origin: [-20, 5, 9]))
    mask = Volume(header: header)
    try write(mask, to: folder.path("elsewhere.nii"))
    for (arguments, status, word) in [
      (["--mask", folder.path("elsewhere.nii")], 1, "another grid"),
      (["--mask", folder.path("none.nii")], 1, "none.nii"),
      (["--mask", folder.path("mask.nii.gz"), "--background", "keep"], 64, "--mask"),
    ] {
      let outcome = try Tool.run(["upscale", folder.path("in.nii"), folder.path("x.nii")] + arguments)
      #expect(outcome.status == Int32(status) && outcome.errors.contains(word), "\(outcome.errors)")
    }
  }

  @Test func aDarkOrganIsComputedAndPaddingIsNot() throws {
    let input = phantom((96, 96, 1)) { volume in
      for p in 0..<9216 {
        let (i, j) = (p % 96, p / 96)
        let (x, y) = (Double(i) - 47.5, Double(j) - 47.5)
        let radius = (x * x + y * y).squareRoot()
        volume[i, j, 0] = radius > 46 ? .nan : radius > 40 ? 0 : radius > 30 ? 700 : 0
      }
    }
    let result = try upscale(input, ["--tile", "128"])
    #expect(result.deviation[96, 96, 0] > 0 && result.mean[0, 0, 0].isNaN && result.deviation[0, 0, 0].isNaN)
  }
}
