import Volumes

/// What comes out for one slice, all in the volume's own unit.
public struct UpscaledSlice: Sendable {
  /// Which slice, along the axis across which the slices lie.
  public let index: Int
  /// Time point, from 0.
  public let frame: Int
  /// As it was read.
  public let lowResolution: VolumeSlice
  /// The base that the residual is added to.
  public let bicubic: VolumeSlice
  /// The mean of the samples: what deviation and intervals are about.
  public let mean: VolumeSlice
  /// Whether `estimate` is `mean`.
  let meanIsEstimate: Bool
  /// The mean of the samples, or the first of them.
  public let estimate: VolumeSlice
  /// Standard deviation over the samples (divisor N − 1); `nil` for a single sample.
  public let deviation: VolumeSlice?
  /// The samples themselves, where they were asked for.
  public let samples: [VolumeSlice]
  /// The share of the slice that went through the network, 0…1; the rest is background, where the base stands alone and the deviation is 0.
  public let computedShare: Double
  /// Where there is tissue; `nil` where nothing is known about the background.
  let region: TissueRegion?
}
