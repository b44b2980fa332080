import CCairo

extension PlotDrawing {
  /// The place of a point, nil where it cannot be shown.
  func place(_ px: Double, _ py: Double) -> (Double, Double)? {
    guard let a = x.place(px), let b = y.place(py) else { return nil }
    return (a, b)
  }

  func drawLine(_ series: PlotSeries, _ colour: Colour, dash: [Double]) {
    canvas.set(colour)
    cairo_set_line_width(canvas.context, 1.6)
    cairo_set_line_join(canvas.context, CAIRO_LINE_JOIN_ROUND)
    cairo_set_dash(canvas.context, dash, Int32(dash.count), 0)
    cairo_new_path(canvas.context)
    var penIsDown = false
    for point in series.points {
      guard let (a, b) = place(point.x, point.y) else {
        penIsDown = false
        continue
      }
      if penIsDown { cairo_line_to(canvas.context, a, b) } else { cairo_move_to(canvas.context, a, b) }
      penIsDown = true
    }
    cairo_stroke(canvas.context)
    cairo_set_dash(canvas.context, nil, 0, 0)
  }

  func drawPoints(_ series: PlotSeries, _ colour: Colour) {
    for point in series.points {
      guard let lower = point.lower, let upper = point.upper, let (a, l) = place(point.x, lower),
        let u = y.place(upper)
      else { continue }
      canvas.line(from: (a, l), to: (a, u), colour, lineWidth: 1)
      for end in [l, u] { canvas.line(from: (a - 3, end), to: (a + 3, end), colour, lineWidth: 1) }
    }
    // Many points are drawn small and translucent, so that their density shows.
    let isCloud = series.points.count > 300
    for point in series.points {
      guard let (a, b) = place(point.x, point.y) else { continue }
      canvas.set(colour, opacity: isCloud ? 0.35 : 1)
      cairo_arc(canvas.context, a, b, isCloud ? 1.5 : 3, 0, 2 * .pi)
      cairo_fill(canvas.context)
    }
  }

  func drawBars(_ series: PlotSeries, _ colour: Colour, index: Int, of count: Int) {
    let spacing = Self.barSpacing(series)
    let whole = spacing * (count > 1 ? 0.8 : 0.9)
    let width = whole / Double(max(count, 1))
    let foot = y.place(y.isLogarithmic ? y.low : min(max(0, y.low), y.high)) ?? area.bottom
    for point in series.points {
      let left = point.x - whole / 2 + Double(index) * width
      guard let a = x.place(left), let b = x.place(left + width), let top = y.place(point.y) else { continue }
      let frame = Frame(x: a, y: min(top, foot), width: b - a, height: abs(foot - top))
      canvas.fillRectangle(frame, colour, opacity: 0.85)
      if let lower = point.lower, let upper = point.upper, let l = y.place(lower), let u = y.place(upper) {
        let middle = (a + b) / 2
        canvas.line(from: (middle, l), to: (middle, u), Self.ink, lineWidth: 1)
        for end in [l, u] { canvas.line(from: (middle - 3, end), to: (middle + 3, end), Self.ink, lineWidth: 1) }
      }
    }
  }

  func drawBand(_ series: PlotSeries, _ colour: Colour) {
    var top: [(Double, Double)] = []
    var bottom: [(Double, Double)] = []
    for point in series.points {
      guard let lower = point.lower, let upper = point.upper, let (a, l) = place(point.x, lower),
        let u = y.place(upper)
      else { continue }
      top.append((a, u))
      bottom.append((a, l))
    }
    guard let first = top.first else { return }
    cairo_new_path(canvas.context)
    cairo_move_to(canvas.context, first.0, first.1)
    for (a, b) in top.dropFirst() + bottom.reversed() { cairo_line_to(canvas.context, a, b) }
    cairo_close_path(canvas.context)
    canvas.set(colour, opacity: 0.22)
    cairo_fill(canvas.context)
  }

  func drawReferences() {
    for reference in plot.references {
      let ends: ((Double, Double), (Double, Double))?
      switch reference.course {
      case .horizontal(let v): ends = y.place(v).map { ((area.x, $0), (area.right, $0)) }
      case .vertical(let v): ends = x.place(v).map { (($0, area.y), ($0, area.bottom)) }
      case .diagonal:
        let low = max(x.low, y.low)
        let high = min(x.high, y.high)
        ends = low < high ? place(low, low).flatMap { a in place(high, high).map { (a, $0) } } : nil
      }
      if let ends { canvas.line(from: ends.0, to: ends.1, Self.softInk, lineWidth: 1, dash: [4, 3]) }
    }
  }
}
