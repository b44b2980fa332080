import Diffusion
import Foundation
import Neural
import Testing
import Volumes

/// A training through the tool: what happens to it from outside.
@Suite struct TrainCommandTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.path("scans"), withIntermediateDirectories: true)
    for subject in 1...3 { try write(phantom((40, 36 + subject, 6)), to: folder.path("scans/sub-\(subject)_T1w.nii")) }
    let yaml = """
      seed: 3
      model: {encoder_features: 4, encoder_blocks: 2, dim: 4, mults: [1, 2]}
      data: {train: "\(folder.path("scans"))", validation_subjects: 1}
      encoder: {updates: 40, batch: 2, patch: 16, warm_up: 2, rate: 1e-3}
      predictor: {updates: 40, batch: 2, patch: 16, warm_up: 2, rate: 1e-3}
      upkeep: {checkpoint_every: 7, validate_every: 20, log_every: 5, validation_slices: 1, validation_samples: 2, validation_steps: 2}
      """
    try Data(yaml.utf8).write(to: URL(fileURLWithPath: folder.path("c.yaml")))
  }

  private func arguments(_ output: String, _ more: String...) -> [String] {
    ["train", "--config", folder.path("c.yaml"), "--output", folder.path(output), "--quiet"] + more
  }

  private func weights(_ output: String) throws -> [String: [Float]] {
    try ModelFile(contentsOf: URL(fileURLWithPath: folder.path("\(output)/model.safetensors"))).weights().mapValues(
      \.values)
  }

  /// Killed again and again, wherever it may be, and gone on with: the weights are those of the training that nobody disturbed.
  @Test func killedAndResumedItIsTheSame() throws {
    #expect(try Tool.run(arguments("whole")).status == 0)
    var random = SystemRandomNumberGenerator()
    var kills = 0
    for _ in 0..<12 {
      let process = Tool.start(arguments("part"))
      process.standardError = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      usleep(UInt32.random(in: 20_000...400_000, using: &random))
      if process.isRunning {
        kill(process.processIdentifier, SIGKILL)
        kills += 1
      }
      process.waitUntilExit()
    }
    #expect(kills > 0)
    let last = try Tool.run(arguments("part"))
    #expect(last.status == 0, "\(last.errors)")
    #expect(try weights("whole") == weights("part"))
    let tables = try ["whole", "part"].map {
      try String(contentsOfFile: folder.path("\($0)/validation.csv"), encoding: .utf8)
    }
    #expect(tables[0] == tables[1])
  }

  /// What ends a training between its last two files leaves it unfinished, not finished with an old model.
  @Test func aModelThatCouldNotBeWrittenIsWrittenByTheNextRun() throws {
    let short = ["--set", "predictor.updates=0", "--set", "upkeep.checkpoint_every=1000"]
    try FileManager.default.createDirectory(
      atPath: folder.path("o/model.safetensors/in the way"), withIntermediateDirectories: true)
    #expect(try Tool.run(arguments("o") + short).status == 1)
    try FileManager.default.removeItem(atPath: folder.path("o/model.safetensors"))
    let again = try Tool.run(arguments("o") + short)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try Tool.run(arguments("whole") + short).status == 0)
    #expect(try weights("whole") == weights("o"))
  }

  @Test(arguments: [SIGINT, SIGTERM]) func asked(signal: Int32) throws {
    let process = Tool.startAsFromAShell(
      ["train", "--config", folder.path("c.yaml"), "--output", folder.path("o"), "--set", "encoder.updates=100000"])
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let log = folder.path("o/checkpoint.safetensors")
    for _ in 0..<1200 where !FileManager.default.fileExists(atPath: log) { usleep(50_000) }
    kill(process.processIdentifier, signal)
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 128 + signal)
    #expect(said.contains("stopped and saved at encoder update"), "\(said)")
    let resumed = try Tool.run(arguments("o", "--set", "encoder.updates=1", "--set", "predictor.updates=0"))
    #expect(resumed.status == 0, "\(resumed.errors)")
  }

  /// No file may grow beyond some size: the training stops with a sentence, and what it saved before is whole.
  @Test func aFullDiskKeepsTheLastGoodOne() throws {
    let longer = ["--set", "encoder.updates=400"]
    let process = Tool.start(arguments("o") + longer)
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let checkpoint = URL(fileURLWithPath: folder.path("o/checkpoint.safetensors"))
    for _ in 0..<1200 where !FileManager.default.fileExists(atPath: checkpoint.path) { usleep(20_000) }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let saved = try Data(contentsOf: checkpoint)
    let outcome = try Tool.run(arguments("o") + longer, fileSizeLimit: 20)
    #expect(outcome.status == 1 && outcome.errors.contains("the same command goes on"), "\(outcome.errors)")
    #expect(try Data(contentsOf: checkpoint) == saved)
    #expect(try Tool.run(arguments("o") + longer).status == 0)
    #expect(try Tool.run(arguments("whole") + longer).status == 0)
    #expect(try weights("whole") == weights("o"))
  }

  @Test func theModelHasItsCard() throws {
    let outcome = try Tool.run(arguments("o", "--set", "card.license=CC0-1.0", "--set", "card.limits=phantoms"))
    #expect(outcome.status == 0, "\(outcome.errors)")
    let model = try ModelFile(contentsOf: URL(fileURLWithPath: folder.path("o/model.safetensors")))
    #expect(model.metadata["seen_contrast"] == "T1-weighted (2)" && model.metadata["seen_modality"] == "MR (2)")
    #expect(
      model.metadata["command"]
        == "residua train --config c.yaml --set 'card.license=CC0-1.0' --set 'card.limits=phantoms' --output o")
    #expect(model.metadata["recipe"]?.contains("seed 3") == true)
    #expect(model.metadata["recipe"]?.contains(folder.url.path) == false)
    for name in ["model.md", "best.md"] {
      let card = try String(contentsOfFile: folder.path("o/\(name)"), encoding: .utf8)
      for part in ["CC0-1.0", "phantoms", "bicubic", "hours on", "not for diagnosis", "1.250…1.500"] {
        #expect(card.contains(part), "\(part) in \(card)")
      }
    }
    // What it learned from is like what it learned from.
    let check = try Tool.run(["model", "check", folder.path("o/model.safetensors"), folder.path("scans/sub-1_T1w.nii")])
    #expect(check.status == 0 && check.output.hasPrefix("like  "), "\(check.output)")
    let volume = phantom((40, 36, 6)) { volume in
      for k in 0..<6 { for j in 0..<36 { for i in 0..<40 where i % 3 > 0 { volume[i, j, k] = 30 } } }
    }
    try write(volume, to: folder.path("odd_FLAIR.nii"))
    let odd = try Tool.run([
      "model", "check", folder.path("o/model.safetensors"), folder.path("scans/sub-1_T1w.nii"),
      folder.path("odd_FLAIR.nii"),
    ])
    #expect(odd.status == 3 && odd.output.contains("UNLIKE") && odd.output.contains("FLAIR"), "\(odd.output)")
  }
}
