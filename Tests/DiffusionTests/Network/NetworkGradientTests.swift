import Diffusion
import Neural
import Tensors
import Testing

/// Gradients of whole networks, held against PyTorch in float64 (network_reference.py).
@Suite struct NetworkGradientTests {
  static let shapes: [(name: String, shape: NetworkShape)] = [
    ("gradients-x2", NetworkShape(scale: 2, encoderFeatures: 4, encoderBlocks: 5, dim: 8, mults: [1, 2, 2, 4])),
    ("gradients-x3", NetworkShape(scale: 3, encoderFeatures: 4, encoderBlocks: 2, dim: 10, mults: [1, 2])),
  ]

  struct Found {
    var parameters: [String: [Float]] = [:]
    var lr: [Float] = []
    var noisy: [Float] = []
  }

  /// The gradient of Σ ε·seed + Σ image·seed_image, the encoder and the predictor on one tape.
  static func gradients(_ golden: GoldenFile, _ shape: NetworkShape, engine: Engine) throws -> Found {
    let model = try SRDiffModel(shape: shape, weights: hashedWeights(shape, engine: engine), engine: engine)
    let tape = Tape()
    let execution = Execution(engine, tape: tape)
    let (lr, noisy) = (golden.image("lr"), golden.image("x_t"))
    tape.track(lr)
    tape.track(noisy)
    let encoding = model.encoder(lr, in: execution)
    let image = model.encoder.image(of: encoding, in: execution)
    let condition = model.predictor.projectedCondition(encoding.condition, in: execution)
    let epsilon = model.predictor(
      noisy, steps: golden.integers("t"), condition: condition,
      conditionIndex: Array(repeating: 0, count: noisy.n), in: execution)
    let gradients = tape.gradients(
      of: [(epsilon, golden.image("seed")), (image, golden.image("seed_image"))], engine: engine)
    var found = Found()
    for (name, parameter) in model.namedParameters() {
      found.parameters[name] = gradients.values(forParameter: parameter.key)
    }
    found.lr = gradients[lr].channelsFirstValues()
    found.noisy = gradients[noisy].channelsFirstValues()
    return found
  }

  @Test(arguments: 0..<2)
  func everyGradientMatchesPyTorch(index: Int) throws {
    let (name, shape) = Self.shapes[index]
    let golden = try GoldenFile(name)
    for kernels in KernelSet.allCases where kernels.isAvailable {
      let found = try Self.gradients(golden, shape, engine: Engine(threads: 2, kernels: kernels))
      #expect(relativeError(found.lr, golden.floats("lr_gradient")) < 2e-5)
      #expect(relativeError(found.noisy, golden.floats("x_t_gradient")) < 2e-5)
      for (parameter, gradient) in found.parameters {
        let expected = golden.floats(parameter)
        let probe = hashed("probe." + parameter, count: gradient.count)
        let sums = [
          gradient.reduce(0.0) { $0 + Double($1) }, gradient.reduce(0.0) { $0 + abs(Double($1)) },
          zip(gradient, probe).reduce(0.0) { $0 + Double($1.0) * Double($1.1) },
        ]
        let scale = Double(expected[1])
        for (a, b) in zip(sums, expected) {
          #expect(abs(a - Double(b)) < 2e-5 * scale, "\(name) \(parameter) with \(kernels)")
        }
      }
    }
  }

  /// The same bytes for one to three threads, and recording changes nothing about a result.
  @Test func gradientsDependOnNoThreads() throws {
    let (name, shape) = Self.shapes[0]
    let golden = try GoldenFile(name)
    let found = try (1...3).map { try Self.gradients(golden, shape, engine: Engine(threads: $0)) }
    #expect(found.allSatisfy { $0.parameters == found[0].parameters && $0.lr == found[0].lr })
  }
}
