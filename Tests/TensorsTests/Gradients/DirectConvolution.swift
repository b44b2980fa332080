import Foundation
import Tensors

/// A convolution and its epilogue by the definition, in Float64: what gradients are differenced from.
struct DirectConvolution {
  let geometry: ConvolutionGeometry
  var n: Int
  var h: Int
  var w: Int
  var input: [Double]
  var weight: [Double]
  var bias: [Double]
  var activation: Epilogue.Activation = .linear
  var scale = 1.0
  /// [n][outputs]
  var shift: [Double]?
  var residual: [Double]?
  var residualWeight = 0.0
  var secondResidual: [Double]?
  var secondItems: [Int]?

  var outputShape: [Int] { [n, geometry.outputSide(h), geometry.outputSide(w), geometry.outputs] }

  /// Σ out · seed.
  func loss(_ seed: [Double]) -> Double { zip(values(), seed).reduce(0) { $0 + $1.0 * $1.1 } }

  func values() -> [Double] {
    let g = geometry
    let (oh, ow, k) = (g.outputSide(h), g.outputSide(w), g.kernel)
    var sums = [Double](repeating: 0, count: n * oh * ow * g.outputs)
    func input(_ i: Int, _ y: Int, _ x: Int, _ c: Int) -> Double {
      func place(_ at: Int, _ size: Int) -> Int? {
        if at >= 0 && at < size { return at }
        if g.edges == .zero { return nil }
        return at < 0 ? -at : 2 * (size - 1) - at
      }
      guard let yy = place(y, h), let xx = place(x, w) else { return 0 }
      return self.input[((i * h + yy) * w + xx) * g.inputs + c]
    }
    for i in 0..<n {
      if g.isTransposed {
        for y in 0..<h {
          for x in 0..<w {
            for ky in 0..<k {
              for kx in 0..<k {
                let (oy, ox) = (y * g.stride + ky - g.padding, x * g.stride + kx - g.padding)
                guard oy >= 0, oy < oh, ox >= 0, ox < ow else { continue }
                for c in 0..<g.inputs {
                  for o in 0..<g.outputs {
                    sums[((i * oh + oy) * ow + ox) * g.outputs + o] +=
                      input(i, y, x, c) * weight[((c * g.outputs + o) * k + ky) * k + kx]
                  }
                }
              }
            }
          }
        }
      } else {
        for oy in 0..<oh {
          for ox in 0..<ow {
            for o in 0..<g.outputs {
              var sum = 0.0
              for c in 0..<g.inputs {
                for ky in 0..<k {
                  for kx in 0..<k {
                    sum +=
                      input(i, oy * g.stride + ky - g.padding, ox * g.stride + kx - g.padding, c)
                      * weight[((o * g.inputs + c) * k + ky) * k + kx]
                  }
                }
              }
              sums[((i * oh + oy) * ow + ox) * g.outputs + o] = sum
            }
          }
        }
      }
    }
    let area = oh * ow * g.outputs
    return sums.indices.map { at in
      let (item, channel) = (at / area, at % g.outputs)
      var v = activated(sums[at] + bias[channel]) * scale
      if let shift { v += shift[item * g.outputs + channel] }
      if let residual { v += residualWeight * residual[at] }
      if let secondResidual { v += secondResidual[(secondItems?[item] ?? item) * area + at % area] }
      return v
    }
  }

  private func activated(_ z: Double) -> Double {
    switch activation {
    case .linear: z
    case .mish: z * tanh(log(1 + exp(z)))
    case .leaky(let slope): z > 0 ? z : Double(slope) * z
    }
  }
}
