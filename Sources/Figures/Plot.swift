/// An axis of a plot.
public struct PlotAxis: Sendable {
  /// How numbers become distances.
  public enum Scale: Sendable {
    /// Equal differences are equally far apart.
    case linear
    /// Base ten; numbers that are not positive are left out.
    case logarithmic
  }

  /// Quantity and unit, as printed beside the axis.
  public var label: String
  /// Linear or logarithmic.
  public var scale: Scale
  /// What is shown; nil takes in all of the data with a margin.
  public var range: ClosedRange<Double>?
  /// Words instead of numbers at 0, 1, 2, …; nil writes numbers.
  public var categories: [String]?

  /// An axis with its label (quantity and unit); without a range it takes in all data.
  public init(
    _ label: String = "", scale: Scale = .linear, range: ClosedRange<Double>? = nil, categories: [String]? = nil
  ) {
    self.label = label
    self.scale = scale
    self.range = range
    self.categories = categories
  }
}

/// A thin line to compare with, such as the diagonal of a reliability plot.
public struct PlotReference: Sendable {
  /// Where the line runs.
  public enum Course: Sendable {
    /// At this y.
    case horizontal(Double)
    /// At this x.
    case vertical(Double)
    /// y = x.
    case diagonal
  }
  /// Where it runs.
  public var course: Course
  /// For the legend; empty is not listed.
  public var label: String

  /// A line, listed in the legend if it has a label.
  public init(_ course: Course, label: String = "") {
    self.course = course
    self.label = label
  }
}

/// One diagram with two axes: lines, points, bars and bands.
///
/// ```swift
/// var plot = Plot(title: "Training", x: PlotAxis("update"), y: PlotAxis("L1", scale: .logarithmic))
/// plot.series = [.line("training", x: updates, y: losses)]
/// try PlotPage([plot]).write(to: "loss.png")
/// ```
public struct Plot: Sendable {
  /// Where the legend goes.
  public enum LegendPlace: Sendable {
    /// The corner, or middle of an edge, with the fewest data.
    case automatic
    /// Nowhere.
    case hidden
  }

  /// A line above everything; may be empty.
  public var title: String
  /// The axis across.
  public var x: PlotAxis
  /// The axis up.
  public var y: PlotAxis
  /// The data, later ones over earlier ones of the same kind.
  public var series: [PlotSeries]
  /// Lines to compare with.
  public var references: [PlotReference]
  /// Where the legend goes.
  public var legend: LegendPlace
  /// One millimetre across is one millimetre up: for reliability plots with equal axes.
  public var isSquare: Bool

  /// A plot; every part can be set afterwards.
  public init(
    title: String = "", x: PlotAxis = PlotAxis(), y: PlotAxis = PlotAxis(), series: [PlotSeries] = [],
    references: [PlotReference] = [], legend: LegendPlace = .automatic, isSquare: Bool = false
  ) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.references = references
    self.legend = legend
    self.isSquare = isSquare
  }
}

/// Plots on a page, row by row.
public struct PlotPage: Sendable {
  /// A line above everything; may be empty.
  public var title: String
  /// Row by row.
  public var plots: [Plot]
  /// Plots beside each other.
  public var columns: Int
  /// Size of one plot with its labels, in points; the file has `resolution` pixels per point.
  public var plotWidth = 420.0
  /// Height of one plot in points.
  public var plotHeight = 300.0
  /// Pixels of the file per point.
  public var resolution = 2.0
  /// A small line below everything.
  public var footer = ""

  /// A page of plots; sizes can be set afterwards.
  public init(_ plots: [Plot], columns: Int = 1, title: String = "") {
    self.plots = plots
    self.columns = columns
    self.title = title
  }

  /// The finished picture.
  /// - Throws: `FigureError` when there is no plot or the page gets too large.
  public func drawn() throws -> RasterImage {
    let subject = title.isEmpty ? "plot page" : "plot page \"\(title)\""
    guard !plots.isEmpty else {
      throw FigureError(.empty, subject: subject, reason: "there is no plot to draw. Give at least one.")
    }
    guard resolution > 0, resolution <= 20, plotWidth >= 120, plotHeight >= 100 else {
      throw FigureError(
        .unusableSize, subject: subject,
        reason: "plots of \(plotWidth)×\(plotHeight) points at \(resolution) pixels per point; expected at least "
          + "120×100 points and a resolution of up to 20.")
    }
    let across = min(max(columns, 1), plots.count)
    let down = (plots.count + across - 1) / across
    let margin = 10.0
    let titleHeight = title.isEmpty ? 0.0 : 28
    let footerHeight = footer.isEmpty ? 0.0 : 20
    let width = Double(across) * plotWidth + 2 * margin
    let height = Double(down) * plotHeight + 2 * margin + titleHeight + footerHeight
    let canvas = try Canvas(width: width, height: height, scale: resolution, background: .white, subject: subject)
    canvas.drawText(
      title, x: width / 2, y: margin + 16, TextStyle(size: 16, isBold: true, colour: PlotDrawing.ink), anchor: .centre)
    for (i, plot) in plots.enumerated() {
      let frame = Frame(
        x: margin + Double(i % across) * plotWidth, y: margin + titleHeight + Double(i / across) * plotHeight,
        width: plotWidth, height: plotHeight)
      PlotDrawing(plot, in: frame, on: canvas).draw()
    }
    canvas.drawText(
      footer, x: width / 2, y: height - margin - 2, TextStyle(size: 10, colour: PlotDrawing.softInk), anchor: .centre)
    return try canvas.raster(subject: subject)
  }

  /// Draws and writes a PNG, which appears under its name only when complete.
  /// - Throws: `FigureError`.
  public func write(to path: String, overwrite: Bool = false) throws {
    try drawn().write(to: path, overwrite: overwrite)
  }
}
