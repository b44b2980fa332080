import Evaluation
import Foundation
import ImageQuality
import Volumes

/// Tallies of samplers whose posterior is known.
enum SyntheticTally {
  private static let width = 80
  private static let height = 64

  private static func comparison(_ truth: [Double]) -> SliceComparison {
    SliceComparison(
      truth: VolumeSlice(width: width, height: height, values: truth),
      low: VolumeSlice(
        width: width / 2, height: height / 2, values: [Double](repeating: 500, count: width * height / 4)),
      rule: .everything, range: -1000...3000)
  }

  /// A subject of several slices: truth N(μ, σ²), samples N(μ + bias·σ, (inflation·σ)²), σ from pixel to pixel log-normal.
  static func tally(
    samples: Int = 8, bias: Double = 0, inflation: Double = 1, seed: UInt64, slices: Int = 6,
    calibration: AppliedCalibration? = nil
  ) -> UncertaintyTally {
    var random = Normal(seed: seed)
    var tally = UncertaintyTally(sampleCount: samples)
    for slice in 0..<slices {
      var truth: [Double] = []
      var drawn = [[Double]](repeating: [], count: samples)
      for _ in 0..<width * height {
        let (mu, sigma) = (500 + 50 * random.next(), 20 * exp(0.5 * random.next()))
        truth.append(mu + sigma * random.next())
        for k in drawn.indices { drawn[k].append(mu + sigma * (bias + inflation * random.next())) }
      }
      tally.add(samples: drawn, comparison(truth), isEnd: slice == 0, calibration: calibration)
    }
    return tally
  }

  /// A slice that all samples agree on.
  static func flat(value: Double, samples: Int) -> (samples: [[Double]], comparison: SliceComparison) {
    let values = [Double](repeating: value, count: width * height)
    return ([[Double]](repeating: values, count: samples), comparison(values))
  }
}

/// Normal random numbers, the same in every run.
private struct Normal {
  var state: UInt64

  init(seed: UInt64) { state = seed &* 2 &+ 1 }

  private mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (Double(state >> 11) + 0.5) / 9_007_199_254_740_992
  }

  mutating func next() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }
}
