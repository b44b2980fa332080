import Foundation
import Testing
import Volumes

/// `interpolate` and `fuse`, held against what `upscale --estimate sample` gives.
@Suite struct LatentCommandTests {
  let folder: TemporaryFolder
  private let quick = ["--steps", "4", "--quiet", "--overwrite"]

  init() throws { folder = try TemporaryFolder() }

  private func run(_ arguments: [String]) throws -> Volume {
    let outcome = try Tool.run(arguments + quick)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try readVolume(arguments[arguments[0] == "fuse" ? 3 : 2])
  }

  /// The plain sample of a seed.
  private func sample(_ seed: Int, _ arguments: [String] = []) throws -> Volume {
    try run(
      [
        "upscale", folder.path("in.nii"), folder.path("plain.nii"), "--estimate", "sample", "--samples", "2", "--seed",
        "\(seed)",
      ]
        + arguments)
  }

  private func record(_ name: String) throws -> [String: Any] {
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder.path(name))))
    return try #require((json as? [String: Any])?["Residua"] as? [String: Any])
  }

  @Test(arguments: ["ddpm", "ddim", "dpmpp2m", "sdedpmpp2m"])
  func theEndsOfAnInterpolationAreThePlainSamples(_ sampler: String) throws {
    try write(phantom((22, 26, 3)), to: folder.path("in.nii"))
    let (first, second) = try (sample(1, ["--sampler", sampler]), sample(2, ["--sampler", sampler]))
    let between = try run(
      [
        "interpolate", folder.path("in.nii"), folder.path("o.nii"), "--seeds", "1,2", "--weights", "0,0.5,1", "--step",
        "60",
      ]
        + ["--sampler", sampler])
    #expect(between.header.size == (44, 52, 3) && between.header.frames == 3)
    let size = 44 * 52 * 3
    let frames = (0..<3).map { Array(between.values[$0 * size..<($0 + 1) * size]) }
    #expect(frames[0].map(\.bitPattern) == second.values.map(\.bitPattern))
    #expect(frames[2].map(\.bitPattern) == first.values.map(\.bitPattern))
    func distance(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + abs($1.0 - $1.1) } }
    let whole = distance(frames[0], frames[2])
    #expect(whole > 0 && distance(frames[1], frames[0]) > 0 && distance(frames[1], frames[0]) < whole)
    let interpolation = try #require(record("o.json")["interpolation"] as? [String: Any])
    // Four uniform steps are 99, 66, 33, 0.
    #expect(interpolation["step"] as? Int == 66 && interpolation["seeds"] as? [Int] == [1, 2])
  }

  @Test func framesOfTheInputComeBeforeThoseOfTheWeights() throws {
    try write(phantom((18, 20, 2), frames: 2), to: folder.path("in.nii"))
    let plain = try sample(4)
    let between = try run(
      [
        "interpolate", folder.path("in.nii"), folder.path("o.nii.gz"), "--seeds", "4,5", "--weights", "1,0", "--step",
        "50",
      ])
    #expect(between.header.frameShape == [2, 2])
    #expect(Array(between.values[0..<plain.values.count]) == plain.values)
  }

  @Test func fusionChangesNothingBeyondItsMargin() throws {
    try write(phantom((40, 36, 2)), to: folder.path("in.nii"))
    let plain = try sample(3)
    // B in high resolution: the sample itself, with a bright block in it.
    let b = Volume(header: plain.header, values: plain.values)
    var region = Volume(header: plain.header)
    for y in 30..<40 {
      for x in 34..<46 {
        b[x, y, 1] += 200
        region[x, y, 1] = 1
      }
    }
    try write(b, to: folder.path("b.nii"), type: .float32)
    try write(region, to: folder.path("region.nii"), type: .uint8)
    func fuse(_ step: Int, margin: Int = 6) throws -> Volume {
      try run(
        [
          "fuse", folder.path("in.nii"), folder.path("b.nii"), folder.path("o.nii"), "--region",
          folder.path("region.nii"),
        ]
          + ["--seed", "3", "--step", "\(step)", "--margin", "\(margin)"])
    }
    let fused = try fuse(20)
    var changed = 0
    var (kept, washed) = (0.0, 0.0)
    let late = try fuse(95)
    for k in 0..<2 {
      for y in 0..<72 {
        for x in 0..<80 {
          let isNear = k == 1 && (30 - 6...39 + 6).contains(y) && (34 - 6...45 + 6).contains(x)
          if !isNear {
            #expect(fused[x, y, k] == plain[x, y, k] && late[x, y, k] == plain[x, y, k])
          } else if fused[x, y, k] != plain[x, y, k] {
            changed += 1
          }
          if region[x, y, k] != 0 {
            kept += fused[x, y, k] - plain[x, y, k]
            washed += late[x, y, k] - plain[x, y, k]
          }
        }
      }
    }
    #expect(changed > 120, "the region and its margin change")
    #expect(kept > 0 && kept > washed, "a late step keeps more of B than an early one")
    let fusion = try #require(record("o.json")["fusion"] as? [String: Any])
    #expect(fusion["pastedPixels"] as? Int == 120 && fusion["step"] as? Int == 95 && fusion["margin"] as? Int == 6)

    // An empty region changes nothing at all.
    region = Volume(header: plain.header)
    try write(region, to: folder.path("region.nii"), type: .uint8)
    #expect(try fuse(50).values == plain.values)
  }

  @Test func fusionTakesLowResolutionToo() throws {
    try write(phantom((40, 36, 2)), to: folder.path("in.nii"))
    let plain = try sample(3)
    let other = phantom((40, 36, 2)) { volume in
      for p in 0..<1440 { volume[p % 40, p / 40, 0] = 900 - volume[p % 40, p / 40, 0] }
    }
    let region = Volume(header: other.header)
    for y in 14..<22 { for x in 14..<22 { region[x, y, 0] = 0.25 } }
    try write(other, to: folder.path("b.nii.gz"))
    try write(region, to: folder.path("region.nii"), type: .float32)
    let fused = try run(
      [
        "fuse", folder.path("in.nii"), folder.path("b.nii.gz"), folder.path("o.nii"), "--region",
        folder.path("region.nii"),
      ]
        + ["--seed", "3", "--step", "10", "--margin", "0"])
    for k in 0..<2 {
      for y in 0..<72 {
        for x in 0..<80 {
          let isInside = k == 0 && (28..<44).contains(y) && (28..<44).contains(x)
          if !isInside { #expect(fused[x, y, k] == plain[x, y, k]) }
        }
      }
    }
    #expect(fused[36, 36, 0] != plain[36, 36, 0])
    #expect(try #require(record("o.json")["fusion"] as? [String: Any])["otherIsLowResolution"] as? Bool == true)
  }

  @Test func mistakesAreSentences() throws {
    try write(phantom((20, 20, 1)), to: folder.path("in.nii"))
    try write(phantom((20, 21, 1)), to: folder.path("other.nii"))
    let input = folder.path("in.nii")
    let output = folder.path("o.nii")
    let cases: [([String], Int32, String)] = [
      (["interpolate", input, output, "--seeds", "1", "--step", "5"], 64, "--seeds"),
      (["interpolate", input, output, "--seeds", "1,2", "--step", "5", "--weights", "a"], 64, "--weights"),
      (["interpolate", input, output, "--seeds", "1,2", "--step", "100"], 1, "--step"),
      (["interpolate", input, folder.path("folder"), "--seeds", "1,2", "--step", "5"], 1, ".nii"),
      (["interpolate", input, input, "--seeds", "1,2", "--step", "5", "--overwrite"], 1, "same file"),
      (["fuse", input, folder.path("other.nii"), output, "--region", input], 1, "another grid"),
      (["fuse", input, input, output, "--region", folder.path("other.nii")], 1, "another grid"),
      (["fuse", input, input, output, "--region", folder.path("none.nii")], 1, "none.nii"),
      (["fuse", input, input, output, "--region", input, "--step", "-1"], 64, "--step"),
      (["fuse", input, input, output, "--region", input, "--margin", "1000"], 64, "--margin"),
      (
        ["fuse", input, folder.path("other.nii"), folder.path("other.nii"), "--region", input, "--overwrite"], 1,
        "same file"
      ),
    ]
    let before = folder.contents
    for (arguments, status, word) in cases {
      let outcome = try Tool.run(arguments + ["--steps", "2", "--quiet"])
      #expect(outcome.status == status && outcome.errors.contains(word), "\(arguments): \(outcome.errors)")
      #expect(folder.contents == before)
    }
  }

  @Test func aSignalLeavesNothingBehind() throws {
    try write(phantom((100, 100, 50)), to: folder.path("in.nii"))
    let before = folder.contents
    let process = Tool.startAsFromAShell([
      "interpolate", folder.path("in.nii"), folder.path("o.nii"), "--seeds", "1,2", "--step", "50",
    ])
    process.standardError = Pipe()
    try process.run()
    for _ in 0..<600 where folder.contents.count == before.count { usleep(50_000) }
    #expect(folder.contents.count > before.count)
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit()
    #expect(process.terminationStatus == 143 && folder.contents == before)
  }
}
