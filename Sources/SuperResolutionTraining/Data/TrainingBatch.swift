import Diffusion
import Foundation
import Tensors

/// What one update learns from.
struct TrainingBatch: Sendable {
  /// `[batch, side/scale, side/scale, 1]`.
  let low: Tensor
  /// `[batch, side, side, 1]`.
  let high: Tensor
  /// x_t and ε, `[batch, side, side, 1]`, and t of each item.
  let noisy: Tensor
  let noise: Tensor
  let steps: [Int]
  /// Where each item was cut from.
  let origins: [String]

  init(_ sampler: PatchSampler, schedule: NoiseSchedule, stage: TrainingConfiguration.StageName, update: Int) {
    let configuration = sampler.configuration
    let (batch, side) = (configuration.stage(stage).batch, configuration.stage(stage).patch)
    let lowSide = side / configuration.model.scale
    low = Tensor(n: batch, h: lowSide, w: lowSide, c: 1)
    high = Tensor(n: batch, h: side, w: side, c: 1)
    noisy = Tensor(n: batch, h: side, w: side, c: 1)
    noise = Tensor(n: batch, h: side, w: side, c: 1)
    let field = NoiseField(seed: configuration.seed)
    var steps: [Int] = []
    var origins: [String] = []
    for item in 0..<batch {
      let patch = sampler.patch(stage: stage, update: update, item: item)
      low.items(item..<item + 1).copy(from: Tensor(patch.low, n: 1, h: lowSide, w: lowSide, c: 1))
      high.items(item..<item + 1).copy(from: Tensor(patch.high, n: 1, h: side, w: side, c: 1))
      origins.append(patch.origin)
      guard stage == .predictor else { continue }
      var random = KeyedRandom(seed: configuration.seed, .step, stage: stage, update: update, item: item)
      let t = random.below(schedule.timesteps)
      steps.append(t)
      let epsilon = noise.items(item..<item + 1)
      field.fill(
        epsilon.pointer, rows: 0..<side, columns: 0..<side, sample: item, slice: update & 0x1FFF_FFFF, step: t)
      let signal = schedule.cumulativeAlphas[t].squareRoot()
      let spread = (1 - schedule.cumulativeAlphas[t]).squareRoot()
      let x = noisy.items(item..<item + 1).pointer
      for i in 0..<side * side {
        x[i] = Float(signal * Double(patch.residual[i]) + spread * Double(epsilon.pointer[i]))
      }
    }
    self.steps = steps
    self.origins = origins
  }
}

/// Makes batches ahead of time, on a thread of its own, while the engine works on the one before.
///
/// `@unchecked Sendable`: `pending` and `result` change hands through the dispatch group.
final class BatchLoader: @unchecked Sendable {
  private let sampler: PatchSampler
  private let schedule: NoiseSchedule
  private let queue = DispatchQueue(label: "residua.training.batches")
  private let group = DispatchGroup()
  private var pending: (stage: TrainingConfiguration.StageName, update: Int)?
  private var result: TrainingBatch?

  init(_ sampler: PatchSampler, schedule: NoiseSchedule) {
    self.sampler = sampler
    self.schedule = schedule
  }

  /// The batch of an update; begins with the next one in the background.
  func batch(stage: TrainingConfiguration.StageName, update: Int) -> TrainingBatch {
    group.wait()
    let ready = pending.map { $0 == (stage, update) } == true ? result : nil
    let batch = ready ?? TrainingBatch(sampler, schedule: schedule, stage: stage, update: update)
    pending = (stage, update + 1)
    queue.async(group: group) { [self] in
      result = TrainingBatch(sampler, schedule: schedule, stage: stage, update: update + 1)
    }
    return batch
  }

  deinit { group.wait() }
}
