import Diffusion
import Foundation
import Neural
import Tensors
import Testing

/// Held against PyTorch in float64 (network_reference.py).
@Suite struct NetworkTests {
  static let shapes: [(name: String, shape: NetworkShape)] = [
    ("x2", NetworkShape(scale: 2, encoderFeatures: 4, encoderBlocks: 3, dim: 8, mults: [1, 2, 2, 4])),
    ("x3", NetworkShape(scale: 3, encoderFeatures: 6, encoderBlocks: 5, dim: 8, mults: [1, 2, 3])),
    (
      "x4-colour",
      NetworkShape(channels: 3, scale: 4, encoderFeatures: 4, encoderBlocks: 2, dim: 10, mults: [1, 2, 2, 4])
    ),
    ("x8", NetworkShape(scale: 8, encoderFeatures: 4, encoderBlocks: 6, dim: 6, mults: [1, 3, 2])),
  ]

  @Test(arguments: 0..<4, [Engine.Products.packed, .openBLAS])
  func everyOutputMatchesPyTorch(index: Int, products: Engine.Products) throws {
    let (name, shape) = Self.shapes[index]
    let golden = try GoldenFile(name)
    for kernels in KernelSet.allCases where kernels.isAvailable {
      let engine = try Engine(threads: 2, kernels: kernels, products: products)
      let model = try SRDiffModel(shape: shape, weights: hashedWeights(shape, engine: engine), engine: engine)
      let encoding = model.encoder(golden.image("lr"), in: Execution(engine))
      let condition = try model.encode(lr: golden.image("lr"))
      let noisy = golden.image("x_t")
      let epsilon = try model.predictNoise(
        in: noisy, steps: golden.integers("t"), conditions: [condition],
        conditionIndex: Array(repeating: 0, count: noisy.n))
      let image = try model.encoderImage(lr: golden.image("lr"))
      for (part, found) in [
        ("features", encoding.condition), ("condition", condition.projected), ("epsilon", epsilon),
        ("encoder_image", image),
      ] {
        let error = relativeError(found.channelsFirstValues(), golden.floats(part))
        #expect(error < 1e-5, "\(name) \(part) with \(kernels) \(products)")
      }
    }
  }

  /// The same bytes for five items at once, one by one, in another order, with one to three threads.
  @Test(arguments: [Engine.Products.packed, .openBLAS])
  func noiseDependsOnNeitherBatchNorThreads(products: Engine.Products) throws {
    let shape = NetworkShape(scale: 2, encoderFeatures: 8, encoderBlocks: 5, dim: 16, mults: [1, 2, 2, 4])
    let (h, w) = (24, 40)
    let noise = (0..<5 * h * w).map { Float(($0 * 7919) % 1000) / 500 - 1 }
    let noisy = Tensor(noise, n: 5, h: h, w: w, c: 1)
    let steps = [99, 0, 50, 7, 99]
    let slices = [0, 1, 1, 0, 2]
    var found: [[Float]] = []
    for threads in 1...3 {
      let engine = try Engine(threads: threads, products: products)
      let model = try SRDiffModel(shape: shape, weights: hashedWeights(shape, engine: engine), engine: engine)
      let conditions = try (0..<3).map { slice in
        let lr = (0..<h * w / 4).map { Float(($0 * 31 + slice * 17) % 100) / 50 - 1 }
        return try model.encode(lr: Tensor(lr, n: 1, h: h / 2, w: w / 2, c: 1))
      }
      found.append(
        try model.predictNoise(in: noisy, steps: steps, conditions: conditions, conditionIndex: slices).values())
      let order = [3, 1, 4, 0, 2]
      var singles: [Int: [Float]] = [:]
      for i in order {
        singles[i] = try model.predictNoise(
          in: noisy.items(i..<i + 1), steps: [steps[i]], conditions: conditions, conditionIndex: [slices[i]]
        ).values()
      }
      found.append((0..<5).flatMap { singles[$0] ?? [] })
    }
    #expect(found.allSatisfy { $0 == found[0] && $0.allSatisfy(\.isFinite) })
  }

  @Test func unsuitableInputGetsASentence() throws {
    let shape = NetworkShape(scale: 2, encoderFeatures: 4, encoderBlocks: 2, dim: 8)
    let model = try SRDiffModel(shape: shape, engine: Engine(threads: 1))
    let condition = try model.encode(lr: Tensor(n: 1, h: 8, w: 8, c: 1))
    let cases: [(Tensor, [Int], [SRDiffModel.Condition], [Int], String)] = [
      (Tensor(n: 1, h: 12, w: 16, c: 1), [1], [condition], [0], "multiple of 8 and at least 16"),
      (Tensor(n: 1, h: 8, w: 16, c: 1), [1], [condition], [0], "at least 16"),
      (Tensor(n: 1, h: 16, w: 16, c: 2), [1], [condition], [0], "expected [n, h, w, 1]"),
      (Tensor(n: 2, h: 16, w: 16, c: 1), [1], [condition], [0], "Give one of each per item"),
      (Tensor(n: 1, h: 16, w: 16, c: 1), [1], [condition], [1], "not among 1"),
      (Tensor(n: 1, h: 24, w: 16, c: 1), [1], [condition], [0], "expected [1, 24, 16, 8]"),
    ]
    for (noisy, steps, conditions, index, sentence) in cases {
      let error = try #require(throws: NetworkError.self) {
        try model.predictNoise(in: noisy, steps: steps, conditions: conditions, conditionIndex: index)
      }
      #expect(error.description.contains(sentence))
    }
    let impossible = try #require(throws: NetworkError.self) {
      try SRDiffModel(shape: NetworkShape(scale: 5, encoderFeatures: 3, dim: 7, mults: [2]), engine: Engine(threads: 1))
    }
    for part in ["scale is 5", "encoder features is 3", "dim is 7", "mults"] {
      #expect(impossible.description.contains(part))
    }
  }
}
