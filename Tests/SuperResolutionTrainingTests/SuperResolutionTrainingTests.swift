import Diffusion
import Foundation
import SuperResolutionTraining
import Tensors
import Testing
import Volumes

/// Scans of blobs, written as NIfTI, and a training small enough for a test.
struct TinyTraining {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("residua-training-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("scans"), withIntermediateDirectories: true)
    for subject in 1...3 { try writeScan(subject) }
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  func output(_ name: String) -> URL { folder.appendingPathComponent(name) }

  /// Three unequal sides and spacings, so that a transposition cannot hide.
  private func writeScan(_ subject: Int) throws {
    let (w, h, d) = (40, 36, 6)
    let affine = AffineTransform(spacing: [0.9, 1.1, 3])
    let header = VolumeHeader(
      size: (w, h, d), frames: 1, geometry: VolumeGeometry(affine: affine), acquiredAxis: .k, storedType: .float32)
    var values = [Double](repeating: 0, count: w * h * d)
    for k in 0..<d {
      for j in 0..<h {
        for i in 0..<w {
          let (x, y) = (Double(i) - 20, Double(j) - 18)
          guard x * x / 300 + y * y / 240 < 1 else { continue }
          values[(k * h + j) * w + i] = 100 + 40 * sin(0.7 * x + Double(subject)) * cos(0.5 * y) + 10 * Double(k)
        }
      }
    }
    let volume = Volume(header: header, values: values)
    let writer = try NiftiWriter(
      NiftiOutput(header: header, type: .float32), to: folder.appendingPathComponent("scans/sub-0\(subject)_T1w.nii.gz")
    )
    for k in 0..<d {
      try writer.writeSlice(volume.readSlice(k, across: .k, frame: 0), at: k, across: .k, frame: 0)
    }
    try writer.finish()
  }

  var yaml: String {
    """
    seed: 7
    model: {scale: 2, encoder_features: 4, encoder_blocks: 2, dim: 4, mults: [1, 2]}
    data: {train: "\(folder.path)/scans", validation_subjects: 1}
    encoder: {updates: 6, batch: 2, patch: 16, warm_up: 2, rate: 1e-3}
    predictor: {updates: 6, batch: 3, patch: 16, warm_up: 2, rate: 1e-3}
    upkeep: {checkpoint_every: 2, validate_every: 3, log_every: 2, validation_slices: 1, validation_samples: 2, validation_steps: 2}
    """
  }

  func trainer(_ name: String, overrides: [String] = [], threads: Int = 2) throws -> Trainer {
    try Trainer(
      TrainingConfiguration(yaml: yaml, overrides: overrides), output: output(name), engine: Engine(threads: threads))
  }
}

@Suite struct TrainerTests {
  private func weights(_ trainer: Trainer) -> [Float] {
    trainer.model.namedParameters().flatMap { $0.parameter.values }
  }

  private func log(_ folder: URL) throws -> [[Substring]] {
    // Without the seconds, which nobody can repeat.
    try String(contentsOf: folder.appendingPathComponent("log.csv"), encoding: .utf8).split(separator: "\n").map {
      Array($0.split(separator: ",").dropLast())
    }
  }

  @Test(arguments: [1, 4, 5, 7, 11]) func aResumedTrainingIsTheUninterruptedOne(stop: Int) throws {
    let tiny = try TinyTraining()
    defer { tiny.remove() }
    let whole = try tiny.trainer("whole")
    while try whole.next() != nil {}
    // Saved by hand at `stop`, then two more updates that are lost, as after a kill.
    var part = try tiny.trainer("part", threads: 1)
    for _ in 0..<stop { _ = try part.next() }
    try part.save()
    let lost = try tiny.trainer("part")
    for _ in 0..<1 { _ = try lost.next() }
    part = try tiny.trainer("part")
    #expect(part.isResumed)
    while try part.next() != nil {}
    #expect(weights(whole) == weights(part))
    for file in ["model.safetensors", "best.safetensors", "validation.csv"] {
      let (a, b) = (tiny.output("whole/\(file)"), tiny.output("part/\(file)"))
      if file == "validation.csv" {
        #expect(try Data(contentsOf: a) == Data(contentsOf: b))
      } else {
        let (x, y) = try (ModelFile(contentsOf: a).weights(), ModelFile(contentsOf: b).weights())
        #expect(x.mapValues(\.values) == y.mapValues(\.values), "\(file)")
      }
    }
    #expect(try log(tiny.output("whole")) == log(tiny.output("part")))
    #expect(FileManager.default.fileExists(atPath: tiny.output("part/loss.png").path))
    #expect(FileManager.default.fileExists(atPath: tiny.output("part/examples/predictor-6.png").path))
  }

  @Test func aModelIsWhatUpscalingOpens() throws {
    let tiny = try TinyTraining()
    defer { tiny.remove() }
    let trainer = try tiny.trainer(
      "out", overrides: ["data.degradation=kspace", "model.residual=asinh", "card.license=CC0-1.0"])
    #expect(trainer.trainingScans == 2)
    #expect(trainer.validationScans == 1)
    while try trainer.next() != nil {}
    let file = try ModelFile(contentsOf: tiny.output("out/model.safetensors"))
    #expect(file.configuration.residual == .asinh(knee: 0.05, reach: 2))
    #expect(file.configuration.degradation == "truncation of k-space to 1/2 per side")
    #expect(file.metadata["license"] == "CC0-1.0")
    #expect(file.metadata["seen_pixel_mm"] == "0.900…1.100")
    #expect(file.metadata["seen_scans"] == "2 scans of 2 subjects")
  }

