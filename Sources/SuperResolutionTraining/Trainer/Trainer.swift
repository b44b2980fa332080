import Diffusion
import Foundation
import Neural
import Tensors

/// Learns an SRDiff model as the paper does (Li et al., "SRDiff", 2022, section 3.5): first the encoder as a super-resolution network, then, with the encoder
/// frozen, the noise predictor.
///
/// A training is a sequence of updates that the caller pulls; whoever holds it owns progress and cancellation. Between two updates it can be saved,
/// dropped, and made anew from its folder: the weights are then the same, bit for bit, as if nothing had happened, since every random number is a
/// function of the seed and its place.
///
/// ```swift
/// let trainer = try Trainer(configuration, output: folder, engine: Engine())
/// while let progress = try trainer.next() { show(progress) }
/// ```
///
/// The folder then holds `model.safetensors` (the moving average of the weights, as float16), `best.safetensors` (the same at the best validation),
/// each with its card (`.md`), `checkpoint.safetensors` (what a resumed training needs), `log.csv`, `validation.csv`, `loss.png` and `examples/`.
public final class Trainer {
  /// As it was given.
  public let configuration: TrainingConfiguration
  /// The folder that gets model, checkpoints and logs.
  public let output: URL
  /// What computes.
  public let engine: Engine
  /// The stage at work; nil when the training is done.
  public internal(set) var stage: TrainingConfiguration.StageName?
  /// Updates of this stage that are done.
  public internal(set) var update = 0
  /// Whether the folder held a checkpoint that this training goes on from.
  public let isResumed: Bool
  /// Scans that were not used, and why.
  public let skipped: [String]
  /// How many scans are learned from and validated with.
  public let trainingScans: Int
  /// The scans that are validated on and not learned from.
  public let validationScans: Int
  /// What started the training, for the model's card.
  public var command: String?

  /// The weights as they are learned; `average` for those to use.
  public internal(set) var model: SRDiffModel
  var optimiser: Adam
  let schedule: NoiseSchedule
  let set: TrainingSet
  package let sampler: PatchSampler
  var log: TrainingLog
  /// Since the last line of the log.
  var lossSum = 0.0
  var lossCount = 0
  var recentLoss = Double.nan
  var bestPSNR = -Double.infinity
  /// The latest validation's, as a line for people.
  var lastScores: String?
  /// Seconds of work on this training, all sessions together.
  var seconds: Double
  private let loader: BatchLoader
  private var secondsPerUpdate = Double.nan

