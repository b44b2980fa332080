import Tensors

/// Convolutions by their definition, in Double: the witness of the fast ones.
enum Reference {
  /// `x` as `[n, h, w, c]` values; the result likewise.
  static func convolution(_ x: Tensor, _ g: ConvolutionGeometry, weight: [Float], bias: [Float]) -> [Double] {
    let values = x.values()
    let oh = g.outputSide(x.h)
    let ow = g.outputSide(x.w)
    var out = [Double](repeating: 0, count: x.n * oh * ow * g.outputs)
    func mirrored(_ i: Int, _ size: Int) -> Int? {
      if (0..<size).contains(i) { return i }
      if g.edges == .zero { return nil }
      return i < 0 ? -i : 2 * (size - 1) - i
    }
    for n in 0..<x.n {
      for y in 0..<oh {
        for xx in 0..<ow {
          for o in 0..<g.outputs {
            var sum = Double(bias[o])
            for ky in 0..<g.kernel {
              for kx in 0..<g.kernel {
                let source: (Int, Int)?
                if g.isTransposed {
                  // y = i·stride − padding + ky.
                  let (a, b) = (y + g.padding - ky, xx + g.padding - kx)
                  source =
                    a >= 0 && b >= 0 && a % g.stride == 0 && b % g.stride == 0 && a / g.stride < x.h
                      && b / g.stride < x.w ? (a / g.stride, b / g.stride) : nil
                } else if let a = mirrored(y * g.stride + ky - g.padding, x.h),
                  let b = mirrored(xx * g.stride + kx - g.padding, x.w)
                {
                  source = (a, b)
                } else {
                  source = nil
                }
                guard let (iy, ix) = source else { continue }
                for i in 0..<g.inputs {
                  let pair = g.isTransposed ? i * g.outputs + o : o * g.inputs + i
                  sum +=
                    Double(values[((n * x.h + iy) * x.w + ix) * x.c + i])
                    * Double(weight[(pair * g.kernel + ky) * g.kernel + kx])
                }
              }
            }
            out[((n * oh + y) * ow + xx) * g.outputs + o] = sum
          }
        }
      }
    }
    return out
  }

  static func mish(_ x: Double) -> Double {
    x * tanhOfSoftplus(x)
  }

  private static func tanhOfSoftplus(_ x: Double) -> Double {
    // tanh(ln(1 + e)) = ((1 + e)² − 1) / ((1 + e)² + 1)
    let e = exponential(min(x, 40))
    return (e * e + 2 * e) / (e * e + 2 * e + 2)
  }

  private static func exponential(_ x: Double) -> Double {
    // Halved until small, then the series, then squared back.
    var halvings = 0
    var small = x
    while abs(small) > 0.01 {
      small /= 2
      halvings += 1
    }
    var sum = 1.0
    var term = 1.0
    for k in 1..<12 {
      term *= small / Double(k)
      sum += term
    }
    for _ in 0..<halvings { sum *= sum }
    return sum
  }
}

/// Repeatable values in [−1, 1).
struct Numbers {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func next() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) / 8_388_608 - 1
  }

  mutating func values(_ count: Int) -> [Float] { (0..<count).map { _ in next() } }
}

/// A tensor that is a range of channels of a wider one whose other values are `guardValue`.
struct Guarded {
  static let guardValue: Float = 12345
  let whole: Tensor
  let view: Tensor

  init(n: Int, h: Int, w: Int, c: Int, before: Int = 3, after: Int = 5) {
    whole = Tensor(n: n, h: h, w: w, c: before + c + after)
    whole.fill(Self.guardValue)
    view = whole.channels(before..<before + c)
  }

  /// Whether nothing outside the view was written.
  var isIntact: Bool {
    let left = whole.channels(0..<view.offset).values()
    let right = whole.channels(view.offset + view.c..<whole.c).values()
    return (left + right).allSatisfy { $0 == Self.guardValue }
  }
}