  @Test func aTrainingCanStartFromAModel() throws {
    let tiny = try TinyTraining()
    defer { tiny.remove() }
    let first = try tiny.trainer("first")
    while try first.next() != nil {}
    let file = tiny.output("first/model.safetensors")
    let saved = try ModelFile(contentsOf: file).weights()
    // Before any update the weights are the file's; a stage of no updates leaves its half as it is.
    let second = try tiny.trainer(
      "second", overrides: ["model.start_file=\(file.path)", "encoder.updates=0", "seed=8"])
    #expect(second.stage == .predictor && !second.isResumed)
    for (name, parameter) in second.model.namedParameters() { #expect(parameter.values == saved[name]?.values) }
    while try second.next() != nil {}
    for (name, parameter) in second.model.namedParameters() {
      #expect((parameter.values == saved[name]?.values) == name.hasPrefix("rrdb."), "\(name)")
    }
    #expect(
      try tiny.trainer("second", overrides: ["model.start_file=\(file.path)", "encoder.updates=0", "seed=8"]).isResumed)
    #expect(throws: (any Error).self) {
      try tiny.trainer("third", overrides: ["model.start_file=\(file.path)", "model.dim=6"])
    }
    let both = #expect(throws: TrainingError.self) {
      try tiny.trainer("third", overrides: ["model.start_file=a", "model.encoder_file=b"])
    }
    #expect(both?.code == .invalidConfiguration)
  }

  @Test func aCheckpointOfAnotherTrainingIsRefused() throws {
    let tiny = try TinyTraining()
    defer { tiny.remove() }
    let trainer = try tiny.trainer("out")
    _ = try trainer.next()
    try trainer.save()
    let error = #expect(throws: TrainingError.self) { try tiny.trainer("out", overrides: ["seed=8"]) }
    #expect(error?.code == .unsuitableCheckpoint)
    #expect(error?.reason.contains("seed 7, now it is seed 8") == true)
    // A longer training is the same training.
    #expect(try tiny.trainer("out", overrides: ["predictor.updates=9"]).isResumed)
    try Data("nothing".utf8).write(to: tiny.output("out/checkpoint.safetensors"))
    let broken = #expect(throws: TrainingError.self) { try tiny.trainer("out") }
    #expect(broken?.code == .unsuitableCheckpoint)
  }

  @Test func divergenceStopsWithASentenceAndLeavesTheCheckpoint() throws {
    let tiny = try TinyTraining()
    defer { tiny.remove() }
    let trainer = try tiny.trainer(
      "out",
      overrides: [
        "encoder.rate=1.0", "encoder.warm_up=0", "optimiser.clip=0", "optimiser.beta2=0.0", "encoder.updates=400",
      ])
    let error = #expect(throws: TrainingError.self) { while try trainer.next() != nil {} }
    #expect(error?.code == .diverged)
    #expect(error?.reason.contains("encoder.rate") == true)
    #expect(error?.reason.contains("sub-0") == true)
  }

  @Test func unreadableScansAreSkippedAndAnEmptySetIsAnError() throws {
    let tiny = try TinyTraining()
    defer { tiny.remove() }
    let scan = try Data(contentsOf: tiny.folder.appendingPathComponent("scans/sub-01_T1w.nii.gz"))
    try scan.prefix(scan.count / 2).write(to: tiny.folder.appendingPathComponent("scans/sub-09_T1w.nii.gz"))
    try Data("a letter".utf8).write(to: tiny.folder.appendingPathComponent("scans/letter.txt"))
    let trainer = try tiny.trainer("out")
    #expect(trainer.skipped.count == 1)
    #expect(trainer.skipped.first?.contains("sub-09") == true)
    #expect(trainer.trainingScans == 2)
    let empty = #expect(throws: TrainingError.self) { try tiny.trainer("other", overrides: ["encoder.patch=64"]) }
    #expect(empty?.code == .noData)
    let missing = #expect(throws: TrainingError.self) {
      try tiny.trainer("other", overrides: ["data.train=/no/such/folder"])
    }
    #expect(missing?.code == .noData)
  }
}

@Suite struct DicomTrainingTests {
  static let scans: URL = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let named = ProcessInfo.processInfo.environment["RESIDUA_DATA"].map { URL(fileURLWithPath: $0) }
    return (named ?? root.appendingPathComponent("../shared/data").standardizedFileURL).appendingPathComponent(
      "dicom/fruit_mr")
  }()
  static let isThere: Bool = {
    let found = FileManager.default.fileExists(atPath: scans.path)
    if !found { print("not run: aSeriesOfDicomSlicesIsAScan needs RESIDUA_DATA") }
    return found
  }()

  @Test(.enabled(if: isThere)) func aSeriesOfDicomSlicesIsAScan() throws {
    let tiny = try TinyTraining()
    defer { tiny.remove() }
    let trainer = try tiny.trainer(
      "out", overrides: ["data.train=\(Self.scans.path)", "data.validation_subjects=0", "data.plane=acquired"])
    #expect(trainer.trainingScans == 1)
    #expect(trainer.skipped.isEmpty)
    let progress = try #require(try trainer.next())
    #expect(progress.loss.isFinite)
  }
}
