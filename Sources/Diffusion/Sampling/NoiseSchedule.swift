import Foundation

/// How much noise each of the T steps of diffusion holds; every number in Double.
///
/// Steps count from 0 (nearly clean) to T − 1 (nearly pure noise): x_t = √ᾱ_t · r + √(1 − ᾱ_t) · ε, ε ~ N(0, I). The cosine schedule is
/// that of Nichol and Dhariwal, "Improved denoising diffusion probabilistic models", 2021, equation 17 with s = 0.008:
/// ᾱ(i) = cos²((i/T + s)/(1 + s) · π/2) / ᾱ(0), β = clip(1 − ᾱ(t+1)/ᾱ(t), 0, 0.999); ᾱ_t is the product of 1 − β up to t.
public struct NoiseSchedule: Sendable, Hashable {
  /// T.
  public let timesteps: Int
  /// β_t.
  public let betas: [Double]
  /// ᾱ_t, falling from nearly 1 to nearly 0.
  public let cumulativeAlphas: [Double]

  /// Largest T: steps are part of the key of the noise, and rounding would eat smaller steps.
  public static let mostTimesteps = 10_000

  /// The cosine schedule.
  /// - Precondition: `timesteps` is in 1…`mostTimesteps`.
  public init(cosine timesteps: Int) {
    precondition((1...Self.mostTimesteps).contains(timesteps), "\(timesteps) timesteps")
    let offset = 0.008
    let curve = (0...timesteps).map { step in
      let angle = (Double(step) / Double(timesteps) + offset) / (1 + offset) * Double.pi / 2
      return cos(angle) * cos(angle)
    }
    let betas = (0..<timesteps).map { min(max(1 - curve[$0 + 1] / curve[$0], 0), 0.999) }
    var product = 1.0
    self.timesteps = timesteps
    self.betas = betas
    self.cumulativeAlphas = betas.map {
      product *= 1 - $0
      return product
    }
  }

  /// ᾱ of the step before `step`; 1 before the first.
  public func cumulativeAlpha(before step: Int) -> Double { step == 0 ? 1 : cumulativeAlphas[step - 1] }

  /// β̃_t, the variance of the posterior q(x_{t−1} | x_t, r).
  public func posteriorVariance(_ step: Int) -> Double {
    betas[step] * (1 - cumulativeAlpha(before: step)) / (1 - cumulativeAlphas[step])
  }

  /// c1 (on r̂) and c2 (on x_t) of the posterior's mean.
  public func posteriorMeanCoefficients(_ step: Int) -> (residual: Double, noisy: Double) {
    let before = cumulativeAlpha(before: step)
    let rest = 1 - cumulativeAlphas[step]
    return (betas[step] * before.squareRoot() / rest, (1 - before) * (1 - betas[step]).squareRoot() / rest)
  }

  /// λ_t = ln(√ᾱ_t / √(1 − ᾱ_t)), half the logarithm of the signal-to-noise ratio.
  public func logSignalToNoise(_ step: Int) -> Double {
    0.5 * (log(cumulativeAlphas[step]) - log1p(-cumulativeAlphas[step]))
  }
}

extension NoiseSchedule {
  /// The twelve buffers that published checkpoints carry, by name.
  var publishedBuffers: [String: [Double]] {
    let steps = 0..<timesteps
    let alphas = cumulativeAlphas
    let variance = steps.map(posteriorVariance)
    return [
      "betas": betas,
      "alphas_cumprod": alphas,
      "alphas_cumprod_prev": steps.map(cumulativeAlpha(before:)),
      "sqrt_alphas_cumprod": alphas.map { $0.squareRoot() },
      "sqrt_one_minus_alphas_cumprod": alphas.map { (1 - $0).squareRoot() },
      "log_one_minus_alphas_cumprod": alphas.map { log(1 - $0) },
      "sqrt_recip_alphas_cumprod": alphas.map { (1 / $0).squareRoot() },
      "sqrt_recipm1_alphas_cumprod": alphas.map { (1 / $0 - 1).squareRoot() },
      "posterior_variance": variance,
      "posterior_log_variance_clipped": variance.map { log(max($0, 1e-20)) },
      "posterior_mean_coef1": steps.map { posteriorMeanCoefficients($0).residual },
      "posterior_mean_coef2": steps.map { posteriorMeanCoefficients($0).noisy },
    ]
  }

  static let publishedBufferNames: Set<String> = Set(NoiseSchedule(cosine: 1).publishedBuffers.keys)
}
