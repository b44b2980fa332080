import Foundation
import Tensors
import Testing

/// Every gradient of a convolution, held against central differences of the definition in Float64.
@Suite struct ConvolutionGradientTests {
  struct Case: Sendable, CustomStringConvertible {
    let name: String
    let geometry: ConvolutionGeometry
    let n: Int
    let h: Int
    let w: Int
    var description: String { name }
  }

  static let cases = [
    Case(
      name: "mirrored 3×3", geometry: .convolution(9, to: 18, kernel: 3, padding: 1, edges: .reflection), n: 3, h: 6,
      w: 9),
    Case(
      name: "mirrored 3×3 of 2×2 pixels", geometry: .convolution(8, to: 8, kernel: 3, padding: 1, edges: .reflection),
      n: 2, h: 2, w: 2),
    Case(
      name: "mirrored 3×3 of one channel", geometry: .convolution(1, to: 5, kernel: 3, padding: 1, edges: .reflection),
      n: 2, h: 5, w: 4),
    Case(name: "zero-padded 3×3", geometry: .convolution(17, to: 3, kernel: 3, padding: 1), n: 2, h: 7, w: 5),
    Case(
      name: "zero-padded 3×3 of three channels", geometry: .convolution(3, to: 4, kernel: 3, padding: 1), n: 2, h: 3,
      w: 6),
    Case(
      name: "strided", geometry: .convolution(8, to: 20, kernel: 3, stride: 2, padding: 1, edges: .reflection), n: 2,
      h: 8, w: 12),
    Case(name: "transposed 4/2", geometry: .transposed(12, to: 9, kernel: 4, stride: 2, padding: 1), n: 2, h: 5, w: 6),
    Case(
      name: "transposed 4/2 of few channels", geometry: .transposed(3, to: 2, kernel: 4, stride: 2, padding: 1), n: 1,
      h: 3, w: 4),
    Case(name: "transposed 7/3", geometry: .transposed(6, to: 5, kernel: 7, stride: 3, padding: 2), n: 2, h: 4, w: 3),
    Case(name: "transposed 8/4", geometry: .transposed(9, to: 4, kernel: 8, stride: 4, padding: 2), n: 1, h: 3, w: 3),
    Case(name: "pointwise", geometry: .convolution(20, to: 7, kernel: 1), n: 3, h: 4, w: 5),
    Case(name: "linear", geometry: .convolution(24, to: 33, kernel: 1), n: 5, h: 1, w: 1),
  ]

  enum Ending: CaseIterable { case linear, mish, leaky, dense, everything }

  @Test(arguments: cases, Ending.allCases)
  func gradientsMatchCentralDifferences(_ it: Case, _ ending: Ending) throws {
    for kernels in KernelSet.allCases where kernels.isAvailable {
      try check(it, ending, engine: Engine(threads: 2, kernels: kernels))
    }
  }

