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
  /// Any other blur that is the same along rows and columns, and noise.
  case kernel(DegradationKernel)

  /// What a configuration file should be told about numbers that cannot be.
  package var problem: String? {
    if case .kernel(let kernel) = self { return kernel.problem }
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
    case .kernel(let kernel):
      "\(kernel.description), decimation ×\(scale) per side, Gaussian noise of \(kernel.noise) of the range"
    }
  }

  /// Deviation of the noise in the model's units, whose range is 2 wide.
  package var noiseDeviation: Double {
    switch self {
    case .bicubic, .kspace: 0
    case .blur(_, let noise): 2 * noise
    case .kernel(let kernel): 2 * kernel.noise
    }
  }

  /// The weights with which a low-resolution axis looks at `count` high-resolution pixels; only outputs in `outputs`.
  package func weights(count: Int, scale: Int, outputs: Range<Int>) -> AxisWeights {
    switch self {
    case .bicubic:
      // Keys' kernel, widened by the scale; the same definition as BicubicWeights, which is held against MATLAB's.
      return AxisWeights(count: count, step: Double(scale), outputs: outputs, reach: 2 * Double(scale)) { distance in
        let x = abs(distance) / Double(scale)
        if x <= 1 { return (1.5 * x - 2.5) * x * x + 1 }
        return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0
      }
    case .blur(let sigma, _):
      let width = sigma * Double(scale)
      return AxisWeights(count: count, step: Double(scale), outputs: outputs, reach: 4 * width) {
        exp(-$0 * $0 / (2 * width * width))
      }
    case .kernel(let kernel):
      return AxisWeights(
        count: count, step: Double(scale), outputs: outputs, reach: kernel.reach * Double(scale)
      ) { kernel.weight(abs($0) / Double(scale)) }
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
