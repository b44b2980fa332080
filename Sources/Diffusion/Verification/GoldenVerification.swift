import Foundation
import Neural
import Tensors

/// Holds a model, as this program runs it, against what another implementation computed with the same weights.
public struct GoldenVerification: Sendable, Equatable {
  /// One tensor of the golden file.
  public struct Comparison: Sendable, Equatable {
    /// Its name in the file: `condition`, `epsilon`, `encoder_image` or `residual`.
    public let name: String
    /// As in the file, channels first.
    public let shape: [Int]
    /// The largest absolute error relative to the largest absolute value of the file's tensor; the error itself where that is all zero, and
    /// infinite where a value is not finite.
    public let error: Double
  }

  /// In the order condition, epsilon, encoder_image, residual; those that the file has.
  public let comparisons: [Comparison]
  /// Tensors of the file that mean nothing here.
  public let ignored: [String]

  /// Whether every error is at most `tolerance`.
  public func passes(tolerance: Double) -> Bool { comparisons.allSatisfy { $0.error <= tolerance } }

  /// Runs the model on the inputs of a golden file and compares.
  ///
  /// - Parameters:
  ///   - file: which model, with its schedule.
  ///   - url: the golden file: see the documentation of `residua model verify`.
  ///   - engine: what computes.
  ///   - progress: told after each of the T steps of the full sampling, where the file asks for it; may throw to stop.
  /// - Throws: `GoldenError` naming everything that is missing or misshapen; `ModelError`; what the engine and `progress` throw.
  public init(
    of file: ModelFile, against url: URL, on engine: Engine,
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws {
    let golden = try GoldenFile(
      contentsOf: url, network: file.configuration.network, timesteps: file.configuration.timesteps)
    try self.init(
      of: file.model(on: engine), schedule: file.configuration.schedule, against: golden, progress: progress)
  }

  init(
    of model: SRDiffModel, schedule: NoiseSchedule, against golden: GoldenFile, progress: (Int, Int) throws -> Void
  ) throws {
    let images = try golden.lowResolutionImages()
    let conditions = try images.map(model.encode(lr:))
    var comparisons: [Comparison] = []
    for name in golden.present {
      let found: [Float]
      switch name {
      case "condition":
        found = conditions.flatMap { $0.projected.channelsFirstValues() }
      case "epsilon":
        found = try model.predictNoise(
          in: golden.images("x_t", count: golden.items), steps: golden.steps(), conditions: conditions,
          conditionIndex: Array(0..<golden.items)
        ).channelsFirstValues()
      case "encoder_image":
        found = try images.flatMap { try model.encoderImage(lr: $0).channelsFirstValues() }
      default:
        found = try Self.residual(of: model, schedule, conditions[0], golden, progress).channelsFirstValues()
      }
      comparisons.append(
        Comparison(
          name: name, shape: golden.file.entries[name]?.shape ?? [],
          error: Self.relativeError(found, try golden.floats(name))))
    }
    self.comparisons = comparisons
    ignored = golden.ignored
  }

  /// All T ancestral steps with the file's noise.
  private static func residual(
    of model: SRDiffModel, _ schedule: NoiseSchedule, _ condition: SRDiffModel.Condition, _ golden: GoldenFile,
    _ progress: (Int, Int) throws -> Void
  ) throws -> Tensor {
    let timesteps = schedule.timesteps
    let noise = try golden.images("noise", count: timesteps + 1)
    let size = noise.h * noise.w * noise.c
    let sampler = try Sampler(
      of: model, plan: SamplingPlan(schedule: schedule, method: .ddpm), conditions: [condition], conditionIndex: [0],
      noise: { destination, _, step in
        // x_T comes first, then the noise of the step from T − 1, and so on.
        destination.update(from: noise.pointer + (timesteps - step) * size, count: size)
      }, height: noise.h, width: noise.w, channels: noise.c)
    while try sampler.next() != nil { try progress(sampler.stepsDone, timesteps) }
    return sampler.state
  }

  static func relativeError(_ found: [Float], _ expected: [Float]) -> Double {
    precondition(found.count == expected.count, "\(found.count) values against \(expected.count)")
    var worst = 0.0
    var largest = 0.0
    for (value, reference) in zip(found, expected) {
      guard value.isFinite else { return .infinity }
      worst = max(worst, abs(Double(value) - Double(reference)))
      largest = max(largest, abs(Double(reference)))
    }
    return largest > 0 ? worst / largest : worst
  }
}
