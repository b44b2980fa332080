import CCairo

/// The key of a plot, in the corner (or the middle of an edge) where it hides the fewest data.
struct PlotLegend {
  private struct Entry {
    let name: String
    let colour: Colour
    /// nil is a reference line.
    let mark: PlotSeries.Mark?
  }

  private let drawing: PlotDrawing
  private let entries: [Entry]
  private static let style = TextStyle(size: 10.5, colour: PlotDrawing.ink)
  private static let lineHeight = 15.0
  private static let keyWidth = 22.0

  init(_ drawing: PlotDrawing) {
    self.drawing = drawing
    let plot = drawing.plot
    let series = plot.series.enumerated().filter { !$0.element.name.isEmpty }.map {
      Entry(name: $0.element.name, colour: drawing.colour($0.offset), mark: $0.element.mark)
    }
    let references = plot.references.filter { !$0.label.isEmpty }.map {
      Entry(name: $0.label, colour: PlotDrawing.softInk, mark: nil)
    }
    entries = series + references
  }

  func draw() {
    guard !entries.isEmpty else { return }
    let canvas = drawing.canvas
    let frame = bestFrame()
    canvas.fillRectangle(frame, .white, opacity: 0.88)
    canvas.strokeRectangle(frame, PlotDrawing.grid, lineWidth: 0.75)
    for (i, entry) in entries.enumerated() {
      let middle = frame.y + 5 + (Double(i) + 0.5) * Self.lineHeight
      let left = frame.x + 6
      switch entry.mark {
      case .line: canvas.line(from: (left, middle), to: (left + 18, middle), entry.colour, lineWidth: 1.8)
      case .dashedLine:
        canvas.line(from: (left, middle), to: (left + 18, middle), entry.colour, lineWidth: 1.8, dash: [6, 4])
      case nil:
        canvas.line(from: (left, middle), to: (left + 18, middle), entry.colour, lineWidth: 1, dash: [4, 3])
      case .points:
        canvas.set(entry.colour)
        cairo_arc(canvas.context, left + 9, middle, 3, 0, 2 * .pi)
        cairo_fill(canvas.context)
      case .bars, .band:
        canvas.fillRectangle(
          Frame(x: left, y: middle - 4.5, width: 18, height: 9), entry.colour,
          opacity: entry.mark == .bars ? 0.85 : 0.3)
      }
      canvas.drawText(entry.name, x: left + Self.keyWidth + 2, y: middle + Self.style.size * 0.36, Self.style)
    }
  }

  private func bestFrame() -> Frame {
    let area = drawing.area
    let width = (entries.map { drawing.canvas.textWidth($0.name, Self.style) }.max() ?? 0) + Self.keyWidth + 16
    let height = Double(entries.count) * Self.lineHeight + 10
    let right = area.right - 6 - width
    let bottom = area.bottom - 6 - height
    let centre = area.x + (area.width - width) / 2
    let middle = area.y + (area.height - height) / 2
    // Corners first: of equally free places the earlier one is taken.
    let corners = [
      (right, area.y + 6), (area.x + 6, area.y + 6), (right, bottom), (area.x + 6, bottom), (centre, area.y + 6),
      (centre, bottom), (right, middle), (area.x + 6, middle),
    ].map { Frame(x: $0.0, y: $0.1, width: width, height: height) }
    let places = occupied()
    let costs = corners.map { corner in
      places.count {
        $0.0 > corner.x - 4 && $0.0 < corner.right + 4 && $0.1 > corner.y - 4 && $0.1 < corner.bottom + 4
      }
    }
    let best = costs.indices.min { (costs[$0], $0) < (costs[$1], $1) } ?? 0
    return corners[best]
  }

  /// Places on the page that are drawn upon: lines are followed, bars filled, reference lines walked.
  private func occupied() -> [(Double, Double)] {
    var places: [(Double, Double)] = []
    let area = drawing.area
    func walk(_ a: (Double, Double), _ b: (Double, Double)) {
      for step in 0...12 {
        let s = Double(step) / 12
        places.append((a.0 + (b.0 - a.0) * s, a.1 + (b.1 - a.1) * s))
      }
    }
    for series in drawing.plot.series {
      var last: (Double, Double)?
      for point in series.points {
        guard let at = drawing.place(point.x, point.y) else {
          last = nil
          continue
        }
        switch series.mark {
        case .line, .dashedLine: walk(last ?? at, at)
        case .points: places += [at, at]
        case .bars: walk((at.0, area.bottom), at)
        case .band:
          if let l = point.lower.flatMap(drawing.y.place), let u = point.upper.flatMap(drawing.y.place) {
            walk((at.0, l), (at.0, u))
          }
        }
        last = at
      }
    }
    for reference in drawing.plot.references {
      if case .horizontal(let v) = reference.course, let at = drawing.y.place(v) {
        walk((area.x, at), (area.right, at))
      }
      if case .diagonal = reference.course { walk((area.x, area.bottom), (area.right, area.y)) }
    }
    return places
  }
}
