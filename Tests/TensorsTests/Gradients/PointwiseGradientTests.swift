import Foundation
import Tensors
import Testing

/// The gradients of everything that is not a convolution, against central differences in Float64.
@Suite struct PointwiseGradientTests {
  /// Runs `operation` on a tracked tensor and hands back `seed`; the gradient of the input.
  private func gradient(
    _ values: [Double], shape: [Int], seed: [Double], operation: (Tensor, Execution) -> Tensor
  ) throws -> [Double] {
    let engine = try Engine(threads: 2)
    let tape = GradientTape(engine: engine)
    let x = engine.tensor(n: shape[0], h: shape[1], w: shape[2], c: shape[3])
    x.copy(from: Tensor(values.map { Float($0) }, n: shape[0], h: shape[1], w: shape[2], c: shape[3]))
    tape.record(x) { _ in }
    let out = operation(x, Execution(engine, tape: tape))
    let kept = tape.gradient(of: x)
    tape.backward(from: out, gradient: Tensor(seed.map { Float($0) }, n: out.n, h: out.h, w: out.w, c: out.c))
    return kept.values().map { Double($0) }
  }

  private func expectDifferences(
    _ found: [Double], of values: [Double], tolerance: Double = 1e-5, _ loss: ([Double]) -> Double
  ) {
    for i in values.indices {
      var (up, down) = (values, values)
      up[i] += 1e-6
      down[i] -= 1e-6
      let expected = (loss(up) - loss(down)) / 2e-6
      #expect(abs(found[i] - expected) < tolerance, "value \(i): \(values[i])")
    }
  }

  @Test func mish() throws {
    var random = SystemSequence(seed: 1)
    let values = random.values(40).map { $0 * 8 } + [-100, -20, 0, 19, 21, 60, 88]
    let seed = random.values(values.count)
    let found = try gradient(values, shape: [1, 1, 1, values.count], seed: seed) { x, e in e.mish(x) }
    expectDifferences(found, of: values) { values in
      // Without overflow: ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|).
      zip(values, seed).reduce(0) { $0 + $1.1 * $1.0 * tanh(max($1.0, 0) + log1p(exp(-abs($1.0)))) }
    }
  }

  @Test(arguments: [2, 3]) func nearest(factor: Int) throws {
    var random = SystemSequence(seed: 2)
    let values = random.values(2 * 3 * 4 * 5)
    let seed = random.values(values.count * factor * factor)
    let found = try gradient(values, shape: [2, 3, 4, 5], seed: seed) { x, e in e.enlargedByNearest(x, factor: factor) }
    expectDifferences(found, of: values) { values in
      var sum = 0.0
      for i in 0..<2 {
        for y in 0..<3 * factor {
          for x in 0..<4 * factor {
            for c in 0..<5 {
              sum +=
                values[((i * 3 + y / factor) * 4 + x / factor) * 5 + c]
                * seed[((i * 3 * factor + y) * 4 * factor + x) * 5 + c]
            }
          }
        }
      }
      return sum
    }
  }

  @Test func clampedAndCopied() throws {
    var random = SystemSequence(seed: 3)
    let values = random.values(48)
    let seed = random.values(48)
    let found = try gradient(values, shape: [2, 3, 2, 4], seed: seed) { x, e in
      let wide = e.engine.tensor(n: 2, h: 3, w: 2, c: 9)
      e.copy(x, into: wide.channels(2..<6))
      return e.clamped(wide.channels(2..<6), to: -0.4...0.55, scale: 2, offset: -1)
    }
    expectDifferences(found, of: values) { values in
      zip(values, seed).reduce(0) { $0 + $1.1 * (2 * min(max($1.0, -0.4), 0.55) - 1) }
    }
  }

  @Test func meanAbsoluteError() throws {
    var random = SystemSequence(seed: 4)
    let (values, target) = (random.values(60), random.values(60))
    let engine = try Engine(threads: 2)
    func tensor(_ v: [Double]) -> Tensor { Tensor(v.map { Float($0) }, n: 3, h: 2, w: 2, c: 5) }
    func loss(_ v: [Double]) -> Double { zip(v, target).reduce(0) { $0 + abs($1.0 - $1.1) } / 60 }
    let found = engine.meanAbsoluteError(tensor(values), tensor(target))
    #expect(abs(found.loss - loss(values)) < 1e-7)
    expectDifferences(found.gradient.values().map { Double($0) }, of: values, tolerance: 1e-7, loss)
  }

  @Test func aTensorThatIsUsedTwiceGetsBothGradients() throws {
    var random = SystemSequence(seed: 5)
    let values = random.values(24)
    let seed = random.values(24)
    let found = try gradient(values, shape: [1, 2, 3, 4], seed: seed) { x, e in
      let both = e.engine.tensor(n: 1, h: 2, w: 3, c: 8)
      e.copy(x, into: both.channels(0..<4))
      e.copy(e.scaled(x, by: 3, plus: 1), into: both.channels(4..<8))
      let out = e.engine.tensor(n: 1, h: 2, w: 3, c: 4)
      // Only the second half is handed on.
      e.copy(both.channels(4..<8), into: out)
      return out
    }
    for i in 0..<24 { #expect(abs(found[i] - 3 * seed[i]) < 1e-6) }
  }
}
