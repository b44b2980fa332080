import Foundation
import Tensors

/// How low-resolution slices are made from high-resolution ones. It is written into the model's metadata: a model undoes what it saw.
///
/// All keep the outer faces of the slice where they are: low-resolution pixel o lies at (o + ½)·s − ½.
public enum Degradation: Sendable, Equatable {
  /// Bicubic with antialiasing, as MATLAB's `imresize` (see `BicubicWeights`).
  case bicubic
  /// Truncation of k-space: what an MRI at a lower resolution measures. Only the lowest 1/s of the frequencies along each axis are kept (the Nyquist frequency
  /// of an even number halved between its signs), ringing and all.
  case kspace
  /// A Gaussian blur whose standard deviation is `sigma` low-resolution pixels, one value per pixel, and Gaussian noise of `noise` times the
  /// intensity range.
  case blur(sigma: Double, noise: Double)

  var problem: String? {
    guard case .blur(let sigma, let noise) = self else { return nil }
    if !(sigma > 0 && sigma <= 10) { return "data.blur_sigma is \(sigma), expected above 0 and up to 10" }
    if !(noise >= 0 && noise <= 1) { return "data.noise is \(noise), expected 0…1" }
    return nil
  }

  /// For people and for the model's metadata.
  public func text(scale: Int) -> String {
    switch self {
    case .bicubic: "bicubic with antialiasing (MATLAB imresize), ×\(scale) per side"
    case .kspace: "truncation of k-space to 1/\(scale) per side"
    case .blur(let sigma, let noise):
      "Gaussian blur of \(sigma) low-resolution pixels, decimation ×\(scale) per side, Gaussian noise of \(noise) of the range"
    }
  }

  /// Deviation of the noise in the model's units, whose range is 2 wide.
  var noiseDeviation: Double {
    guard case .blur(_, let noise) = self else { return 0 }
    return 2 * noise
  }

  /// The weights with which a low-resolution axis looks at `count` high-resolution pixels; only outputs in `outputs`.
  package func weights(count: Int, scale: Int, outputs: Range<Int>) -> AxisWeights {
    switch self {
    case .bicubic:
      // Keys' kernel, widened by the scale; the same definition as BicubicWeights, which is held against MATLAB's.
      return AxisWeights(count: count, scale: scale, outputs: outputs, reach: 2 * Double(scale)) { distance in
        let x = abs(distance) / Double(scale)
        if x <= 1 { return (1.5 * x - 2.5) * x * x + 1 }
        return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0
      }
    case .blur(let sigma, _):
      let width = sigma * Double(scale)
      return AxisWeights(count: count, scale: scale, outputs: outputs, reach: 4 * width) {
        exp(-$0 * $0 / (2 * width * width))
      }
    case .kspace:
      return AxisWeights(count: count, outputs: outputs) { output in
        Self.bandLimited(count: count, kept: count / scale, at: (Double(output) + 0.5) * Double(scale) - 0.5)
      }
    }
  }

  /// The value at `position` of the Fourier series of `count` values, cut to its `kept` lowest frequencies.
  private static func bandLimited(count: Int, kept: Int, at position: Double) -> [Double] {
    let highest = (kept - 1) / 2
    return (0..<count).map { j in
      let turn = 2 * Double.pi * (position - Double(j)) / Double(count)
      let half = sin(turn / 2)
      // The Dirichlet kernel 1 + 2 Σ cos(f·turn), f = 1…highest.
      var sum = abs(half) < 1e-12 ? Double(2 * highest + 1) : sin((Double(highest) + 0.5) * turn) / half
      if kept % 2 == 0 { sum += cos(Double(kept / 2) * turn) }
      return sum / Double(count)
    }
  }
}

/// Weighted sums along one axis: for each output a first input and the weights from there on.
package struct AxisWeights {
  package let outputs: Range<Int>
  /// Per output.
  let firsts: [Int]
  let weights: [[Double]]

  /// A kernel around (o + ½)·scale − ½, cut at `reach`, normalised; the axis goes on as its mirror image, edge pixel included.
  init(count: Int, scale: Int, outputs: Range<Int>, reach: Double, kernel: (Double) -> Double) {
    var firsts: [Int] = []
    var weights: [[Double]] = []
    let period = 2 * count
    for output in outputs {
      let centre = (Double(output) + 0.5) * Double(scale) - 0.5
      let reached = Int((centre - reach).rounded(.up))...Int((centre + reach).rounded(.down))
      let places = reached.map { i -> Int in
        let wrapped = ((i % period) + period) % period
        return wrapped < count ? wrapped : period - 1 - wrapped
      }
      let first = places.min() ?? 0
      var line = [Double](repeating: 0, count: (places.max() ?? 0) - first + 1)
      for (i, place) in zip(reached, places) { line[place - first] += kernel(Double(i) - centre) }
      let sum = line.reduce(0, +)
      firsts.append(first)
      weights.append(line.map { $0 / sum })
    }
    self.outputs = outputs
    self.firsts = firsts
    self.weights = weights
  }

  /// Weights over the whole axis.
  init(count: Int, outputs: Range<Int>, line: (Int) -> [Double]) {
    self.outputs = outputs
    self.firsts = outputs.map { _ in 0 }
    self.weights = outputs.map(line)
  }

  /// The inputs that any output looks at.
  package var inputs: Range<Int> {
    let end = zip(firsts, weights).map { $0 + $1.count }.max() ?? 0
    return (firsts.min() ?? 0)..<end
  }

  /// Rows of `image`, which holds the rows `inputs` of `width` values each, weighted and summed: `outputs.count` rows.
  package func appliedToRows(of image: [Double], width: Int) -> [Double] {
    let start = inputs.lowerBound
    var result = [Double](repeating: 0, count: outputs.count * width)
    image.withUnsafeBufferPointer { image in
      result.withUnsafeMutableBufferPointer { result in
        for o in 0..<outputs.count {
          for (k, weight) in weights[o].enumerated() where weight != 0 {
            let from = (firsts[o] + k - start) * width
            for x in 0..<width { result[o * width + x] += weight * image[from + x] }
          }
        }
      }
    }
    return result
  }

  /// Columns of `image`, which holds the columns `inputs`, weighted and summed: `outputs.count` values per row.
  package func appliedToColumns(of image: [Double], height: Int) -> [Double] {
    let (start, width) = (inputs.lowerBound, inputs.count)
    var result = [Double](repeating: 0, count: outputs.count * height)
    image.withUnsafeBufferPointer { image in
      result.withUnsafeMutableBufferPointer { result in
        for o in 0..<outputs.count {
          weights[o].withUnsafeBufferPointer { line in
            for y in 0..<height {
              var sum = 0.0
              let from = y * width + firsts[o] - start
              for k in 0..<line.count { sum += line[k] * image[from + k] }
              result[y * outputs.count + o] = sum
            }
          }
        }
      }
    }
    return result
  }
}
