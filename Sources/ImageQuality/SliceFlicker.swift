/// Total variation between neighbouring slices: how much a single sample flickers when one scrolls through the volume.
///
/// Feed slices in ascending order; only the last one is kept. The figure of merit is the ratio to the truth's own variation:
/// 1 is right, a few tenths above is visible flicker, below is too smooth.
public struct SliceFlicker: Equatable, Sendable {
  /// Pairs of neighbouring pixels counted.
  public private(set) var count = 0
  private var sampleSum = 0.0
  private var truthSum = 0.0
  private var last: (sample: [Double], truth: [Double], mask: ForegroundMask?)?

  /// Nothing gathered yet.
  public init() {}

  /// Adds the next slice of one sample and of the truth. A pixel counts where it lies in the masks of both slices.
  public mutating func add(sample: [Double], truth: [Double], mask: ForegroundMask? = nil) {
    precondition(sample.count == truth.count, "sample and truth cover the same pixels")
    precondition(mask.map { $0.included.count == truth.count } ?? true, "the mask covers the same pixels")
    defer { last = (sample, truth, mask) }
    guard let last else { return }
    precondition(last.sample.count == sample.count, "slices of one size")
    var sampleStep = 0.0
    var truthStep = 0.0
    for i in sample.indices where (mask?.included[i] ?? true) && (last.mask?.included[i] ?? true) {
      let a = abs(sample[i] - last.sample[i])
      let b = abs(truth[i] - last.truth[i])
      guard a.isFinite, b.isFinite else { continue }
      sampleStep += a
      truthStep += b
      count += 1
    }
    sampleSum += sampleStep
    truthSum += truthStep
  }

  /// The next slice that comes is no neighbour of the last.
  public mutating func interrupt() { last = nil }

  /// Mean absolute step between neighbouring slices of the sample, in the data's unit.
  public var sampleVariation: Double { sampleSum / Double(count) }
  /// The same of the truth.
  public var truthVariation: Double { truthSum / Double(count) }
  /// Sample over truth.
  public var ratio: Double { sampleSum / truthSum }

  /// Whether the same was gathered.
  public static func == (a: SliceFlicker, b: SliceFlicker) -> Bool {
    a.count == b.count && a.sampleSum == b.sampleSum && a.truthSum == b.truthSum
  }
}

/// Correlation between slices `lag` apart of a residual, such as sample − mean or truth − mean: the noise length between slices
/// is right when both fall off alike. Keeps as many slices as the largest lag.
public struct SliceCorrelation: Sendable {
  private struct Sums {
    var product = 0.0
    var first = 0.0
    var second = 0.0
  }

  private var sums: [Sums]
  private var recent: [(values: [Double], mask: ForegroundMask?)] = []

  /// - Parameter largestLag: in slices, at least 1.
  public init(largestLag: Int) {
    precondition(largestLag >= 1, "a lag of at least one slice")
    sums = [Sums](repeating: Sums(), count: largestLag)
  }

  /// Adds the residual of the next slice. A pixel counts where it lies in the masks of both slices.
  public mutating func add(residual: [Double], mask: ForegroundMask? = nil) {
    for (lag, earlier) in recent.enumerated() {
      precondition(earlier.values.count == residual.count, "slices of one size")
      for i in residual.indices where (mask?.included[i] ?? true) && (earlier.mask?.included[i] ?? true) {
        let a = earlier.values[i]
        let b = residual[i]
        guard a.isFinite, b.isFinite else { continue }
        sums[lag].product += a * b
        sums[lag].first += a * a
        sums[lag].second += b * b
      }
    }
    recent.insert((residual, mask), at: 0)
    if recent.count > sums.count { recent.removeLast() }
  }

  /// Correlation at lag 1, 2, …, without subtracting a mean (a residual has none); NaN where nothing was seen.
  public var correlations: [Double] { sums.map { $0.product / ($0.first * $0.second).squareRoot() } }
}
