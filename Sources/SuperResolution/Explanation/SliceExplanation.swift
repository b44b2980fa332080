import Volumes

/// What the diffusion does to one slice, step by step: the numbers behind figures that explain the model.
///
/// Everything is on the output grid, `width × height` of `bicubic`, x fastest. Residuals are r of SRDiff (Li et al. 2022, section 3.2): −1…1,
/// without a unit.
public struct SliceExplanation: Sendable {
  /// One step t of the T.
  public struct Moment: Sendable {
    /// 0 (nearly clean) to T − 1 (nearly noise).
    public let step: Int
    /// Forward: √ᾱ_t·r + √(1 − ᾱ_t)·ε, of `residual`.
    public internal(set) var noised: [Float] = []
    /// Reverse: x_t, as the sampler had it.
    public internal(set) var noisy: [Float]
    /// r̂, what the network takes the residual to be, seeing x_t.
    public internal(set) var predicted: [Float]
    /// The image that r̂ stands for, in the volume's unit.
    public internal(set) var image: VolumeSlice
  }

  /// What the model was given.
  public let lowResolution: VolumeSlice
  /// The base that the residual is added to.
  public let bicubic: VolumeSlice
  /// The slice that was made smaller, where it is known.
  public let truth: VolumeSlice?
  /// What `noised` starts from: the truth's residual, or the sample's where no truth is known.
  public let residual: [Float]
  /// Where the reverse process ended: one sample, in the volume's unit.
  public let sample: VolumeSlice
  /// In the order in which the reverse process comes by.
  public let moments: [Moment]
}
