/// What every sample says about each labelled region, gathered slice by slice while no sample is stored: a region's uncertainty cannot
/// be had from its voxels' σ, because neighbouring voxels err together.
public struct RegionSamples: Sendable {
  /// One quantity of a region: what each sample says, and what follows.
  public struct Quantity: Equatable, Sendable {
    /// One value per sample.
    public let samples: [Double]
    /// Their mean.
    public let mean: Double
    /// Their standard deviation, divisor N − 1; 0 for a single sample.
    public let deviation: Double

    init(_ samples: [Double]) {
      self.samples = samples
      let moments = SampleMoments(samples.map { [$0] })
      mean = moments.mean[0]
      deviation = moments.deviation[0]
    }

    /// mean ± t·√(1 + 1/N)·deviation; `nil` for a single sample.
    public func interval(coverage: Double) -> ClosedRange<Double>? {
      guard samples.count > 1, mean.isFinite, deviation.isFinite else { return nil }
      let half = PredictionInterval(coverage: coverage, sampleCount: samples.count).factor * deviation
      return mean - half...mean + half
    }
  }

  /// One region.
  public struct Region: Equatable, Sendable {
    /// The number the region was given.
    public let label: Int
    /// Voxels with this label.
    public let voxels: Int
    /// Of these, voxels left out because a sample was not finite there.
    public let skipped: Int
    /// The mean of the intensities.
    public let intensity: Quantity
    /// The standard deviation of the intensities within the region (divisor n − 1).
    public let spread: Quantity
    /// Voxels above the threshold, where one was given.
    public let above: Quantity?
  }

  /// N.
  public let sampleCount: Int
  /// In the unit of the values.
  public let threshold: Double?

  private struct Sums {
    var voxels = 0
    var skipped = 0
    /// Voxels counted into the moments.
    var count = 0.0
    var mean: [Double]
    var squares: [Double]
    var above: [Int]
  }
  private var sums: [Int: Sums] = [:]

  /// Nothing gathered yet, for N samples.
  public init(sampleCount: Int, threshold: Double? = nil) {
    precondition(sampleCount >= 1, "at least one sample")
    self.sampleCount = sampleCount
    self.threshold = threshold
  }

  /// Adds a slice: N arrays of samples and each pixel's region; 0 is none.
  public mutating func add(samples: [[Double]], labels: [Int]) {
    precondition(samples.count == sampleCount && samples.allSatisfy { $0.count == labels.count }, "N planes of one size")
    // Pixel indices per label first, so that each region is looked up once.
    for (label, pixels) in Dictionary(grouping: labels.indices.filter { labels[$0] != 0 }, by: { labels[$0] }) {
      let zeros = [Double](repeating: 0, count: sampleCount)
      var sum = sums.removeValue(forKey: label)
        ?? Sums(mean: zeros, squares: zeros, above: [Int](repeating: 0, count: sampleCount))
      let finite = pixels.filter { p in samples.allSatisfy { $0[p].isFinite } }
      sum.voxels += pixels.count
      sum.skipped += pixels.count - finite.count
      if !finite.isEmpty {
        let n = Double(finite.count)
        for k in samples.indices {
          let values = finite.map { samples[k][$0] }
          let mean = values.reduce(0, +) / n
          let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
          // Two parts of a region put together (Chan, Golub and LeVeque 1983): no difference of large numbers.
          let delta = mean - sum.mean[k]
          let total = sum.count + n
          sum.squares[k] += squares + delta * delta * sum.count * n / total
          sum.mean[k] += delta * n / total
          if let threshold { sum.above[k] += values.count { $0 > threshold } }
        }
        sum.count += n
      }
      sums[label] = sum
    }
  }

  /// In ascending order of their labels.
  public var regions: [Region] {
    sums.sorted { $0.key < $1.key }.map { label, sum in
      Region(
        label: label, voxels: sum.voxels, skipped: sum.skipped,
        intensity: Quantity(sum.count > 0 ? sum.mean : sum.mean.map { _ in .nan }),
        spread: Quantity(sum.squares.map { sum.count > 1 ? ($0 / (sum.count - 1)).squareRoot() : .nan }),
        above: threshold.map { _ in Quantity(sum.above.map(Double.init)) })
    }
  }
}
