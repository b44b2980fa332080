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
}
