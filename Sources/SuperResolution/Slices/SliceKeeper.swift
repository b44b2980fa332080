import Volumes

/// Remembers finished slices beyond the life of the process, so that an interrupted upscale goes on where it stood.
///
/// Noise is keyed by position: a slice that is made alone, or not made again, leaves its neighbours as they are.
public protocol SliceKeeper: AnyObject {
  /// What was kept for a slice; `nil` where it has to be computed.
  func kept(_ index: Int, frame: Int) throws -> KeptSlice?
  /// Keeps what was computed for a slice.
  func keep(_ slice: KeptSlice, _ index: Int, frame: Int) throws
}

/// What of an `UpscaledSlice` has cost work. The rest comes from the input again.
///
/// Values are those that the writers were given, to the last bit. A field that a writer needs and that samples are needed for has to stand here.
public struct KeptSlice: Equatable, Sendable {
  /// Row by row, in the volume's unit.
  public var estimate: [Double]
  /// The mean of the samples, where the estimate is another; `nil` where it is the estimate.
  public var mean: [Double]?
  /// The same; `nil` for one sample.
  public var deviation: [Double]?
  /// Where they were asked for.
  public var samples: [[Double]]

  /// A slice of these parts; each is explained at its property.
  public init(estimate: [Double], mean: [Double]? = nil, deviation: [Double]?, samples: [[Double]]) {
    self.estimate = estimate
    self.mean = mean
    self.deviation = deviation
    self.samples = samples
  }

  init(_ slice: UpscaledSlice) {
    self.init(
      estimate: slice.estimate.values, mean: slice.meanIsEstimate ? nil : slice.mean.values,
      deviation: slice.deviation?.values, samples: slice.samples.map(\.values))
  }
}
