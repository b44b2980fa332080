import Foundation
import Testing

/// What scikit-image, SciPy and NumPy say; made by Golden/make_goldens.py.
struct MetricsGolden: Decodable {
  struct Image: Decodable {
    let width: Int
    let height: Int
    let dataRange: Double
    let a: [Double]
    let b: [Double]
    let mask: [Bool]
    let psnr: Double
    let psnrMasked: Double
    let mae: Double
    let rmse: Double
    let bias: Double
    let ssimGaussian: Double
    let ssimGaussianMasked: Double?
    let ssimUniform: Double
    let ssimUniformMasked: Double
  }

  struct Ensemble: Decodable {
    let samples: [[Double]]
    let truth: [Double]
    let mean: [Double]
    let deviation: [Double]
    let ranks: [Double]
    let crps: Double
    let skill: Double
    let spread: Double
    let gain: Double
    let levels: [[Double]]
    let spearman: Double
    let bins: [[Double]]
    let ence: Double
    let curve: [Double]
    let oracle: [Double]
    let ause: Double
    let auseConstant: Double
    let tau: Double
    let conformal: Double
  }

  let images: [Image]
  let ensembles: [Ensemble]

  static func load() throws -> MetricsGolden { try golden("metrics.json") }
}

func golden<Value: Decodable>(_ name: String) throws -> Value {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")
  return try JSONDecoder().decode(Value.self, from: Data(contentsOf: folder.appendingPathComponent(name)))
}

/// Whether two numbers agree to a relative (near 0: absolute) tolerance.
func agree(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
  abs(a - b) <= tolerance * max(abs(b), 1)
}

/// Normal random numbers, the same in every run (a multiplicative congruential generator with Box and Muller's transform).
struct NormalSource {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 2 &+ 1 }

  mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (Double(state >> 11) + 0.5) / 9_007_199_254_740_992
  }

  mutating func next() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }
}

/// Voxels with a known posterior N(μ, σ²), a truth drawn from it, and N samples of N(μ + bias·σ, (inflation·σ)²).
struct SyntheticEnsemble {
  var samples: [[Double]]
  var truth: [Double] = []
  var sigma: [Double] = []

  init(voxels: Int, samples count: Int, bias: Double = 0, inflation: Double = 1, seed: UInt64) {
    var source = NormalSource(seed: seed)
    samples = [[Double]](repeating: [], count: count)
    for _ in 0..<voxels {
      let mu = 5 * source.next()
      let deviation = exp(0.8 * source.next())
      sigma.append(deviation)
      truth.append(mu + deviation * source.next())
      for k in samples.indices { samples[k].append(mu + deviation * (bias + inflation * source.next())) }
    }
  }
}
