/// Numbers on a grid, to be shown: `width × height`, row-major, the first row on top.
public struct Picture: Equatable, Sendable {
  /// Pixels across.
  public let width: Int
  /// Pixels down.
  public let height: Int
  /// Row-major values in any unit; what is not a number is shown as missing.
  public var values: [Double]
  /// Distance of neighbouring pixel centres along x and y, in millimetres (or any one unit for all pictures of a figure).
  public var spacing: (x: Double, y: Double)

  /// - Parameter values: `width · height` values, x fastest.
  public init(width: Int, height: Int, values: [Double], spacing: (x: Double, y: Double) = (1, 1)) {
    precondition(width >= 0 && height >= 0 && values.count == width * height, "a picture holds width × height values")
    self.width = width
    self.height = height
    self.values = values
    self.spacing = spacing
  }

  /// - Parameter values: `width · height` values of another type, such as `Float`, x fastest.
  public init<Value: BinaryFloatingPoint>(
    width: Int, height: Int, values: [Value], spacing: (x: Double, y: Double) = (1, 1)
  ) {
    self.init(width: width, height: height, values: values.map { Double($0) }, spacing: spacing)
  }

  /// The physical size, outer face to outer face.
  public var extent: (x: Double, y: Double) { (Double(width) * spacing.x, Double(height) * spacing.y) }

  /// The part under a region, whole pixels, at least one.
  public func cropped(to region: ZoomRegion) -> Picture {
    func range(_ start: Double, _ length: Double, _ count: Int) -> Range<Int> {
      let first = min(max(Int((start * Double(count)).rounded()), 0), count - 1)
      let last = min(max(Int(((start + length) * Double(count)).rounded()), first + 1), count)
      return first..<last
    }
    guard width > 0, height > 0 else { return self }
    let columns = range(region.x, region.width, width)
    let rows = range(region.y, region.height, height)
    var part: [Double] = []
    part.reserveCapacity(columns.count * rows.count)
    for y in rows { part += values[y * width + columns.lowerBound..<y * width + columns.upperBound] }
    return Picture(width: columns.count, height: rows.count, values: part, spacing: spacing)
  }

  /// The `share` quantile (0…1) of the finite values, linear between neighbours; nil when there is none.
  public func quantile(_ share: Double) -> Double? {
    let sorted = values.filter(\.isFinite).sorted()
    guard let last = sorted.last else { return nil }
    let position = min(max(share, 0), 1) * Double(sorted.count - 1)
    let k = Int(position)
    return k + 1 < sorted.count ? sorted[k] + (sorted[k + 1] - sorted[k]) * (position - Double(k)) : last
  }

  /// Whether values, size and spacing agree.
  public static func == (a: Picture, b: Picture) -> Bool {
    a.width == b.width && a.height == b.height && a.values == b.values && a.spacing == b.spacing
  }
}

/// A rectangle inside a picture, in shares (0…1) of its width and height, so that it means the same place on every grid.
public struct ZoomRegion: Equatable, Sendable {
  /// Left edge, 0…1.
  public var x: Double
  /// Upper edge, 0…1.
  public var y: Double
  /// Width, 0.01…1.
  public var width: Double
  /// Height, 0.01…1.
  public var height: Double

  /// Shares of the picture; values outside 0…1 are brought inside, the sides are at least 0.01.
  public init(x: Double, y: Double, width: Double, height: Double) {
    func bounded(_ v: Double, _ range: ClosedRange<Double>) -> Double {
      v.isFinite ? min(max(v, range.lowerBound), range.upperBound) : range.lowerBound
    }
    self.width = bounded(width, 0.01...1)
    self.height = bounded(height, 0.01...1)
    self.x = bounded(x, 0...(1 - self.width))
    self.y = bounded(y, 0...(1 - self.height))
  }

  /// The nearest region that starts and ends between pixels of a grid, at least one pixel, so that a finer grid that
  /// divides this one shows exactly the same place.
  func snapped(toColumns columns: Int, rows: Int) -> ZoomRegion {
    func snap(_ start: Double, _ length: Double, _ count: Int) -> (Double, Double) {
      let n = Double(max(count, 1))
      let first = min((start * n).rounded(), n - 1)
      let last = min(max(((start + length) * n).rounded(), first + 1), n)
      return (first / n, (last - first) / n)
    }
    var region = self
    (region.x, region.width) = snap(x, width, columns)
    (region.y, region.height) = snap(y, height, rows)
    return region
  }
}

/// The numbers that the two ends of a colour scale stand for, and their unit.
public struct DisplayWindow: Equatable, Sendable {
  /// Shown as the first colour.
  public var low: Double
  /// Shown as the last colour.
  public var high: Double
  /// As written at the colour bar, for example "HU" or "a.u."; may be empty.
  public var unit: String

  /// A window from `low` to `high`, in `unit`.
  public init(low: Double, high: Double, unit: String = "") {
    self.low = low
    self.high = high
    self.unit = unit
  }

  /// Where a value lies, 0 at `low`, 1 at `high`, unbounded. A window without width splits at its value; one that is not
  /// finite shows everything as 0.
  public func position(of value: Double) -> Double {
    guard low.isFinite, high.isFinite else { return 0 }
    if high > low { return (value - low) / (high - low) }
    return value > low ? 1 : value < low ? 0 : 0.5
  }
}
