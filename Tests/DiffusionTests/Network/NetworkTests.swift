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
}
