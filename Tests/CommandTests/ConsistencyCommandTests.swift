import Foundation
import Testing
import Volumes

@Suite struct ConsistencyCommandTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try write(phantom((24, 22, 4)), to: folder.path("in.nii"), type: .int16)
  }

  private func upscale(_ arguments: [String]) throws -> (outcome: Tool.Outcome, agreement: [String: Any]) {
    let outcome = try Tool.run(
      ["upscale", folder.path("in.nii"), folder.path("o.nii"), "--overwrite", "--samples", "2", "--steps", "4"]
        + arguments)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder.path("o.json"))))
    let record = try #require((json as? [String: Any])?["Residua"] as? [String: Any])
    return (outcome, try #require(record["consistency"] as? [String: Any]))
  }

  @Test func everySliceIsReportedAndTheWholeInALine() throws {
    let (outcome, agreement) = try upscale([])
    #expect(outcome.errors.contains("LR-PSNR"), "\(outcome.errors)")
    let slices = try #require(agreement["slices"] as? [[String: Any]])
    #expect(slices.count == 4 && slices.allSatisfy { ($0["psnr"] as? Double ?? 0) > 20 })
    #expect(agreement["mode"] as? String == "report")
  }

  @Test func projectedOutputsAgreeToTheInputsPrecision() throws {
    let before = try #require(try upscale([]).agreement["median"] as? Double)
    let (_, agreement) = try upscale(["--consistency", "project"])
    let median = try #require(agreement["median"] as? Double)
    // A tenth of a step of 1 on a range of about 900: more than 75 dB.
    #expect(median > 75 && median > before + 10, "\(before) → \(median)")
  }

  /// Counted as pictures, pages and `explain --slice` count.
  @Test func aSliceOutOfLineIsNamedFromOne() throws {
    let volume = phantom((24, 22, 6)) { $0[12, 10, 2] = 30000 }
    try write(volume, to: folder.path("in.nii"), type: .int16)
    let errors = try upscale([]).outcome.errors
    #expect(errors.contains("slice 3 (") && errors.contains("look at it before"), "\(errors)")
  }

  /// Air has no deviation to speak of: a picture with much of it is not surer for that.
  @Test func theMeanDeviationIsThatOfTissue() throws {
    // Tissue lies well within the middle one of nine by nine cells of 8×8 pixels.
    let side = 72
    let volume = phantom((side, side, 2)) { volume in
      for p in 0..<2 * side * side {
        let (x, y) = (p % side, p / side % side)
        let isTissue = (35..<38).contains(x) && (35..<38).contains(y)
        volume[x, y, p / (side * side)] = isTissue ? 500 + Double((x * 37 + y * 91) % 400) : 0
      }
    }
    try write(volume, to: folder.path("in.nii"), type: .int16)
    let outcome = try Tool.run(
      ["upscale", folder.path("in.nii"), folder.path("o.nii"), "--uncertainty", folder.path("s.nii")]
        + ["--samples", "2", "--steps", "4"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder.path("o.json"))))
    let output = ((json as? [String: Any])?["Residua"] as? [String: Any])?["output"] as? [String: Any]
    let said = try #require(output?["meanDeviation"] as? Double)
    let sigma = try readVolume(folder.path("s.nii"))
    let wide = 2 * side
    let inside = sigma.values.enumerated().filter { p, _ in
      (64..<80).contains(p % wide) && (64..<80).contains(p / wide % wide)
    }.map(\.element)
    let mean = inside.reduce(0, +) / Double(inside.count)
    #expect(inside.count == 512 && abs(said / mean - 1) < 1e-5, "\(said), \(mean)")
    #expect(mean > 5 * sigma.values.reduce(0, +) / Double(sigma.values.count))
  }
}
