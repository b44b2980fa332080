import Foundation
import Neural
import Tensors
import Testing

/// Gradients of one layer against central differences of its definition, computed in Double.
@Suite struct ConvolutionGradientTests {
  static let geometries: [ConvolutionGeometry] = [
    .convolution(9, to: 10, kernel: 3, padding: 1),
    .convolution(10, to: 9, kernel: 3, padding: 1, edges: .reflection),
    .convolution(1, to: 5, kernel: 3, padding: 1, edges: .reflection),
    .convolution(8, to: 12, kernel: 3, stride: 2, padding: 1, edges: .reflection),
    .convolution(3, to: 4, kernel: 3, stride: 2, padding: 1),
    .convolution(6, to: 7, kernel: 1),
    .convolution(2, to: 3, kernel: 5, padding: 2, edges: .reflection),
    .transposed(9, to: 8, kernel: 4, stride: 2, padding: 1),
    .transposed(4, to: 3, kernel: 7, stride: 3, padding: 2),
    .transposed(3, to: 2, kernel: 8, stride: 4, padding: 2),
  ]

  @Test(arguments: 0..<10, [Epilogue.Activation.linear, .mish, .leaky(slope: 0.2)])
  func gradientsMatchCentralDifferences(index: Int, activation: Epilogue.Activation) throws {
    let g = Self.geometries[index]
    let (n, h, w) = (2, 5, 6)
    func values(_ count: Int, _ seed: Int) -> [Float] {
      (0..<count).map { Float(($0 * 7919 + seed * 104_729) % 2003) / 1001.5 - 1 }
    }
    var layer = Convolution(g)
    var seed = index
    layer.forEachParameter(under: "") { _, parameter in
      seed += 1
      parameter.values = values(parameter.values.count, seed)
    }
    let weight = layer.weight.values
    let bias = layer.bias.values
    let x = values(n * h * w * g.inputs, 77)
    let outputs = n * g.outputSide(h) * g.outputSide(w) * g.outputs
    let arriving = values(outputs, 55)
    func loss(_ x: [Float], _ weight: [Float], _ bias: [Float]) -> Double {
      let z = Definition.convolution(x, n: n, h: h, w: w, g, weight: weight, bias: bias)
      return zip(z, arriving).reduce(0.0) { $0 + 0.5 * Definition.activated($1.0, activation) * Double($1.1) }
    }
    /// Central differences at about twenty places, with the step that Float really takes, small enough to miss the kinks of a leaky unit.
    func check(_ gradient: [Float], _ origin: [Float], _ name: String, _ loss: ([Float]) -> Double) {
      let scale = Double(gradient.map { abs($0) }.max() ?? 0)
      for i in stride(from: 0, to: origin.count, by: max(1, origin.count / 20)) {
        var (up, down) = (origin, origin)
        up[i] += 0.00001
        down[i] -= 0.00001
        let difference = (loss(up) - loss(down)) / (Double(up[i]) - Double(down[i]))
        #expect(abs(difference - Double(gradient[i])) < 2e-4 * max(scale, 1), "\(name) \(i) of \(g)")
      }
    }
    let engine = try Engine(threads: 2)
    let tape = Tape()
    let input = Tensor(x, n: n, h: h, w: w, c: g.inputs)
    tape.track(input)
    let out = layer(input, in: Execution(engine, tape: tape), Epilogue(activation: activation, scale: 0.5))
    let seeds = Tensor(arriving, n: out.n, h: out.h, w: out.w, c: out.c)
    let gradients = tape.gradients(of: [(out, seeds)], engine: engine)
    check(gradients[input].values(), x, "input") { loss($0, weight, bias) }
    check(try #require(gradients.values(forParameter: layer.weight.key)), weight, "weight") { loss(x, $0, bias) }
    check(try #require(gradients.values(forParameter: layer.bias.key)), bias, "bias") { loss(x, weight, $0) }
  }

  /// Shift and residuals, one of them shared by several items.
  @Test func everythingAddedGetsItsGradient() throws {
    let engine = try Engine(threads: 2)
    let tape = Tape()
    let execution = Execution(engine, tape: tape)
    var layer = Convolution(.convolution(2, to: 3, kernel: 1))
    layer.forEachParameter(under: "") { _, parameter in
      parameter.values = parameter.values.indices.map { Float($0) / 4 - 0.5 }
    }
    func tensor(_ n: Int, _ h: Int, _ c: Int) -> Tensor {
      let t = Tensor((0..<n * h * h * c).map { Float($0 % 7) - 3 }, n: n, h: h, w: h, c: c)
      tape.track(t)
      return t
    }
    let (x, shift, first, second) = (tensor(3, 2, 2), tensor(3, 1, 3), tensor(3, 2, 3), tensor(2, 2, 3))
    let out = layer(
      x, in: execution,
      Epilogue(
        shift: shift, residual: .init(first, weight: 0.25), secondResidual: .init(second, weight: -2, items: [1, 0, 1]))
    )
    let seed = Tensor((0..<36).map { Float($0) }, n: 3, h: 2, w: 2, c: 3)
    let gradients = tape.gradients(of: [(out, seed)], engine: engine)
    // Items 0 and 2 have the second residual's item 1, item 1 its item 0.
    let numbers = (0..<36).map { Float($0) }
    let firstExpected = numbers.map { $0 / 4 }
    let secondExpected = (0..<24).map { i -> Float in
      i < 12 ? -2 * numbers[i + 12] : -2 * (numbers[i - 12] + numbers[i + 12])
    }
    let shiftExpected = (0..<9).map { i -> Float in
      (0..<4).reduce(0) { $0 + numbers[i / 3 * 12 + $1 * 3 + i % 3] }
    }
    #expect(gradients[first].values() == firstExpected)
    #expect(gradients[second].values() == secondExpected)
    #expect(gradients[shift].values() == shiftExpected)
  }
}

/// Convolutions by their definition, in Double.
enum Definition {
  static func convolution(
    _ x: [Float], n: Int, h: Int, w: Int, _ g: ConvolutionGeometry, weight: [Float], bias: [Float]
  ) -> [Double] {
    let (oh, ow) = (g.outputSide(h), g.outputSide(w))
    func source(_ o: Int, _ k: Int, _ size: Int) -> Int? {
      if g.isTransposed {
        let i = o + g.padding - k
        return i >= 0 && i % g.stride == 0 && i / g.stride < size ? i / g.stride : nil
      }
      let i = o * g.stride + k - g.padding
      if (0..<size).contains(i) { return i }
      return g.edges == .zero ? nil : i < 0 ? -i : 2 * (size - 1) - i
    }
    var out: [Double] = []
    for item in 0..<n {
      for y in 0..<oh {
        for xx in 0..<ow {
          for o in 0..<g.outputs {
            var sum = Double(bias[o])
            for ky in 0..<g.kernel {
              guard let iy = source(y, ky, h) else { continue }
              for kx in 0..<g.kernel {
                guard let ix = source(xx, kx, w) else { continue }
                for i in 0..<g.inputs {
                  let pair = g.isTransposed ? i * g.outputs + o : o * g.inputs + i
                  sum +=
                    Double(x[((item * h + iy) * w + ix) * g.inputs + i])
                    * Double(weight[(pair * g.kernel + ky) * g.kernel + kx])
                }
              }
            }
            out.append(sum)
          }
        }
      }
    }
    return out
  }

  static func activated(_ z: Double, _ activation: Epilogue.Activation) -> Double {
    switch activation {
    case .linear: return z
    case .leaky(let slope): return max(z, Double(slope) * z)
    case .mish: return z * tanh(log1p(exp(z)))
    }
  }
}
