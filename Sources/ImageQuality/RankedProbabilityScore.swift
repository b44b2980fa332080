/// Fair CRPS: how far the samples' distribution lies from the truth, in the data's unit, smaller is better; unbiased by the
/// number of samples, so that N = 4 and N = 16 compare (Ferro, "Fair scores for ensemble forecasts", 2014, equation 6).
///
/// Per pixel mean|xᵢ − y| − Σ|xᵢ − xⱼ| / (2N(N−1)), the sum over ordered pairs.
public struct RankedProbabilityScore: Equatable, Sendable, Codable {
  /// Pixels counted.
  public private(set) var count = 0
  private var sum = 0.0

  /// Nothing gathered yet.
  public init() {}

  /// Adds a plane: N ≥ 2 arrays of samples and the truth.
  public mutating func add(samples: [[Double]], truth: [Double], mask: ForegroundMask? = nil) {
    precondition(samples.count >= 2 && samples.allSatisfy { $0.count == truth.count }, "N ≥ 2 planes of one size")
    precondition(mask.map { $0.included.count == truth.count } ?? true, "the mask covers the same pixels")
    let n = samples.count
    var sorted = [Double](repeating: 0, count: n)
    var plane = 0.0
    for i in truth.indices where mask?.included[i] ?? true {
      var distance = 0.0
      var isFinite = truth[i].isFinite
      for (k, sample) in samples.enumerated() {
        let value = sample[i]
        isFinite = isFinite && value.isFinite
        distance += abs(value - truth[i])
        // Insertion keeps the few samples sorted.
        var place = k
        while place > 0, sorted[place - 1] > value {
          sorted[place] = sorted[place - 1]
          place -= 1
        }
        sorted[place] = value
      }
      guard isFinite else { continue }
      // Σ over ordered pairs of |xᵢ − xⱼ| is 2·Σ (2k − N + 1)·x₍ₖ₎, k from 0.
      var pairs = 0.0
      for k in 0..<n { pairs += Double(2 * k - n + 1) * sorted[k] }
      plane += distance / Double(n) - pairs / Double(n * (n - 1))
      count += 1
    }
    sum += plane
  }

  /// Adds what another gathered.
  public mutating func merge(_ other: RankedProbabilityScore) {
    count += other.count
    sum += other.sum
  }

  /// The mean score; NaN without pixels.
  public var mean: Double { sum / Double(count) }
}
