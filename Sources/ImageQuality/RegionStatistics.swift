/// What every sample says about a region as a whole: the deviation of a regional mean cannot be had from the voxels' σ, because
/// neighbouring voxels err together. Sums per region are gathered slice by slice; no sample is stored.
public struct RegionStatistics: Sendable {
  /// One region's means.
  public struct Region: Equatable, Sendable {
    /// The number the region was given.
    public let label: Int
    /// Voxels counted.
    public let count: Int
    /// The mean over the region of each sample, in the data's unit.
    public let sampleMeans: [Double]
    /// The mean over the region of the truth.
    public let truthMean: Double
  }

  /// N.
  public let sampleCount: Int
  private struct Sums {
    var count = 0
    var samples: [Double]
    var truth = 0.0
  }
  private var sums: [Int: Sums] = [:]

  /// Nothing gathered yet, for N samples.
  public init(sampleCount: Int) {
    precondition(sampleCount >= 1, "at least one sample")
    self.sampleCount = sampleCount
  }

  /// Adds a slice: N arrays of samples, the truth, and each pixel's region; a negative number belongs to none.
  public mutating func add(samples: [[Double]], truth: [Double], labels: [Int], mask: ForegroundMask? = nil) {
    precondition(samples.count == sampleCount && samples.allSatisfy { $0.count == truth.count }, "N planes of one size")
    precondition(labels.count == truth.count, "a label for each pixel")
    precondition(mask.map { $0.included.count == truth.count } ?? true, "the mask covers the same pixels")
    for i in truth.indices where labels[i] >= 0 && (mask?.included[i] ?? true) {
      guard truth[i].isFinite, samples.allSatisfy({ $0[i].isFinite }) else { continue }
      var region = sums[labels[i]] ?? Sums(samples: [Double](repeating: 0, count: sampleCount))
      // Out of the dictionary while it is changed, so that its array is not copied.
      sums[labels[i]] = nil
      region.count += 1
      region.truth += truth[i]
      for k in samples.indices { region.samples[k] += samples[k][i] }
      sums[labels[i]] = region
    }
  }

  /// The regions in ascending order of their labels, those with at least `leastCount` voxels.
  public func regions(leastCount: Int = 1) -> [Region] {
    sums.filter { $0.value.count >= leastCount }.sorted { $0.key < $1.key }.map { label, sum in
      let n = Double(sum.count)
      return Region(
        label: label, count: sum.count, sampleMeans: sum.samples.map { $0 / n }, truthMean: sum.truth / n)
    }
  }

  /// Coverage, width and score of the intervals of the regions' means, with the finite-N factor; N ≥ 2.
  public func intervals(
    levels: [Double] = PredictionInterval.standardLevels, leastCount: Int = 1
  ) -> IntervalStatistics {
    let all = regions(leastCount: leastCount)
    var result = IntervalStatistics(levels: levels)
    guard !all.isEmpty else { return result }
    let moments = SampleMoments((0..<sampleCount).map { k in all.map { $0.sampleMeans[k] } })
    result.add(
      mean: moments.mean, deviation: moments.deviation, truth: all.map(\.truthMean), sampleCount: sampleCount)
    return result
  }

  /// Labels that cut a slice, and the volume around it, into cubes: whether their coverage drifts with the side shows whether the
  /// noise between slices has the right length.
  /// - Parameters:
  ///   - slice: its index.
  ///   - spacing: of pixels along x and y and of slices, in millimetres, positive.
  ///   - side: of a cube in millimetres, positive; a cube has at least one voxel each way.
  public static func cubeLabels(
    slice: Int, width: Int, height: Int, spacing: (x: Double, y: Double, z: Double), side: Double
  ) -> [Int] {
    precondition(side > 0 && spacing.x > 0 && spacing.y > 0 && spacing.z > 0, "lengths are positive")
    func voxels(_ spacing: Double) -> Int { Int(min(max((side / spacing).rounded(), 1), 1e6)) }
    let sx = voxels(spacing.x)
    let sy = voxels(spacing.y)
    let across = (width + sx - 1) / sx
    let down = (height + sy - 1) / sy
    let layer = slice / voxels(spacing.z)
    return (0..<width * height).map { i in (layer * down + i / width / sy) * across + i % width / sx }
  }
}
