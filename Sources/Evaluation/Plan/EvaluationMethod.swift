import Tensors

/// A way to enlarge a slice, one column of the comparison.
package enum EvaluationMethod: String, CaseIterable, Codable, Sendable {
  case nearest, linear, bicubic, lanczos
  /// The RRDB network alone, through its PSNR-oriented head.
  case encoder
  /// The first sample.
  case sample
  /// The mean of all samples.
  case mean

  /// For the methods that need no model.
  var interpolation: Interpolation? {
    switch self {
    case .nearest: .nearest
    case .linear: .linear
    case .bicubic: .bicubic
    case .lanczos: .lanczos
    case .encoder, .sample, .mean: nil
    }
  }

  /// For people.
  package func title(samples: Int) -> String {
    switch self {
    case .nearest, .linear, .bicubic: rawValue
    case .lanczos: "Lanczos"
    case .encoder: "encoder alone"
    case .sample: "one sample"
    case .mean: "mean of \(samples)"
    }
  }
}
