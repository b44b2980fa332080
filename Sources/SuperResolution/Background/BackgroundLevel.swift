import Volumes

/// Which values are those of nothing: the band that air or a blank background fills.
///
/// A pixel is empty where the mean of the 3×3 pixels around it lies in the band. The mean of nine tames noise (what is two deviations for
/// one pixel is six for nine), and makes thin bright structures wider rather than losing them.
package struct BackgroundLevel: Equatable, Sendable {
  package let lowest: Double
  package let highest: Double

  package init(lowest: Double, highest: Double) {
    self.lowest = lowest
    self.highest = highest
  }

  /// For CT: below −950 HU there is air outside of a body; lung is above it but for emphysema (the LAA-950 convention: Gevenois et al., AJRCCM
  /// 154, 1996), and lung lies inside of the body besides.
  package static let computedTomography = BackgroundLevel(lowest: -.infinity, highest: -950)

  package func contains(_ value: Double) -> Bool { value >= lowest && value <= highest }
}

/// Looks at the edges of slices, where air is if there is any, and finds the band that it fills.
package struct BorderSurvey {
  /// Side of the blocks along the edge, in pixels.
  private static let side = 8
  /// Blocks that count as dark: up to this share of the model's range above the darkest.
  private static let darkShare = 0.1
  /// The band reaches at least and at most so far from the darkest, in shares of the model's range.
  private static let reach = 0.02...0.1

  private var blocks: [(mean: Double, deviation: Double)] = []

  package init() {}

  package mutating func add(_ slice: VolumeSlice) {
    let (width, height) = (slice.width, slice.height)
    let (w, h) = (min(Self.side, width), min(Self.side, height))
    for y in stride(from: 0, to: height - h + 1, by: h) {
      let isEdgeRow = y == 0 || y + 2 * h > height
      let columns = isEdgeRow ? Array(stride(from: 0, to: width - w + 1, by: w)) : [0, width - w]
      for x in columns { addBlock(slice, x, isEdgeRow && y > 0 ? height - h : y, w, h) }
    }
  }

  private mutating func addBlock(_ slice: VolumeSlice, _ x: Int, _ y: Int, _ w: Int, _ h: Int) {
    var (count, sum, squares) = (0.0, 0.0, 0.0)
    for row in y..<y + h {
      for column in x..<x + w {
        let value = slice.values[row * slice.width + column]
        guard value.isFinite else { continue }
        count += 1
        let delta = value - sum
        sum += delta / count
        squares += delta * (value - sum)
      }
    }
    if count > 0 { blocks.append((sum, (squares / count).squareRoot())) }
  }

  /// The band of values, or `nil` where the edges of the slices hold no background: what is there is not dark.
  package func level(_ mapping: IntensityMapping) -> BackgroundLevel? {
    let range = mapping.high - mapping.low
    let means = blocks.map(\.mean).sorted()
    guard let darkest = means.isEmpty ? nil : means[means.count / 10] else { return nil }
    guard darkest <= mapping.low + Self.darkShare * range else { return nil }
    // The median: tissue that reaches the edge here and there has no say in what noise is.
    let noise = blocks.filter { abs($0.mean - darkest) <= Self.darkShare * range }
      .map { abs($0.mean - darkest) + 2 * $0.deviation }.sorted()
    let reach = min(max(noise[noise.count / 2], Self.reach.lowerBound * range), Self.reach.upperBound * range)
    return BackgroundLevel(lowest: darkest - reach, highest: darkest + reach)
  }
}
