import Tensors

/// The one seam between the diffusion process and whatever computes ε.
///
/// A batch is samples × slices: every item of `noisy` names its own step and its own condition, so that samples of one slice share
/// one condition and slices can be processed together. Results must not depend on how a batch was cut.
public protocol NoisePredictor {
  /// What is computed once per slice and shared by all of its samples and steps: `cond_proj` of the encoder's features, `[1, H, W, dim]`.
  associatedtype Condition

  /// - Parameters:
  ///   - noisy: x_t, `[B, H, W, C]`, contiguous.
  ///   - steps: t of each item, 0…T−1, B of them.
  ///   - conditions: one per slice.
  ///   - conditionIndex: which condition each item is under, B of them.
  /// - Returns: ε̂, `[B, H, W, C]`, contiguous.
  func predictNoise(in noisy: Tensor, steps: [Int], conditions: [Condition], conditionIndex: [Int]) throws -> Tensor
}