  /// Reads the scans, and goes on from the folder's checkpoint if there is one.
  ///
  /// - Parameters:
  ///   - output: made if need be.
  ///   - folder: what relative paths of scans start from; nil for the working directory.
  ///   - checkpoint: called now and then while scans are read; what it throws is thrown.
  ///   - report: called with the name of each scan.
  /// - Throws: `TrainingError` when there is nothing to learn from, when the checkpoint belongs to another configuration, or when nothing can be written.
  public init(
    _ configuration: TrainingConfiguration, output: URL, engine: Engine, relativeTo folder: URL? = nil,
    checkpoint: () throws -> Void = {}, report: (String) -> Void = { _ in }
  ) throws {
    let problems = configuration.problems
    guard problems.isEmpty else {
      throw TrainingError(.invalidConfiguration, "configuration", problems.joined(separator: "; "))
    }
    self.configuration = configuration
    self.output = output
    self.engine = engine
    try TrainingLog.unwritable(output) {
      try FileManager.default.createDirectory(
        at: output.appendingPathComponent("examples"), withIntermediateDirectories: true)
    }
    let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true)
    set = try TrainingSet(configuration, relativeTo: folder ?? here, checkpoint: checkpoint, report: report)
    skipped = set.skipped
    trainingScans = set.training.count
    validationScans = set.validation.count
    schedule = NoiseSchedule(cosine: configuration.model.timesteps)
    sampler = PatchSampler(volumes: set.training, configuration: configuration)
    loader = BatchLoader(sampler, schedule: schedule)
    var model = try SRDiffModel(shape: configuration.model.shape, engine: engine)
    optimiser = Adam(configuration.optimiser.settings)
    let names = set.training.map(\.name)
    if let saved = try TrainingCheckpoint(in: output) {
      try saved.check(configuration, scans: names)
      try model.load(saved.weights)
      (stage, update) = (saved.stage, saved.update)
      optimiser = Adam(configuration.optimiser.settings, updates: saved.optimiserUpdates, states: saved.states)
      (lossSum, lossCount, recentLoss) = (saved.lossSum, saved.lossCount, saved.recentLoss)
      (bestPSNR, seconds) = (saved.bestPSNR, saved.seconds)
      lastScores = saved.lastScores
      isResumed = true
    } else {
      var random = KeyedRandom(seed: configuration.seed, .weights)
      model.initialize(using: &random)
      stage = .encoder
      if !configuration.model.encoderFile.isEmpty {
        let url = URL(fileURLWithPath: configuration.model.encoderFile, relativeTo: folder ?? here).standardizedFileURL
        try model.encoder.load(Self.encoderWeights(in: url), under: "rrdb")
        stage = .predictor
      }
      if !configuration.model.startFile.isEmpty {
        let url = URL(fileURLWithPath: configuration.model.startFile, relativeTo: folder ?? here).standardizedFileURL
        try model.load(ModelFile(contentsOf: url).weights())
      }
      seconds = 0
      isResumed = false
    }
    self.model = model
    let (stage, update) = (stage, update)
    log = try TrainingLog(in: output) { other, number in
      switch stage {
      case nil: true
      case .encoder?: other == .encoder && number <= update
      case .predictor?: other == .encoder || number <= update
      }
    }
    try passStages()
  }

  /// Makes one update, and what is due after it: a line of the log, a validation, a checkpoint.
  ///
  /// - Returns: what happened; nil when the training is done.
  /// - Throws: `TrainingError` when loss or gradients stop being numbers (the last checkpoint stays), or a file cannot be written.
  public func next() throws -> TrainingProgress? {
    guard let stage else { return nil }
    let settings = configuration.stage(stage)
    let start = Date()
    let batch = loader.batch(stage: stage, update: update)
    let rate = settings.learningRate.rate(at: update)
    let (loss, norm) = learn(from: batch, stage: stage, rate: rate)
    guard loss.isFinite, norm.isFinite else { throw divergence(stage, batch, loss: loss, norm: norm) }
    update += 1
    lossSum += loss
    lossCount += 1
    recentLoss = recentLoss.isNaN ? loss : recentLoss + max(0.01, 1 / Double(update)) * (loss - recentLoss)
    let time = Date().timeIntervalSince(start)
    seconds += time
    secondsPerUpdate = secondsPerUpdate.isNaN ? time : secondsPerUpdate + 0.02 * (time - secondsPerUpdate)
    if update % configuration.upkeep.logEvery == 0 {
      try log.addLoss(
        stage, update: update, loss: lossSum / Double(lossCount), norm: norm, rate: rate, seconds: seconds)
      (lossSum, lossCount) = (0, 0)
    }
    let isLast = update == settings.updates
    var scores: ValidationScores?
    if (isLast || update % configuration.upkeep.validateEvery == 0) && !set.validation.isEmpty {
      scores = try validate(stage)
    }
    let isCheckpoint = isLast || update % configuration.upkeep.checkpointEvery == 0
    let rest = Double(settings.updates - update) + (stage == .encoder ? Double(configuration.predictor.updates) : 0)
    let progress = TrainingProgress(
      stage: stage, update: update, updates: settings.updates, loss: loss, recentLoss: recentLoss, gradientNorm: norm,
      rate: rate, secondsPerUpdate: secondsPerUpdate, secondsLeft: rest * secondsPerUpdate, validation: scores,
      isCheckpoint: isCheckpoint)
    if isLast { try passStages() }
    if isCheckpoint { try save() }
    return progress
  }

  /// Writes the model and the checkpoint as they are now. Each file is replaced in one step.
  public func save() throws {
    // The checkpoint last: one that says that the training is done must not outlive a kill that came before the model.
    try writeModel(to: output.appendingPathComponent("model.safetensors"))
    try log.draw()
    try TrainingCheckpoint(of: self, scans: set.training.map(\.name)).write(to: output)
  }

  /// The model to use: the moving averages of the stage at work.
  public var average: SRDiffModel {
    get throws {
      var copy = model
      switch stage {
      case .encoder?: try copy.encoder.load(optimiser.averages(of: model.encoder, under: "rrdb"), under: "rrdb")
      case .predictor?:
        try copy.predictor.load(optimiser.averages(of: model.predictor, under: "denoise_fn"), under: "denoise_fn")
      case nil: break
      }
      return copy
    }
  }

  private static func encoderWeights(in url: URL) throws -> [String: (shape: [Int], values: [Float])] {
    try ModelFile(contentsOf: url).weights().filter { $0.key.hasPrefix("rrdb.") }
  }

  /// Leaves stages that are done: their averages become the weights.
  private func passStages() throws {
    while let stage, update >= configuration.stage(stage).updates {
      model = try average
      self.stage = stage == .encoder ? .predictor : nil
      if self.stage == nil { break }
      update = 0
      optimiser = Adam(configuration.optimiser.settings)
      (lossSum, lossCount, recentLoss) = (0, 0, .nan)
      secondsPerUpdate = .nan
    }
  }

  /// One forward and backward pass and the change of the weights.
  private func learn(from batch: TrainingBatch, stage: TrainingConfiguration.StageName, rate: Double) -> (
    loss: Double, norm: Double
  ) {
    let tape = GradientTape(engine: engine)
    let execution = Execution(engine, tape: tape)
    let prediction: Tensor
    let target: Tensor
    switch stage {
    case .encoder:
      let encoding = model.encoder(batch.low, in: execution)
      prediction = model.encoder.image(of: encoding, in: execution, isClamped: false)
      target = batch.high
    case .predictor:
      // Without the tape: the encoder stays as it is.
      let features = model.encoder(batch.low, in: Execution(engine)).condition
      let condition = model.predictor.projectedCondition(features, in: execution)
      prediction = model.predictor(batch.noisy, steps: batch.steps, condition: condition, in: execution)
      target = batch.noise
    }
    let (loss, gradient) = engine.meanAbsoluteError(prediction, target)
    guard loss.isFinite else { return (loss, .nan) }
    tape.backward(from: prediction, gradient: gradient)
    let norm =
      stage == .encoder
      ? optimiser.update(&model.encoder, under: "rrdb", from: tape, rate: rate, on: engine)
      : optimiser.update(&model.predictor, under: "denoise_fn", from: tape, rate: rate, on: engine)
    return (loss, norm)
  }

  private func divergence(
    _ stage: TrainingConfiguration.StageName, _ batch: TrainingBatch, loss: Double, norm: Double
  ) -> TrainingError {
    let what = loss.isFinite ? "the gradients' norm is \(norm)" : "the loss is \(loss)"
    return TrainingError(
      .diverged, "\(stage) update \(update + 1)",
      "\(what); the batch was \(batch.origins.prefix(4).joined(separator: "; "))"
        + (batch.origins.count > 4 ? " and \(batch.origins.count - 4) more" : "")
        + ". The last checkpoint is untouched. Try a lower \(stage).rate, a longer \(stage).warm_up or a smaller optimiser.clip."
    )
  }
}
