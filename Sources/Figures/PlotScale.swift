#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One axis as arithmetic: from numbers to positions on the page.
struct PlotScale {
  let isLogarithmic: Bool
  let low: Double
  let high: Double
  /// Where `low` and `high` lie on the page.
  var start: Double
  var end: Double

  /// - Parameters:
  ///   - values: everything to be shown; used where the axis has no range of its own.
  ///   - zeroIsShown: bars stand on 0.
  init(_ axis: PlotAxis, values: [Double], zeroIsShown: Bool) {
    let isLogarithmic = axis.scale == .logarithmic
    let usable = values.filter { $0.isFinite && abs($0) < 1e300 && (!isLogarithmic || $0 > 1e-300) }
    var low = usable.min() ?? (isLogarithmic ? 0.1 : 0)
    var high = usable.max() ?? 1
    if zeroIsShown, !isLogarithmic {
      low = min(low, 0)
      high = max(high, 0)
    }
    if isLogarithmic {
      if high <= low * 1.0001 {
        low /= 2
        high *= 2
      }
      let margin = pow(high / low, 0.04)
      low /= margin
      high *= margin
    } else {
      if high - low <= max(abs(low), abs(high)) * 1e-9 {
        let half = max(abs(high) * 0.1, 0.5)
        low -= half
        high += half
      }
      let margin = (high - low) * 0.04
      if !(zeroIsShown && low == 0) { low -= margin }
      if !(zeroIsShown && high == 0) { high += margin }
    }
    if let range = axis.range, range.lowerBound.isFinite, range.upperBound.isFinite,
      range.upperBound > range.lowerBound, !isLogarithmic || range.lowerBound > 0
    {
      low = range.lowerBound
      high = range.upperBound
    }
    self.isLogarithmic = isLogarithmic
    self.low = low
    self.high = high
    start = 0
    end = 1
  }

  /// The place of a number, nil where it has none. Far outside it stays finite.
  func place(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    let share: Double
    if isLogarithmic {
      guard value > 0 else { return nil }
      share = log(value / low) / log(high / low)
    } else {
      share = (value - low) / (high - low)
    }
    return start + (end - start) * min(max(share, -100), 100)
  }

  func ticks(_ axis: PlotAxis, about count: Int) -> Ticks {
    if let categories = axis.categories {
      let shown = categories.indices.filter { Double($0) >= low && Double($0) <= high }
      return Ticks(values: shown.map(Double.init), labels: shown.map { categories[$0] })
    }
    return isLogarithmic
      ? .logarithmic(from: low, to: high, about: count) : .linear(from: low, to: high, about: count)
  }
}
