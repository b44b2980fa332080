/// The key beside a coloured panel: the scale, upright, with ticks, and the quantity with its unit.
struct ColourBar {
  let map: ColourMap
  let window: DisplayWindow
  let label: String
  let theme: MontageTheme

  init(_ bar: (map: ColourMap, window: DisplayWindow, label: String), theme: MontageTheme) {
    map = bar.map
    window = bar.window
    let unitText = bar.window.unit
    label =
      bar.label.isEmpty ? unitText : unitText.isEmpty ? bar.label : "\(bar.label) (\(unitText))"
    self.theme = theme
  }

  private var thickness: Double { theme.pixels(14) }

  /// Beside a lower panel a bar is as high as this, so that two ticks and a label can be read.
  static func height(beside panel: Double, theme: MontageTheme) -> Double { max(panel, theme.pixels(72)) }

  /// The label is made smaller down to this share before it is laid level.
  private static let leastShare = 0.85

  /// The label in lines, level, where the bar is too short for it upright; else none.
  private func levelLabel(_ height: Double, on canvas: Canvas) -> [String] {
    guard canvas.textWidth(label, theme.tick) * Self.leastShare > height else { return [] }
    return canvas.wrapped(label, theme.tick, width: theme.pixels(96))
  }

  /// As many marks as the height has room for, at least both ends.
  private func ticks(height: Double) -> Ticks {
    guard window.low.isFinite, window.high.isFinite, window.high > window.low else {
      return Ticks(values: [], labels: [])
    }
    let room = Int(min(height / (theme.tick.size * 2.2), 5))
    let round = Ticks.linear(from: window.low, to: window.high, about: max(room, 1))
    if round.values.count >= 2 { return round }
    return Ticks(values: [window.low, window.high], labels: [window.low, window.high].map(NumberText.short))
  }

  private func tickWidth(_ height: Double, on canvas: Canvas) -> Double {
    (ticks(height: height).labels.map { canvas.textWidth($0, theme.tick) }.max() ?? 0).rounded(.up)
  }

  /// Everything right of the panel.
  func width(height: Double, on canvas: Canvas) -> Double {
    let level = levelLabel(height, on: canvas).map { canvas.textWidth($0, theme.tick) }.max()
    return theme.pixels(10) + thickness + theme.pixels(9) + tickWidth(height, on: canvas)
      + (label.isEmpty ? 0 : level.map { ($0 + theme.pixels(12)).rounded(.up) } ?? theme.pixels(20))
  }

  func draw(on canvas: Canvas, x: Double, y: Double, height: Double) {
    let thickness = Int(self.thickness)
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
    let marks = ticks(height: height)
    for (value, text) in zip(marks.values, marks.labels) {
      let at = (y + (height - 1) * (1 - window.position(of: value))).rounded() + 0.5
      canvas.line(from: (right + 1, at), to: (right + 5 * theme.unit, at), theme.tick.colour)
      let baseline = min(max(at + theme.tick.size * 0.36, y + theme.tick.size * 0.72), y + height)
      canvas.drawText(text, x: right + 8 * theme.unit, y: baseline, theme.tick)
    }
    let labelX = right + theme.pixels(9) + tickWidth(height, on: canvas) + 16 * theme.unit
    let lines = levelLabel(height, on: canvas)
    if !lines.isEmpty {
      let step = theme.lineHeight(theme.tick)
      var baseline = y + height / 2 - step * Double(lines.count) / 2 + theme.tick.size
      for line in lines {
        canvas.drawText(line, x: labelX - theme.pixels(6), y: baseline, theme.tick)
        baseline += step
      }
      return
    }
    var style = theme.tick
    style.size *= min(1, max(height / max(canvas.textWidth(label, style), 1), Self.leastShare))
    canvas.drawUpwardText(label, x: labelX, centreY: y + height / 2, style)
  }
}
