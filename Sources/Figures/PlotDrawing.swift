import CCairo

/// Draws one plot into a frame of the page.
struct PlotDrawing {
  static let ink = Colour(hex: 0x1B1E23)
  static let softInk = Colour(hex: 0x5B616B)
  static let grid = Colour(hex: 0xE4E7EB)
  static let titleStyle = TextStyle(size: 13, isBold: true, colour: ink)
  static let labelStyle = TextStyle(size: 11.5, colour: ink)
  static let tickStyle = TextStyle(size: 10.5, colour: ink)

  let plot: Plot
  let canvas: Canvas
  let outer: Frame
  /// The rectangle of the axes.
  let area: Frame
  let x: PlotScale
  let y: PlotScale
  private let xTicks: Ticks
  private let yTicks: Ticks

  init(_ plot: Plot, in outer: Frame, on canvas: Canvas) {
    self.plot = plot
    self.canvas = canvas
    self.outer = outer
    var x = PlotScale(plot.x, values: Self.horizontal(plot), zeroIsShown: false)
    var y = PlotScale(plot.y, values: Self.vertical(plot), zeroIsShown: plot.series.contains { $0.mark == .bars })
    let yTicks = y.ticks(plot.y, about: 5)
    let tickWidth = yTicks.labels.map { canvas.textWidth($0, Self.tickStyle) }.max() ?? 0
    let left = outer.x + 8 + (plot.y.label.isEmpty ? 0 : 18) + tickWidth + 8
    let top = outer.y + (plot.title.isEmpty ? 10 : 28)
    let bottom = outer.bottom - (plot.x.label.isEmpty ? 26 : 44)
    var area = Frame(
      x: left, y: top, width: max(outer.right - 16 - left, 10), height: max(bottom - top, 10))
    if plot.isSquare {
      let side = min(area.width, area.height)
      area = Frame(x: area.x + (area.width - side) / 2, y: area.y, width: side, height: side)
    }
    (x.start, x.end) = (area.x, area.right)
    (y.start, y.end) = (area.bottom, area.y)
    // As many ticks as fit without touching, judged by the widest of a first try.
    let tried = x.ticks(plot.x, about: 6)
    let widest = tried.labels.map { canvas.textWidth($0, Self.tickStyle) }.max() ?? 0
    let fitting = max(Int(area.width / (widest + 14)), 2)
    xTicks = tried.values.count <= fitting ? tried : Self.thinned(x.ticks(plot.x, about: min(fitting, 6)), fitting)
    self.yTicks = yTicks
    self.x = x
    self.y = y
    self.area = area
  }

  func draw() {
    canvas.drawText(plot.title, x: area.x + area.width / 2, y: outer.y + 19, Self.titleStyle, anchor: .centre)
    drawGrid()
    cairo_save(canvas.context)
    cairo_rectangle(canvas.context, area.x, area.y, area.width, area.height)
    cairo_clip(canvas.context)
    let barCount = plot.series.count { $0.mark == .bars }
    var bar = 0
    // Areas first, then bars, lines and points, so that nothing hides.
    for (i, series) in plot.series.enumerated() where series.mark == .band { drawBand(series, colour(i)) }
    for (i, series) in plot.series.enumerated() where series.mark == .bars {
      drawBars(series, colour(i), index: bar, of: barCount)
      bar += 1
    }
    drawReferences()
    for (i, series) in plot.series.enumerated() {
      switch series.mark {
      case .line: drawLine(series, colour(i), dash: [])
      case .dashedLine: drawLine(series, colour(i), dash: [6, 4])
      case .points: drawPoints(series, colour(i))
      case .bars, .band: break
      }
    }
    cairo_restore(canvas.context)
    drawAxes()
    if plot.legend == .automatic { PlotLegend(self).draw() }
  }

  func colour(_ series: Int) -> Colour {
    plot.series[series].colour ?? Colour.palette[series % Colour.palette.count]
  }

  private func drawGrid() {
    for value in yTicks.values {
      if let at = y.place(value) { canvas.line(from: (area.x, at), to: (area.right, at), Self.grid, lineWidth: 0.75) }
    }
    for value in xTicks.values where plot.x.categories == nil {
      if let at = x.place(value) { canvas.line(from: (at, area.y), to: (at, area.bottom), Self.grid, lineWidth: 0.75) }
    }
  }

  private func drawAxes() {
    canvas.line(from: (area.x, area.y), to: (area.x, area.bottom), Self.ink, lineWidth: 0.9)
    canvas.line(from: (area.x, area.bottom), to: (area.right, area.bottom), Self.ink, lineWidth: 0.9)
    for (value, text) in zip(yTicks.values, yTicks.labels) {
      guard let at = y.place(value) else { continue }
      canvas.line(from: (area.x - 4, at), to: (area.x, at), Self.ink, lineWidth: 0.9)
      canvas.drawText(text, x: area.x - 7, y: at + Self.tickStyle.size * 0.36, Self.tickStyle, anchor: .trailing)
    }
    for (value, text) in zip(xTicks.values, xTicks.labels) {
      guard let at = x.place(value) else { continue }
      canvas.line(from: (at, area.bottom), to: (at, area.bottom + 4), Self.ink, lineWidth: 0.9)
      canvas.drawText(text, x: at, y: area.bottom + 16, Self.tickStyle, anchor: .centre)
    }
    canvas.drawText(
      plot.x.label, x: area.x + area.width / 2, y: area.bottom + 35, Self.labelStyle, anchor: .centre)
    let tickWidth = yTicks.labels.map { canvas.textWidth($0, Self.tickStyle) }.max() ?? 0
    canvas.drawUpwardText(
      plot.y.label, x: area.x - 7 - tickWidth - 9, centreY: area.y + area.height / 2, Self.labelStyle)
  }

  private static func thinned(_ ticks: Ticks, _ most: Int) -> Ticks {
    guard ticks.values.count > most else { return ticks }
    let step = (ticks.values.count + most - 1) / most
    let kept = stride(from: 0, to: ticks.values.count, by: step)
    return Ticks(values: kept.map { ticks.values[$0] }, labels: kept.map { ticks.labels[$0] })
  }

  private static func horizontal(_ plot: Plot) -> [Double] {
    var values = plot.series.flatMap { $0.points.map(\.x) }
    if let categories = plot.x.categories { values += [-0.5, Double(categories.count) - 0.5] }
    for series in plot.series where series.mark == .bars {
      let half = barSpacing(series) / 2
      values += series.points.flatMap { [$0.x - half, $0.x + half] }
    }
    for reference in plot.references {
      if case .vertical(let v) = reference.course { values.append(v) }
    }
    return values
  }

  private static func vertical(_ plot: Plot) -> [Double] {
    var values = plot.series.flatMap { series in
      series.points.flatMap { [$0.lower, $0.upper].compactMap { $0 } + (series.mark == .band ? [] : [$0.y]) }
    }
    for reference in plot.references {
      if case .horizontal(let v) = reference.course { values.append(v) }
    }
    return values
  }

  /// The smallest distance between bars of a series; 1 for a lone one.
  static func barSpacing(_ series: PlotSeries) -> Double {
    let xs = series.points.map(\.x).filter(\.isFinite).sorted()
    let gaps = zip(xs.dropFirst(), xs).map { $0 - $1 }.filter { $0 > 0 }
    return gaps.min() ?? 1
  }
}
