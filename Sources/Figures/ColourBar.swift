/// The key beside a coloured panel: the scale, upright, with ticks, and the quantity with its unit.
struct ColourBar {
  let map: ColourMap
  let window: DisplayWindow
  let label: String
  let theme: MontageTheme
  let unit: Double

  init(_ bar: (map: ColourMap, window: DisplayWindow, label: String), theme: MontageTheme, unit: Double) {
    map = bar.map
    window = bar.window
    let unitText = bar.window.unit
    label =
      bar.label.isEmpty ? unitText : unitText.isEmpty ? bar.label : "\(bar.label) (\(unitText))"
    self.theme = theme
    self.unit = unit
  }

  static func thickness(_ unit: Double) -> Double { (14 * unit).rounded() }

  private var ticks: Ticks {
    window.low.isFinite && window.high.isFinite && window.high > window.low
      ? .linear(from: window.low, to: window.high, about: 5) : Ticks(values: [], labels: [])
  }

  private func tickWidth(on canvas: Canvas) -> Double {
    (ticks.labels.map { canvas.textWidth($0, theme.tick) }.max() ?? 0).rounded(.up)
  }

  /// Everything right of the panel.
  func width(on canvas: Canvas) -> Double {
    (10 * unit).rounded() + Self.thickness(unit) + (9 * unit).rounded() + tickWidth(on: canvas)
      + (label.isEmpty ? 0 : (20 * unit).rounded())
  }

  func draw(on canvas: Canvas, x: Double, y: Double, height: Double) {
    let thickness = Int(Self.thickness(unit))
    let rows = max(Int(height), 1)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(rows * thickness * 3)
    for row in 0..<rows {
      let colour = map.colour(at: rows > 1 ? 1 - Double(row) / Double(rows - 1) : 0).bytes
      for _ in 0..<thickness { pixels += [colour.red, colour.green, colour.blue] }
    }
    canvas.blit(pixels, width: thickness, height: rows, x: Int(x), y: Int(y))
    canvas.strokeRectangle(
      Frame(x: x, y: y, width: Double(thickness), height: height).inset(by: -0.5), theme.frame)
    let right = x + Double(thickness)
    let marks = ticks
    for (value, text) in zip(marks.values, marks.labels) {
      let at = (y + (height - 1) * (1 - window.position(of: value))).rounded() + 0.5
      canvas.line(from: (right + 1, at), to: (right + 5 * unit, at), theme.tick.colour)
      let baseline = min(max(at + theme.tick.size * 0.36, y + theme.tick.size * 0.72), y + height)
      canvas.drawText(text, x: right + 8 * unit, y: baseline, theme.tick)
    }
    let labelX = right + (9 * unit).rounded() + tickWidth(on: canvas) + 16 * unit
    canvas.drawUpwardText(label, x: labelX, centreY: y + height / 2, theme.tick)
  }
}