  private func check(_ it: Case, _ ending: Ending, engine: Engine) throws {
    var random = SystemSequence(seed: UInt64(it.name.utf8.count))
    let g = it.geometry
    var direct = DirectConvolution(
      geometry: g, n: it.n, h: it.h, w: it.w, input: random.values(it.n * it.h * it.w * g.inputs),
      weight: random.values(g.weightShape.reduce(1, *)), bias: random.values(g.outputs))
    let shape = direct.outputShape
    let count = shape.reduce(1, *)
    let seed = random.values(count)
    let tape = GradientTape(engine: engine)
    let execution = Execution(engine, tape: tape)
    /// A tracked tensor: a copy of a copy that the tape knows. Inputs are ranges of wider buffers, as in the networks.
    func tracked(_ values: [Double], n: Int, h: Int, w: Int, c: Int) -> Tensor {
      let wide = engine.tensor(n: n, h: h, w: w, c: c + 7)
      wide.fill(0)
      let view = wide.channels(4..<4 + c)
      tape.record(view) { _ in }
      view.copy(from: Tensor(values.map { Float($0) }, n: n, h: h, w: w, c: c))
      return view
    }
    let input = tracked(direct.input, n: it.n, h: it.h, w: it.w, c: g.inputs)
    func likeOutput(n: Int? = nil) -> [Double] { random.values(count / it.n * (n ?? it.n)) }
    var epilogue = Epilogue()
    var shift: Tensor?
    var first: Tensor?
    var second: Tensor?
    switch ending {
    case .linear: break
    case .mish: epilogue.activation = .mish
    case .leaky: epilogue.activation = .leaky(slope: 0.2)
    case .dense:
      epilogue.scale = 0.2
      direct.residual = likeOutput()
      direct.residualWeight = 1
    case .everything:
      epilogue.activation = .mish
      epilogue.scale = 0.7
      direct.shift = random.values(it.n * g.outputs)
      direct.residual = likeOutput()
      direct.residualWeight = 0.3
      direct.secondItems = (0..<it.n).map { $0 / 2 }
      direct.secondResidual = likeOutput(n: (it.n + 1) / 2)
    }
    direct.activation = epilogue.activation
    direct.scale = Double(epilogue.scale)
    if let values = direct.shift {
      shift = tracked(values, n: it.n, h: 1, w: 1, c: g.outputs)
      epilogue.shift = shift
    }
    if let values = direct.residual {
      let tensor = tracked(values, n: it.n, h: shape[1], w: shape[2], c: g.outputs)
      first = tensor
      epilogue.residual = .init(tensor, weight: Float(direct.residualWeight))
    }
    if let values = direct.secondResidual {
      let tensor = tracked(values, n: values.count * it.n / count, h: shape[1], w: shape[2], c: g.outputs)
      second = tensor
      epilogue.secondResidual = .init(tensor, items: direct.secondItems)
    }
    let (weightKey, biasKey) = (GradientKey(), GradientKey())
    let weight = direct.weight.map { Float($0) }
    let packed = PackedConvolution(g, weight: weight, bias: direct.bias.map { Float($0) }, for: engine)
    let parameters = ConvolutionParameters(weight: weight, weightKey: weightKey, biasKey: biasKey)
    let out = execution.convolve(input, packed, parameters: parameters, epilogue)
    // The gradients of what was given are read before the tape lets go of them.
    let given = [input, shift, first, second].map { $0.map { tape.gradient(of: $0) } }
    tape.backward(
      from: out, gradient: Tensor(seed.map { Float($0) }, n: shape[0], h: shape[1], w: shape[2], c: shape[3]))

    func compare(_ found: [Float], _ values: WritableKeyPath<DirectConvolution, [Double]>, _ name: String) {
      #expect(found.count == direct[keyPath: values].count)
      let step = 1e-5
      var scale = 0.0
      var worst = 0.0
      for i in stride(from: 0, to: found.count, by: max(1, found.count / 40)) {
        var (up, down) = (direct, direct)
        up[keyPath: values][i] += step
        down[keyPath: values][i] -= step
        let expected = (up.loss(seed) - down.loss(seed)) / (2 * step)
        scale = max(scale, abs(expected))
        let error = abs(Double(found[i]) - expected)
        if !(error <= worst) { worst = error }
      }
      #expect(worst < 2e-5 * scale, "\(it.name) \(ending) \(engine.kernels): \(name) off by \(worst) of \(scale)")
    }
    compare(given[0]?.values() ?? [], \.input, "input")
    compare(tape.gradient(of: weightKey)?.values() ?? [], \.weight, "weight")
    compare(tape.gradient(of: biasKey)?.values() ?? [], \.bias, "bias")
    if let gradient = given[1] { compare(gradient.values(), \.shift!, "shift") }
    if let gradient = given[2] { compare(gradient.values(), \.residual!, "residual") }
    if let gradient = given[3] { compare(gradient.values(), \.secondResidual!, "second residual") }
  }
}

/// SplitMix64, so that tests do not depend on a run's luck.
struct SystemSequence {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func values(_ count: Int) -> [Double] {
    (0..<count).map { _ in
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      z ^= z >> 31
      // Few bits, so that a Float holds the value exactly.
      return Double(z >> 52) / 2048 - 1
    }
  }
}
