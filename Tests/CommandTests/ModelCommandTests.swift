import Diffusion
import Foundation
import Neural
import Testing

@Suite struct ModelCommandTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.copyItem(
      at: Self.golden.appendingPathComponent("tiny-x2.safetensors"),
      to: URL(fileURLWithPath: folder.path("tiny.safetensors")))
  }

  private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("DiffusionTests/Golden")

  private var model: String { folder.path("tiny.safetensors") }

  private func tensors(_ path: String) throws -> (order: [String], bytes: Data) {
    let file = try SafetensorsFile(contentsOf: URL(fileURLWithPath: path))
    let ordered = file.entries.sorted { $0.value.bytes.lowerBound < $1.value.bytes.lowerBound }
    let start = ordered[0].value.bytes.lowerBound
    return (ordered.map(\.key), try Data(contentsOf: URL(fileURLWithPath: path)).dropFirst(start))
  }

  @Test func aCardIsSetAndTheWeightsStay() throws {
    let before = try tensors(model)
    try Data("subject,slice,psnr\na,1,30\na,2,32\n".utf8).write(to: URL(fileURLWithPath: folder.path("figures.csv")))
    let outcome = try Tool.run([
      "model", "card", model, "--set", "license=MIT", "--set", "limits=knees | were not seen", "--set",
      "seen_pixel_mm=1.4…1.6",
      "--figures", folder.path("figures.csv"),
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let after = try tensors(model)
    #expect(before.order == after.order && before.bytes == after.bytes)
    let metadata = try ModelFile(contentsOf: URL(fileURLWithPath: model)).metadata
    #expect(metadata["license"] == "MIT" && metadata["figures"] == "subject,psnr\na,31.000\nmean,31.000")
    let card = try String(contentsOfFile: folder.path("tiny.md"), encoding: .utf8)
    for part in ["| licence | MIT |", "knees \\| were not seen", "| mean | 31.000 |", "1.4…1.6", "Not for diagnosis"] {
      #expect(card.contains(part), "\(part) in \(card)")
    }
    #expect(try Tool.run(["model", "card", model]).output == card)
    #expect(try Tool.run(["model", "card", model, "--set", "license="]).status == 0)
    #expect(try ModelFile(contentsOf: URL(fileURLWithPath: model)).metadata["license"] == nil)
    #expect(try Tool.run(["model", "inspect", model]).output.contains("seen_pixel_mm: 1.4…1.6"))
  }

  @Test(arguments: ["config={}", "format=x", "License=x", "=x", "license", "seen_slice_mm=wide"])
  func entriesThatCannotBeSet(entry: String) throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: model))
    let outcome = try Tool.run(["model", "card", model, "--set", entry])
    #expect(outcome.status == 64 && outcome.errors.contains("--set"), "\(outcome.errors)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: model)) == bytes)
  }

  @Test func scansAreMeasuredAndThenHeldAgainst() throws {
    try write(phantom((40, 40, 4)), to: folder.path("sub-1_T1w.nii"))
    try write(phantom((44, 40, 4)), to: folder.path("sub-2_T1w.nii"))
    let measured = try Tool.run([
      "model", "card", model, "--measure", folder.url.path, "--output", folder.path("new.safetensors"),
    ])
    #expect(measured.status == 0, "\(measured.errors)")
    let metadata = try ModelFile(contentsOf: URL(fileURLWithPath: folder.path("new.safetensors"))).metadata
    #expect(metadata["seen_pixel_mm"] == "1.250…1.500" && metadata["seen_slice_mm"] == "3.000…3.000")
    #expect(metadata["seen_contrast"] == "T1-weighted (2)" && metadata["seen_scans"] == "2 scans of 2 subjects")
    #expect(try ModelFile(contentsOf: URL(fileURLWithPath: model)).metadata["seen_scans"] == nil)

    func upscale(_ name: String, _ more: String...) throws -> Tool.Outcome {
      try Tool.run(
        [
          "upscale", folder.path(name), folder.path("o.nii"), "--model", folder.path("new.safetensors"), "--samples",
          "1", "--steps", "4", "--overwrite",
        ] + more)
    }
    let same = try upscale("sub-1_T1w.nii", "--strict", "--quiet")
    #expect(same.status == 0 && same.errors.isEmpty, "\(same.errors)")
    try FileManager.default.copyItem(atPath: folder.path("sub-1_T1w.nii"), toPath: folder.path("other_T2w.nii"))
    let warned = try upscale("other_T2w.nii", "--quiet")
    #expect(
      warned.status == 0 && warned.errors.contains("warning: this is T2-weighted by the file's name"),
      "\(warned.errors)")
    let record = try String(contentsOfFile: folder.path("o.json"), encoding: .utf8)
    #expect(record.contains("this is T2-weighted by the file's name"))
    try FileManager.default.removeItem(atPath: folder.path("o.nii"))
    try FileManager.default.removeItem(atPath: folder.path("o.json"))
    let refused = try upscale("other_T2w.nii", "--strict")
    #expect(refused.status == 1 && refused.errors.contains("--strict") && refused.errors.contains("T2-weighted"))
    #expect(!FileManager.default.fileExists(atPath: folder.path("o.nii")))
    // A model that says nothing cannot be strict about anything.
    let silent = try Tool.run([
      "upscale", folder.path("sub-1_T1w.nii"), folder.path("o.nii"), "--model", model, "--strict",
    ])
    #expect(silent.status == 1 && silent.errors.contains("does not say what it has learned from"))
  }

  @Test func aCheckpointIsConverted() throws {
    let source = Self.golden.appendingPathComponent("torch/published.ckpt").path
    let target = folder.path("faces.safetensors")
    let outcome = try Tool.run(["model", "convert", source, target, "--set", "license=not stated"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("under state_dict.model") && outcome.output.contains("scale         ×4"))
    #expect(
      try ModelFile(contentsOf: URL(fileURLWithPath: target)).metadata["origin"]?.contains("published.ckpt") == true)
    #expect(
      try Tool.run([
        "model", "verify", target, Self.golden.appendingPathComponent("torch/published-golden.safetensors").path,
      ]).status == 0)
    #expect(try Tool.run(["model", "convert", source, target]).errors.contains("--overwrite"))
    #expect(
      try Tool.run(["model", "convert", source, target, "--overwrite", "--base", "plain", "--type", "float16"]).status
        == 0)
    #expect(try ModelFile(contentsOf: URL(fileURLWithPath: target)).configuration.baseScale == 1)
    let before = folder.contents
    try Data("cos\nsystem\n".utf8).write(to: URL(fileURLWithPath: folder.path("evil.pt")))
    let refused = try Tool.run(["model", "convert", folder.path("evil.pt"), folder.path("evil.safetensors")])
    #expect(refused.status == 1 && refused.errors.split(separator: "\n").count == 1, "\(refused.errors)")
    #expect(folder.contents == (before + ["evil.pt"]).sorted())
  }

  /// Three channels on a gray volume: each sees the same, and the mean of the three comes out.
  @Test func aModelOfThreeChannelsTakesGrayScans() throws {
    let target = folder.path("colour.safetensors")
    #expect(
      try Tool.run(["model", "convert", Self.golden.appendingPathComponent("torch/colour.pt").path, target]).status == 0
    )
    try write(phantom((20, 18, 2)), to: folder.path("in.nii"))
    let outcome = try Tool.run([
      "upscale", folder.path("in.nii"), folder.path("o.nii"), "--model", target, "--scale", "4", "--samples", "3",
      "--steps", "4",
      "--uncertainty", folder.path("s.nii"), "--keep-samples", folder.path("samples"), "--quiet",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let (mean, sigma) = try (readVolume(folder.path("o.nii")), readVolume(folder.path("s.nii")))
    let samples = try (1...3).map { try readVolume(folder.path("samples/sample-\($0).nii")) }
    for (i, j, k) in [(7, 11, 0), (40, 30, 1), (79, 71, 1)] {
      let values = samples.map { $0[i, j, k, frame: 0] }
      let average = values.reduce(0, +) / 3
      let deviation = (values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / 2).squareRoot()
      #expect(abs(mean[i, j, k, frame: 0] - average) < 1e-3 * max(1, abs(average)))
      #expect(abs(sigma[i, j, k, frame: 0] - deviation) < 1e-3 * max(1, deviation))
    }
  }
}
