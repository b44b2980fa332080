/// Data of a plot that share a colour and a line of the legend.
public struct PlotSeries: Sendable {
  /// How the points are drawn.
  public enum Mark: Sendable {
    /// Joined in the order given.
    case line
    /// The same, dashed.
    case dashedLine
    /// Dots; small and translucent when there are many.
    case points
    /// Upright bars about `x` from 0 (or the axis' lower end) to `y`.
    case bars
    /// The area between `lower` and `upper`.
    case band
  }

  /// One datum.
  public struct Point: Sendable, Equatable {
    /// Where it lies across.
    public var x: Double
    /// Where it lies up.
    public var y: Double
    /// Ends of an error bar, or of the band; nil has none.
    public var lower: Double?
    /// The upper end, see `lower`.
    public var upper: Double?

    /// A datum, with an error bar if both ends are given.
    public init(x: Double, y: Double, lower: Double? = nil, upper: Double? = nil) {
      self.x = x
      self.y = y
      self.lower = lower
      self.upper = upper
    }
  }

  /// As the legend has it; empty is not listed.
  public var name: String
  /// How the points are drawn.
  public var mark: Mark
  /// The data, in drawing order.
  public var points: [Point]
  /// nil takes the next of `Colour.palette`.
  public var colour: Colour?

  /// A series of points.
  public init(name: String, mark: Mark, points: [Point], colour: Colour? = nil) {
    self.name = name
    self.mark = mark
    self.points = points
    self.colour = colour
  }

  /// A line through points in the order given; a point that is not finite breaks it. Pairs up to the shorter of the arrays.
  public static func line(
    _ name: String, x: [Double], y: [Double], isDashed: Bool = false, colour: Colour? = nil
  ) -> PlotSeries {
    PlotSeries(
      name: name, mark: isDashed ? .dashedLine : .line, points: zip(x, y).map { Point(x: $0, y: $1) }, colour: colour)
  }

  /// Dots, with error bars where `lower` and `upper` are given.
  public static func points(
    _ name: String, x: [Double], y: [Double], lower: [Double]? = nil, upper: [Double]? = nil, colour: Colour? = nil
  ) -> PlotSeries {
    let pairs = zip(x, y).enumerated().map { i, p in
      Point(
        x: p.0, y: p.1, lower: lower.flatMap { i < $0.count ? $0[i] : nil },
        upper: upper.flatMap { i < $0.count ? $0[i] : nil })
    }
    return PlotSeries(name: name, mark: .points, points: pairs, colour: colour)
  }

  /// Bars of equal width; several series of bars in one plot stand beside each other.
  public static func bars(_ name: String, x: [Double], y: [Double], colour: Colour? = nil) -> PlotSeries {
    PlotSeries(name: name, mark: .bars, points: zip(x, y).map { Point(x: $0, y: $1) }, colour: colour)
  }

  /// Bars at 0, 1, 2, …: a histogram.
  public static func bars(_ name: String, _ heights: [Double], colour: Colour? = nil) -> PlotSeries {
    bars(name, x: heights.indices.map(Double.init), y: heights, colour: colour)
  }

  /// A translucent area between two curves.
  public static func band(
    _ name: String, x: [Double], lower: [Double], upper: [Double], colour: Colour? = nil
  ) -> PlotSeries {
    let points = zip(x, zip(lower, upper)).map { x, ends in
      Point(x: x, y: (ends.0 + ends.1) / 2, lower: ends.0, upper: ends.1)
    }
    return PlotSeries(name: name, mark: .band, points: points, colour: colour)
  }
}
