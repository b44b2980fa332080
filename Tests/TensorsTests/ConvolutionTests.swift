import Tensors
import Testing

@Suite struct ConvolutionTests {
  static let geometries: [ConvolutionGeometry] = [
    .convolution(1, to: 5, kernel: 3, padding: 1, edges: .reflection),
    .convolution(17, to: 33, kernel: 3, padding: 1),
    .convolution(24, to: 70, kernel: 3, padding: 1, edges: .reflection),
    .convolution(48, to: 16, kernel: 3, padding: 1),
    .convolution(9, to: 20, kernel: 3, stride: 2, padding: 1, edges: .reflection),
    .convolution(32, to: 32, kernel: 3, stride: 2, padding: 1),
    .transposed(19, to: 34, kernel: 4, stride: 2, padding: 1),
    .transposed(8, to: 6, kernel: 7, stride: 3, padding: 2),
    .transposed(5, to: 7, kernel: 8, stride: 4, padding: 2),
    .transposed(3, to: 4, kernel: 16, stride: 8, padding: 4),
    .convolution(13, to: 21, kernel: 1),
    .convolution(16, to: 1, kernel: 1),
    .convolution(4, to: 6, kernel: 5, padding: 2, edges: .reflection),
  ]
  static let sizes = [(1, 5, 9), (2, 4, 4), (3, 11, 13), (1, 2, 3), (1, 17, 6)]

  /// Every kernel set, product and method against the definition, with input and result inside wider tensors.
  @Test(arguments: 0..<13)
  func everyKindMatchesItsDefinition(index: Int) throws {
    let g = Self.geometries[index]
    var numbers = Numbers(UInt64(index))
    let weight = numbers.values(g.weightShape.reduce(1, *)).map { $0 / Float(g.inputs * g.kernel).squareRoot() }
    let bias = numbers.values(g.outputs)
    let methods: [PackedConvolution.Method] =
      g.phaseTaps != nil && (g.isTransposed || g.kernel == 3) ? [.winograd, .gathered] : [.gathered]
    for (n, h, w) in Self.sizes where min(h, w) > g.padding {
      let input = Guarded(n: n, h: h, w: w, c: g.inputs)
      let values = numbers.values(n * h * w * g.inputs)
      input.view.copy(from: Tensor(values, n: n, h: h, w: w, c: g.inputs))
      let expected = Reference.convolution(input.view, g, weight: weight, bias: bias)
      for kernels in KernelSet.allCases where kernels.isAvailable {
        for products in [Engine.Products.packed, .openBLAS] {
          let engine = try Engine(threads: 2, kernels: kernels, products: products)
          for method in methods {
            let packed = PackedConvolution(g, weight: weight, bias: bias, for: engine, method: method)
            let out = Guarded(n: n, h: g.outputSide(h), w: g.outputSide(w), c: g.outputs)
            engine.convolve(input.view, packed, into: out.view)
            let scale = expected.map { abs($0) }.max() ?? 1
            let error = zip(out.view.values(), expected).map { abs(Double($0) - $1) }.max() ?? .infinity
            #expect(error < 1e-5 * scale, "\(g) \(n)×\(h)×\(w) \(kernels) \(products) \(method)")
            #expect(out.isIntact && input.isIntact)
          }
        }
      }
    }
  }

  /// Everything that an epilogue can do, at once, against its formula.
  @Test(arguments: [Epilogue.Activation.linear, .mish, .leaky(slope: 0.2)], [3, 1])
  func epilogueFollowsItsFormula(activation: Epilogue.Activation, kernel: Int) throws {
    let g = ConvolutionGeometry.convolution(20, to: 37, kernel: kernel, padding: kernel / 2)
    let (n, h, w) = (3, 6, 7)
    var numbers = Numbers(7)
    let weight = numbers.values(g.weightShape.reduce(1, *))
    let bias = numbers.values(g.outputs)
    let x = Tensor(numbers.values(n * h * w * g.inputs), n: n, h: h, w: w, c: g.inputs)
    let shift = Tensor(numbers.values(n * g.outputs), n: n, h: 1, w: 1, c: g.outputs)
    let first = Tensor(numbers.values(n * h * w * g.outputs), n: n, h: h, w: w, c: g.outputs)
    let second = Tensor(numbers.values(2 * h * w * g.outputs), n: 2, h: h, w: w, c: g.outputs)
    let items = [1, 0, 1]
    let z = Reference.convolution(x, g, weight: weight, bias: bias)
    let plane = h * w * g.outputs
    let expected = z.indices.map { i -> Double in
      let activated =
        switch activation {
        case .linear: z[i]
        case .mish: Reference.mish(z[i])
        case .leaky(let slope): max(z[i], Double(slope) * z[i])
        }
      let item = i / plane
      return 0.3 * activated + Double(shift.values()[item * g.outputs + i % g.outputs]) + 0.5
        * Double(first.values()[i])
        - 2 * Double(second.values()[items[item] * plane + i % plane])
    }
    for kernels in KernelSet.allCases where kernels.isAvailable {
      let engine = try Engine(threads: 2, kernels: kernels)
      let packed = PackedConvolution(g, weight: weight, bias: bias, for: engine)
      let out = Guarded(n: n, h: h, w: w, c: g.outputs)
      let pre = Guarded(n: n, h: h, w: w, c: g.outputs)
      let epilogue = Epilogue(
        activation: activation, scale: 0.3, shift: shift, residual: .init(first, weight: 0.5),
        secondResidual: .init(second, weight: -2, items: items))
      engine.convolve(x, packed, epilogue, into: out.view, preactivation: pre.view)
      let error = zip(out.view.values(), expected).map { abs(Double($0) - $1) }.max() ?? .infinity
      let preError = zip(pre.view.values(), z).map { abs(Double($0) - $1) }.max() ?? .infinity
      #expect(error < 4e-5 && preError < 4e-5, "\(kernels): \(error), \(preError)")
      #expect(out.isIntact && pre.isIntact)
    }
  }

  /// The same bytes for any number of threads and any cut of a batch.
  @Test(arguments: [0, 2, 4, 6, 7, 10], [Engine.Products.packed, .openBLAS])
  func resultsDependOnNeitherThreadsNorBatch(index: Int, products: Engine.Products) throws {
    let g = Self.geometries[index]
    var numbers = Numbers(3)
    let weight = numbers.values(g.weightShape.reduce(1, *))
    let x = Tensor(numbers.values(5 * 21 * 19 * g.inputs), n: 5, h: 21, w: 19, c: g.inputs)
    for kernels in KernelSet.allCases where kernels.isAvailable {
      var results: [[Float]] = []
      for threads in 1...3 {
        let engine = try Engine(threads: threads, kernels: kernels, products: products)
        let packed = PackedConvolution(g, weight: weight, bias: nil, for: engine)
        results.append(engine.convolve(x, packed, Epilogue(activation: .mish)).values())
        results.append(
          (0..<5).flatMap { engine.convolve(x.items($0..<$0 + 1), packed, Epilogue(activation: .mish)).values() })
        results.append(
          [0..<2, 2..<5].flatMap { engine.convolve(x.items($0), packed, Epilogue(activation: .mish)).values() })
      }
      #expect(results.allSatisfy { $0 == results[0] }, "\(g) \(kernels) \(products)")
    }
  }
}
