/// How the error depends on the predicted deviation: what reliability diagram, ENCE, decile coverage, sparsification and rank
/// correlation are computed from.
///
/// Made exactly from arrays here, or in bounded memory by `UncertaintySketch`; everything after is the same code.
public struct UncertaintyProfile: Sendable {
  /// Pixels of (nearly) one σ, or of one |error|.
  struct Group: Equatable, Sendable {
    /// Pixels, or their weight.
    var count = 0.0
    var sigma = 0.0
    var sigmaSquared = 0.0
    var error = 0.0
    var errorSquared = 0.0
    /// Pixels inside the interval of each level.
    var inside: [Double]

    init(levels: Int) { inside = [Double](repeating: 0, count: levels) }

    mutating func add(_ other: Group, share: Double) {
      count += share * other.count
      sigma += share * other.sigma
      sigmaSquared += share * other.sigmaSquared
      error += share * other.error
      errorSquared += share * other.errorSquared
      for k in inside.indices { inside[k] += share * other.inside[k] }
    }
  }

  /// Nominal coverages of the intervals that were counted.
  public let levels: [Double]
  /// N of the deviations.
  public let sampleCount: Int
  /// Spearman's rank correlation of σ and |error|, −1…1; NaN where one of them is constant.
  public let rankCorrelation: Double
  /// Ascending in σ.
  let bySigma: [Group]
  /// Ascending in |error|.
  let byError: [Group]

  init(levels: [Double], sampleCount: Int, rankCorrelation: Double, bySigma: [Group], byError: [Group]) {
    self.levels = levels
    self.sampleCount = sampleCount
    self.rankCorrelation = rankCorrelation
    self.bySigma = bySigma
    self.byError = byError
  }

  /// The exact profile of arrays held in memory.
  /// - Parameters:
  ///   - deviation: s, or λ·√(s² + τ²), without the finite-N factor, which comes from `sampleCount`.
  ///   - error: truth − mean, or its absolute value.
  ///   - sampleCount: N ≥ 2.
  ///   - levels: nominal coverages for `ReliabilityBin.coverage`.
  public init(
    deviation: [Double], error: [Double], sampleCount: Int, levels: [Double] = PredictionInterval.standardLevels
  ) {
    precondition(deviation.count == error.count, "one deviation for each error")
    let kept = deviation.indices.filter { deviation[$0].isFinite && error[$0].isFinite }
    let sigma = kept.map { deviation[$0] }
    let size = kept.map { abs(error[$0]) }
    let factors = levels.map { PredictionInterval(coverage: $0, sampleCount: sampleCount).factor }

    func groups(by key: [Double]) -> [Group] {
      var result: [Group] = []
      var last = Double.nan
      for i in key.indices.sorted(by: { key[$0] < key[$1] }) {
        if key[i] != last { result.append(Group(levels: levels.count)) }
        last = key[i]
        var pixel = Group(levels: levels.count)
        pixel.count = 1
        pixel.sigma = sigma[i]
        pixel.sigmaSquared = sigma[i] * sigma[i]
        pixel.error = size[i]
        pixel.errorSquared = size[i] * size[i]
        pixel.inside = factors.map { size[i] <= $0 * sigma[i] ? 1 : 0 }
        result[result.count - 1].add(pixel, share: 1)
      }
      return result
    }
    self.init(
      levels: levels, sampleCount: sampleCount, rankCorrelation: Self.spearman(sigma, size), bySigma: groups(by: sigma),
      byError: groups(by: size))
  }

  /// Pixels, or their total weight.
  public var count: Double { bySigma.reduce(0) { $0 + $1.count } }

  /// Spearman's rank correlation, ties given their mean rank; NaN where a side is constant or empty.
  public static func spearman(_ x: [Double], _ y: [Double]) -> Double {
    precondition(x.count == y.count, "pairs")
    func ranks(_ values: [Double]) -> [Double] {
      let order = values.indices.sorted { values[$0] < values[$1] }
      var result = [Double](repeating: 0, count: values.count)
      var start = 0
      while start < order.count {
        var end = start
        while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
        for k in start...end { result[order[k]] = Double(start + end) / 2 }
        start = end + 1
      }
      return result
    }
    let a = ranks(x)
    let b = ranks(y)
    let middle = Double(x.count - 1) / 2
    var ab = 0.0
    var aa = 0.0
    var bb = 0.0
    for i in a.indices {
      ab += (a[i] - middle) * (b[i] - middle)
      aa += (a[i] - middle) * (a[i] - middle)
      bb += (b[i] - middle) * (b[i] - middle)
    }
    return ab / (aa * bb).squareRoot()
  }
}
