/// Mean and deviation of N samples at every pixel.
public struct SampleMoments: Equatable, Sendable {
  /// How many samples.
  public let sampleCount: Int
  /// The mean over the samples at every pixel.
  public let mean: [Double]
  /// The standard deviation with divisor N − 1; 0 for a single sample.
  public let deviation: [Double]

  /// - Parameter samples: N ≥ 1 arrays of one length, one per sample.
  public init(_ samples: [[Double]]) {
    precondition(!samples.isEmpty && samples.allSatisfy { $0.count == samples[0].count }, "samples of one length")
    sampleCount = samples.count
    var mean = samples[0]
    var squares = [Double](repeating: 0, count: mean.count)
    // Welford (1962): no difference of large numbers.
    for (k, sample) in samples.enumerated().dropFirst() {
      for i in mean.indices {
        let before = sample[i] - mean[i]
        mean[i] += before / Double(k + 1)
        squares[i] += before * (sample[i] - mean[i])
      }
    }
    self.mean = mean
    let divisor = Double(max(samples.count - 1, 1))
    deviation = squares.map { ($0 / divisor).squareRoot() }
  }
}

/// The paper's σ: the mean over pixels of the standard deviation over the samples of one low-resolution image, on a scale of
/// 0…255 (SRDiff, Li et al. 2022, section 4.1). It says how diverse the samples are, not how wrong.
public struct PixelDeviation: Equatable, Sendable, Codable {
  /// Pixels counted.
  public private(set) var count = 0
  private var sum = 0.0

  /// Nothing gathered yet.
  public init() {}

  /// Adds the deviations of a plane in the data's unit, as `SampleMoments` gives them.
  public mutating func add(deviation: [Double], mask: ForegroundMask? = nil) {
    precondition(mask.map { $0.included.count == deviation.count } ?? true, "the mask covers the same pixels")
    var plane = 0.0
    for i in deviation.indices where mask?.included[i] ?? true {
      guard deviation[i].isFinite else { continue }
      plane += deviation[i]
      count += 1
    }
    sum += plane
  }

  /// Adds what another gathered.
  public mutating func merge(_ other: PixelDeviation) {
    count += other.count
    sum += other.sum
  }

  /// - Parameter dataRange: what 255 stands for, in the data's unit.
  public func value(dataRange: Double) -> Double { sum / Double(count) / dataRange * 255 }
}
