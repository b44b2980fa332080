import Foundation
import Neural

/// All that a training needs to go on: one safetensors file, replaced in one step. The one before is kept beside it.
struct TrainingCheckpoint {
  let stage: TrainingConfiguration.StageName?
  let update: Int
  let weights: [String: (shape: [Int], values: [Float])]
  let optimiserUpdates: Int
  let states: [String: Adam.State]
  let lossSum: Double
  let lossCount: Int
  let recentLoss: Double
  let bestPSNR: Double
  let seconds: Double
  /// Absent from checkpoints of earlier versions.
  let lastScores: String?
  /// What decides the weights, as text.
  private let identity: String
  private let url: URL?

  private static let fileName = "checkpoint.safetensors"
  private static let previousName = "checkpoint-before.safetensors"
  private static let format = "residua training 1"

  init(of trainer: Trainer, scans: [String]) {
    stage = trainer.stage
    update = trainer.update
    weights = Dictionary(
      uniqueKeysWithValues: trainer.model.namedParameters().map { ($0.name, ($0.parameter.shape, $0.parameter.values)) }
    )
    optimiserUpdates = trainer.optimiser.updates
    states = trainer.optimiser.states
    lossSum = trainer.lossSum
    lossCount = trainer.lossCount
    recentLoss = trainer.recentLoss
    bestPSNR = trainer.bestPSNR
    seconds = trainer.seconds
    lastScores = trainer.lastScores
    identity = trainer.configuration.identity(scans: scans)
    url = nil
  }

  /// The checkpoint of a folder; nil where there is none.
  /// - Throws: `TrainingError` where there is one that cannot be read.
  init?(in folder: URL) throws {
    let url = folder.appendingPathComponent(Self.fileName)
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    func unsuitable(_ reason: String) -> TrainingError {
      TrainingError(
        .unsuitableCheckpoint, url.path,
        reason + ". Remove it to begin anew, or put \(Self.previousName) in its place to go on from the one before.")
    }
    let file: SafetensorsFile
    do { file = try SafetensorsFile(contentsOf: url) } catch { throw unsuitable("\(error)") }
    let notes = file.metadata
    func bits(_ name: String) -> Double? { notes[name].flatMap { UInt64($0, radix: 16) }.map(Double.init(bitPattern:)) }
    guard notes["format"] == Self.format, let identity = notes["identity"], let stageName = notes["stage"],
      let update = notes["update"].flatMap({ Int($0) }), update >= 0,
      let optimiserUpdates = notes["optimiser_updates"].flatMap({ Int($0) }), optimiserUpdates >= 0,
      let lossCount = notes["loss_count"].flatMap({ Int($0) }), let lossSum = bits("loss_sum"),
      let recentLoss = bits("recent_loss"), let bestPSNR = bits("best_psnr"), let seconds = bits("seconds"),
      stageName == "done" || TrainingConfiguration.StageName(rawValue: stageName) != nil
    else { throw unsuitable("is no checkpoint of a training") }
    var weights: [String: (shape: [Int], values: [Float])] = [:]
    var states: [String: Adam.State] = [:]
    for (name, entry) in file.entries {
      guard let dot = name.firstIndex(of: ".") else { throw unsuitable("holds \(name), which is not known") }
      let parameter = String(name[name.index(after: dot)...])
      let values: [Float]
      do { values = try file.floats(name) } catch { throw unsuitable("\(error)") }
      switch name[..<dot] {
      case "weight": weights[parameter] = (entry.shape, values)
      case "first": states[parameter, default: .empty].first = values
      case "second": states[parameter, default: .empty].second = values
      case "average": states[parameter, default: .empty].average = values
      default: throw unsuitable("holds \(name), which is not known")
      }
    }
    for (name, state) in states {
      guard let count = weights[name]?.values.count, state.first.count == count, state.second.count == count,
        state.average.isEmpty || state.average.count == count
      else { throw unsuitable("the optimiser's state of \(name) does not fit its weight") }
    }
    (self.stage, self.update) = (TrainingConfiguration.StageName(rawValue: stageName), update)
    (self.weights, self.states, self.optimiserUpdates) = (weights, states, optimiserUpdates)
    (self.lossSum, self.lossCount, self.recentLoss) = (lossSum, lossCount, recentLoss)
    (self.bestPSNR, self.seconds, self.identity, self.url) = (bestPSNR, seconds, identity, url)
    lastScores = notes["last_scores"]
  }

