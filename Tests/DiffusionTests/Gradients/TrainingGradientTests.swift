import Diffusion
import Foundation
import Neural
import Tensors
import Testing

/// Gradients and loss curves against PyTorch in float64 (Tests/Reference/gradient_reference.py).
@Suite struct TrainingGradientTests {
  enum Stage { case encoder, predictor }

  struct Golden: Sendable, CustomStringConvertible {
    let name: String
    let stage: Stage
    let shape: NetworkShape
    let isDecoupled: Bool
    var description: String { name }
  }

  static let files = [
    Golden(
      name: "encoder-x2", stage: .encoder, shape: .init(scale: 2, encoderFeatures: 8, encoderBlocks: 2, dim: 4),
      isDecoupled: false),
    Golden(
      name: "encoder-x3", stage: .encoder, shape: .init(scale: 3, encoderFeatures: 4, encoderBlocks: 3, dim: 4),
      isDecoupled: true),
    Golden(
      name: "predictor-x2", stage: .predictor,
      shape: .init(scale: 2, encoderFeatures: 8, encoderBlocks: 2, dim: 4, mults: [1, 2, 2, 3]), isDecoupled: false),
    Golden(
      name: "predictor-x3", stage: .predictor,
      shape: .init(scale: 3, encoderFeatures: 6, encoderBlocks: 5, dim: 4, mults: [1, 2, 3]), isDecoupled: true),
    Golden(
      name: "predictor-x4", stage: .predictor,
      shape: .init(scale: 4, encoderFeatures: 4, encoderBlocks: 2, dim: 4, mults: [1, 2, 3]), isDecoupled: false),
    Golden(
      name: "predictor-x8", stage: .predictor,
      shape: .init(scale: 8, encoderFeatures: 4, encoderBlocks: 2, dim: 4, mults: [1, 3, 2]), isDecoupled: true),
  ]

  private func model(_ it: Golden, _ engine: Engine) throws -> SRDiffModel {
    try SRDiffModel(shape: it.shape, weights: hashedWeights(it.shape, engine: engine), engine: engine)
  }

  /// One forward and backward pass; the loss.
  private func run(_ it: Golden, _ model: SRDiffModel, _ golden: GoldenFile, tape: GradientTape) -> Double {
    let engine = model.engine
    let execution = Execution(engine, tape: tape)
    let prediction: Tensor
    let target: Tensor
    switch it.stage {
    case .encoder:
      prediction = model.encoder.image(of: model.encoder(golden.image("lr"), in: execution), in: execution)
      target = golden.image("hr")
    case .predictor:
      let features = model.encoder(golden.image("lr"), in: Execution(engine)).condition
      prediction = model.predictor(
        golden.image("x_t"), steps: golden.integers("t"),
        condition: model.predictor.projectedCondition(features, in: execution), in: execution)
      target = golden.image("noise")
    }
    let (loss, gradient) = engine.meanAbsoluteError(prediction, target)
    tape.backward(from: prediction, gradient: gradient)
    return loss
  }

  @Test(arguments: files) func everyGradientMatchesPyTorch(_ it: Golden) throws {
    let golden = try GoldenFile(it.name, in: "gradients")
    for kernels in KernelSet.allCases where kernels.isAvailable {
      let engine = try Engine(threads: 2, kernels: kernels)
      let model = try model(it, engine)
      let tape = GradientTape(engine: engine)
      let loss = run(it, model, golden, tape: tape)
      #expect(abs(loss - Double(golden.floats("loss")[0])) < 1e-5)
      let trained = model.namedParameters().filter { $0.name.hasPrefix(it.stage == .encoder ? "rrdb." : "denoise_fn.") }
      var checked = 0
      for (name, parameter) in trained {
        guard let gradient = tape.gradient(of: parameter.gradientKey) else {
          Issue.record("\(name) has no gradient")
          continue
        }
        let error = relativeError(gradient.values(), golden.floats("gradient.\(name)"))
        #expect(error < 1e-4, "\(it.name) \(kernels): \(name)")
        checked += 1
      }
      #expect(checked == golden.names.filter { $0.hasPrefix("gradient.") }.count)
    }
  }

  @Test(arguments: files) func twentyUpdatesFollowPyTorch(_ it: Golden) throws {
    let golden = try GoldenFile(it.name, in: "gradients")
    let engine = try Engine(threads: 2)
    var model = try model(it, engine)
    var settings = Adam.Settings()
    settings.largestNorm = 0.2
    settings.averageDecay = 0.9
    var rate = LearningRate(base: 2e-3, warmUp: 5, decay: .step(every: 6, factor: 0.5))
    if it.isDecoupled {
      settings.beta2 = 0.99
      settings.weightDecay = .decoupled(0.05)
      rate.decay = .cosine(updates: 20, floor: 0.1)
    }
    var optimiser = Adam(settings)
    for k in 0..<20 {
      let tape = GradientTape(engine: engine)
      let loss = run(it, model, golden, tape: tape)
      let norm = optimiser.update(&model, from: tape, rate: rate.rate(at: k), on: engine)
      let (expected, expectedNorm) = (Double(golden.floats("curve")[k]), Double(golden.floats("norms")[k]))
      #expect(abs(loss - expected) < 1e-3 * expected, "\(it.name) update \(k)")
      #expect(abs(norm - expectedNorm) < 1e-2 * expectedNorm, "\(it.name) update \(k)")
    }
  }

  @Test func theSameUpdateOnAnyNumberOfThreadsIsTheSame() throws {
    let it = Self.files[2]
    let golden = try GoldenFile(it.name, in: "gradients")
    var weights: [[Float]] = []
    for threads in [1, 2, 5] {
      let engine = try Engine(threads: threads)
      var model = try model(it, engine)
      var optimiser = Adam()
      for _ in 0..<3 {
        let tape = GradientTape(engine: engine)
        _ = run(it, model, golden, tape: tape)
        _ = optimiser.update(&model, from: tape, rate: 1e-3, on: engine)
      }
      weights.append(model.namedParameters().flatMap { $0.parameter.values })
    }
    #expect(weights[0] == weights[1])
    #expect(weights[0] == weights[2])
  }
}
