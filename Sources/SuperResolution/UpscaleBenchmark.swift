import Diffusion
import Foundation
import Neural
import Tensors

/// How fast slices of one size go through a model on this machine, and what that takes.
public struct UpscaleBenchmark: Sendable, Codable {
  /// What the network does with one item at a time, layer kind by layer kind.
  public let network: NetworkBenchmark
  /// The model file, or what stands in for it.
  public let model: String
  /// Height and width of the output slice, in pixels, as asked for.
  public let size: Int
  /// Tiles per slice.
  public let tiles: Int
  /// The reverse process.
  public let sampler: String
  /// That it takes.
  public let steps: Int
  /// Drawn per slice.
  public let samples: Int
  /// Samples that go through the network together.
  public let batch: Int
  /// Median time of one step of the sampler for a whole batch, noise and update included, in milliseconds.
  public let batchStepMilliseconds: Double
  /// What a slice takes: encoding once per tile, and every step of every batch, in seconds.
  public let sliceSeconds: Double
  /// Of this process, with one batch in work, in bytes.
  public let peakMemory: Int
  /// How much of its threads' time this process had while it was measured: well below 1 where other work took turns, and all times are too long.
  public let processorShare: Double

  /// - Parameters:
  ///   - size: height and width of the output slice, in pixels.
  ///   - settings: its samples, sampler, steps and tile are heeded.
  ///   - repetitions: how often each time is taken; medians are reported.
  public init(
    of network: SRDiffModel, named model: String, schedule: NoiseSchedule, size: Int,
    settings: UpscaleSettings = UpscaleSettings(), repetitions: Int = 5
  ) throws {
    let shape = network.shape
    let lowSide = max(1, (size + shape.scale - 1) / shape.scale)
    let layout = TileLayout(
      width: lowSide, height: lowSide, scale: shape.scale, tile: settings.tile, multiple: shape.sideMultiple,
      least: shape.leastSide)
    let side = layout.rows.length * shape.scale
    let plan = try settings.samplingPlan(for: schedule)
    let batch = TileSampler.batch(of: settings.samples, pixels: side * side)
    self.model = model
    self.size = size
    tiles = layout.count
    sampler = settings.sampler.rawValue
    steps = plan.steps.count
    samples = settings.samples
    self.batch = batch

    let lr = Tensor(n: 1, h: layout.rows.length, w: layout.rows.length, c: shape.channels)
    lr.fill(0)
    let noise = NoiseField(seed: settings.seed)
    let condition = try network.encode(lr: lr)
    let sampler = try Sampler(
      of: network, plan: plan, conditions: [condition], conditionIndex: [Int](repeating: 0, count: batch),
      noise: { pointer, item, step in
        noise.fill(
          pointer, rows: 0..<side, columns: 0..<side, channels: shape.channels, sample: item, slice: 0, step: step)
      }, height: side, width: side, channels: shape.channels)
    // The first step has memory to fetch; the last ones may be of another kind.
    var times: [Double] = []
    let (clockBefore, processorBefore) = (Date(), clock())
    for _ in 0...max(1, repetitions) {
      let start = Date()
      guard try sampler.next() != nil else { break }
      times.append(Date().timeIntervalSince(start))
    }
    if times.count > 1 { times.removeFirst() }
    batchStepMilliseconds = times.sorted()[times.count / 2] * 1e3
    peakMemory = ProcessMemory.peak
    self.network = try network.benchmark(height: side, width: side, repetitions: repetitions)
    processorShare =
      Double(clock() - processorBefore) / Double(CLOCKS_PER_SEC)
      / (Date().timeIntervalSince(clockBefore) * Double(network.engine.threads))
    let batches = (settings.samples + batch - 1) / batch
    sliceSeconds =
      Double(layout.count) * (self.network.encodeMilliseconds + Double(batches * steps) * batchStepMilliseconds) / 1e3
  }
}