  /// - Throws: `TrainingError` where another configuration or other scans made it, saying what differs.
  func check(_ configuration: TrainingConfiguration, scans: [String]) throws {
    let expected = configuration.identity(scans: scans)
    guard identity != expected else { return }
    let (found, wanted) = (identity.split(separator: "\n"), expected.split(separator: "\n"))
    let pairs = zip(found, wanted).filter { $0 != $1 }.map { "it was made with \($0), now it is \($1)" }
    throw TrainingError(
      .unsuitableCheckpoint, url?.path ?? Self.fileName,
      "belongs to another training: \(pairs.joined(separator: "; ")). Choose another output folder, or restore the configuration."
    )
  }

  func write(to folder: URL) throws {
    func bits(_ value: Double) -> String { String(value.bitPattern, radix: 16) }
    var writer = SafetensorsWriter(metadata: [
      "format": Self.format, "identity": identity, "stage": stage?.rawValue ?? "done", "update": "\(update)",
      "optimiser_updates": "\(optimiserUpdates)", "loss_sum": bits(lossSum), "loss_count": "\(lossCount)",
      "recent_loss": bits(recentLoss), "best_psnr": bits(bestPSNR), "seconds": bits(seconds),
    ])
    writer.metadata["last_scores"] = lastScores
    for (name, weight) in weights { writer.add("weight.\(name)", shape: weight.shape, values: weight.values) }
    for (name, state) in states {
      writer.add("first.\(name)", shape: [state.first.count], values: state.first)
      writer.add("second.\(name)", shape: [state.second.count], values: state.second)
      if !state.average.isEmpty {
        writer.add("average.\(name)", shape: [state.average.count], values: state.average)
      }
    }
    let url = folder.appendingPathComponent(Self.fileName)
    let before = folder.appendingPathComponent(Self.previousName)
    try TrainingLog.unwritable(url) {
      let files = FileManager.default
      if files.fileExists(atPath: url.path) {
        // A second name for the old bytes: at no moment is there less than one whole checkpoint.
        try? files.removeItem(at: before)
        try? files.linkItem(at: url, to: before)
      }
      try writer.write(to: url)
    }
  }
}

extension Adam.State {
  fileprivate static let empty = Adam.State(first: [], second: [], average: [])
}

extension TrainingConfiguration {
  /// Everything that decides the weights, line by line, in words of its own, so that a later version with more settings still goes on from it. How
  /// many updates a stage has is left out, so that a training can be made longer.
  func identity(scans: [String]) -> String {
    // A line only where there is a file, so that trainings without one still know their checkpoints.
    let start = model.startFile.isEmpty ? [] : ["weights of \(model.startFile)"]
    let all =
      settings(encoderFile: model.encoderFile) + ["\(scans.count) scans: \(scans.joined(separator: " "))"] + start
    return all.joined(separator: "\n")
  }

  /// The same for the model's card: without the scans, which may be called after people, and without folders.
  var recipe: String {
    func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? "" }
    let start = model.startFile.isEmpty ? [] : ["weights of \(name(model.startFile))"]
    return (settings(encoderFile: name(model.encoderFile)) + start).joined(separator: "\n")
  }

  private func settings(encoderFile: String) -> [String] {
    func text(_ s: Stage) -> String {
      "batch \(s.batch), patch \(s.patch), rate \(s.rate), warm-up \(s.warmUp), \(s.decay) \(s.decayEvery) \(s.decayFactor) \(s.floor)"
    }
    let encoder = encoderFile.isEmpty ? text(encoder) : "of \(encoderFile)"
    return [
      "seed \(seed)",
      "scale \(model.scale)",
      "encoder of \(model.encoderFeatures) features, \(model.encoderBlocks) blocks",
      "dim \(model.dim), mults \(model.mults)",
      "timesteps \(model.timesteps)",
      "residual \(model.residual)",
      "plane \(data.plane)",
      "percentile \(data.percentile)",
      "degradation \(data.degradation)",
      "tissue above \(data.tissueAbove), anywhere \(data.anywhere)",
      "flips \(augmentation.flips), rotations \(augmentation.rotations)",
      "intensity scale \(augmentation.intensityScale), gamma \(augmentation.gamma)",
      "\(optimiser.kind), betas \(optimiser.beta1) \(optimiser.beta2), decay \(optimiser.weightDecay)",
      "clip \(optimiser.clip), average \(optimiser.average)",
      "encoder's training: \(encoder)",
      "predictor's training: \(text(predictor))",
    ]
  }
}
