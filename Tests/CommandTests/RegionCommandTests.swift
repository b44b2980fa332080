import Foundation
import Testing
import Volumes

@Suite struct RegionCommandTests {
  let folder: TemporaryFolder
  let quick = ["--samples", "3", "--steps", "2", "--quiet"]

  init() throws {
    folder = try TemporaryFolder()
    try write(phantom((18, 20, 3)), to: folder.path("in.nii"))
    try write(Self.labels, to: folder.path("labels.nii"), type: .uint8)
  }

  /// Three regions on the phantom's grid, one of them a single voxel.
  private static var labels: Volume {
    phantom((18, 20, 3)) {
      let volume = Volume(header: $0.header)
      for k in 0..<3 { for j in 4..<15 { for i in 3..<14 { volume[i, j, k] = i < 8 ? 1 : 200 } } }
      volume[9, 9, 1] = 7
      $0 = volume
    }
  }

  private func upscale(_ arguments: [String]) throws -> Tool.Outcome {
    try Tool.run(["upscale", folder.path("in.nii"), folder.path("o.nii"), "--overwrite"] + quick + arguments)
  }

  private func table(_ path: String) throws -> [[String]] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: path.hasSuffix(".csv") ? "," : "\t").map(String.init)
    }
  }

  private func number(_ text: String) -> Double { Double(text) ?? .nan }

  /// The samples' common drift is no part of their spread (`ValidationTable regions`).
  @Test(arguments: [
    (["--consistency", "report"], "Pass --consistency project (fig"), (["--consistency", "project"], nil),
    (["--consistency", "project", "--noise", "independent"], "too narrow: errors of neighbouring slices go together"),
    (["--consistency", "report", "--samples", "1"], nil),
  ])
  func intervalsThatAreTooNarrowAreSaidToBe(options: [String], warning: String?) throws {
    let outcome = try upscale(["--regions", folder.path("labels.nii")] + options)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let sidecar = try String(contentsOfFile: folder.path("o.json"), encoding: .utf8)
    for text in [outcome.errors, sidecar] {
      #expect(text.contains("too narrow") == (warning != nil))
      if let warning { #expect(text.contains(warning)) }
    }
    #expect(try upscale(options).errors.contains("too narrow") == false)
  }

  @Test func regionsOfAnUpscaleAreThoseOfItsSamples() throws {
    let outcome = try upscale([
      "--regions", folder.path("labels.nii"), "--region-threshold", "700", "--keep-samples", folder.path("samples"),
      "--labels-along", folder.path("labels.nii"), folder.path("labels_x2.nii"),
    ])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let streamed = try table(folder.path("o_regions.tsv"))
    #expect(streamed.map { $0[1] } == ["label", "1", "7", "200"])

    // Labels: every voxel four times, numbers and type kept.
    let along = try readVolume(folder.path("labels_x2.nii"))
    let (before, size) = (Self.labels, along.header.size)
    #expect(along.header.storedType == .uint8 && size == (36, 40, 3))
    for k in 0..<3 { for j in 0..<40 { for i in 0..<36 { #expect(along[i, j, k] == before[i / 2, j / 2, k]) } } }

    // The kept samples say the same, by another way and by hand.
    let kept = try Tool.run(
      [
        "regions", folder.path("labels_x2.nii"), folder.path("samples"), "--threshold", "700", "--output",
        folder.path("kept.csv"),
      ])
    try #require(kept.status == 0, "\(kept.errors)")
    let again = try table(folder.path("kept.csv"))
    let samples = try (1...3).map { try readVolume(folder.path("samples/sample-\($0).nii")) }
    for (row, other) in zip(streamed.dropFirst(), again.dropFirst()) {
      #expect(row.prefix(4) == other.prefix(4))
      // Kept samples were rounded to Float32; a voxel near the threshold may then change sides.
      for column in 4..<row.count {
        let allowed = column < 13 ? 0.01 : 5.0
        #expect(row[column] == other[column] || abs(number(row[column]) - number(other[column])) < allowed)
      }
      let label = number(row[1])
      let inside = along.values.indices.filter { along.values[$0] == label }
      let means = samples.map { s in inside.reduce(0.0) { $0 + s.values[$1] } / Double(inside.count) }
      let mean = means.reduce(0, +) / 3
      let squares = means.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }
      let deviation = (squares / 2).squareRoot()
      // SciPy: t.ppf(0.95, 2)·√(4/3).
      let half = 2.919985580355516 * (4.0 / 3).squareRoot() * deviation
      #expect(abs(number(row[5]) - mean) < 1e-3)
      #expect(abs(number(row[6]) - deviation) < 1e-3)
      #expect(abs(number(row[7]) - (mean - half)) < 1e-2)
      #expect(Int(row[2]) == inside.count)
      // 1.5 × 1.25 × 3 mm over four.
      let volume = Double(inside.count) * 1.40625
      #expect(abs(number(row[4]) - volume) < 1e-3)
      let above = samples.map { s in Double(inside.count { s.values[$0] > 700 }) * 1.40625 }
      #expect(abs(number(row[13]) - above.reduce(0, +) / 3) < 1.5)
    }
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder.path("o.json"))))
    let record = try #require((json as? [String: Any])?["Residua"] as? [String: Any])
    #expect(((record["regions"] as? [String: Any])?["regions"] as? [Any])?.count == 3)
  }

  @Test func labelsOfTheNewGridAreTakenAsTheyAre() throws {
    try #require(upscale(["--labels-along", folder.path("labels.nii"), folder.path("fine.nii")]).status == 0)
    try #require(upscale(["--regions", folder.path("labels.nii")]).status == 0)
    let coarse = try table(folder.path("o_regions.tsv"))
    try #require(upscale(["--regions", folder.path("fine.nii")]).status == 0)
    #expect(try table(folder.path("o_regions.tsv")) == coarse)
  }

  @Test func labelsThatDoNotFitAreRefused() throws {
    try write(phantom((18, 20, 4)), to: folder.path("thick.nii"))
    let other = try upscale(["--regions", folder.path("thick.nii")])
    #expect(
      other.status == 1 && other.errors.contains("18×20×4") && other.errors.contains("18×20×3"), "\(other.errors)")
    try write(Self.labels, to: folder.path("half.nii"), type: .float32)
    let half = Volume(header: Self.labels.header, values: Self.labels.values.map { $0 / 2 })
    try write(half, to: folder.path("half.nii"), type: .float32)
    let fraction = try upscale(["--regions", folder.path("half.nii")])
    #expect(fraction.status == 1 && fraction.errors.contains("no whole number"), "\(fraction.errors)")
    #expect(!folder.contents.contains("o.nii"))
    let none = try Tool.run(["regions", folder.path("labels.nii"), folder.url.path + "/empty"])
    #expect(none.status == 1 || none.status == 2, "\(none.errors)")
  }
}
