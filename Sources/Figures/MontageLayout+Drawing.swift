extension MontageLayout {
  /// Draws everything at its place.
  func draw(on canvas: Canvas) {
    drawTitle(on: canvas)
    for (column, title) in zip(columns, montage.columnTitles) {
      var style = theme.caption
      style.isBold = true
      canvas.drawText(title, x: column.centre, y: columnTitleBaseline, style, anchor: .centre)
    }
    for (r, row) in cells.enumerated() {
      if r < montage.rowLabels.count, let first = row.first {
        let top = row.map(\.frame.y).min() ?? first.frame.y
        let bottom = row.map(\.frame.bottom).max() ?? first.frame.bottom
        canvas.drawUpwardText(
          montage.rowLabels[r], x: theme.margin + theme.caption.size * 0.8, centreY: (top + bottom) / 2, theme.caption)
      }
      for (c, cell) in row.enumerated() { draw(cell, isFirst: c == 0, on: canvas) }
    }
    var y = height - theme.margin - Double(footerLines.count) * theme.lineHeight(theme.footer) + theme.footer.size
    for line in footerLines {
      canvas.drawText(line, x: (width / 2).rounded(), y: y + 4 * theme.unit, theme.footer, anchor: .centre)
      y += theme.lineHeight(theme.footer)
    }
  }

  private func drawTitle(on canvas: Canvas) {
    var y = theme.margin
    for (lines, style) in [(titleLines, theme.title), (subtitleLines, theme.subtitle)] {
      for line in lines {
        canvas.drawText(line, x: (width / 2).rounded(), y: y + style.size, style, anchor: .centre)
        y += theme.lineHeight(style)
      }
    }
  }

  private func draw(_ cell: Cell, isFirst: Bool, on canvas: Canvas) {
    let panel = cell.panel
    blit(panel.picture, panel.rendering, in: cell.frame, on: canvas)
    canvas.strokeRectangle(cell.frame.inset(by: -0.5), theme.frame)
    if let zoom = cell.zoom, let frame = cell.zoomFrame {
      var rendering = panel.rendering
      rendering.overlay?.picture = panel.rendering.overlay?.picture.cropped(to: zoom) ?? panel.picture
      blit(panel.picture.cropped(to: zoom), rendering, in: frame, on: canvas)
      canvas.strokeRectangle(frame.inset(by: 0.5), theme.accent)
      let mark = Frame(
        x: (cell.frame.x + zoom.x * cell.frame.width).rounded() + 0.5,
        y: (cell.frame.y + zoom.y * cell.frame.height).rounded() + 0.5,
        width: (zoom.width * cell.frame.width).rounded() - 1, height: (zoom.height * cell.frame.height).rounded() - 1)
      canvas.strokeRectangle(mark, theme.accent)
    }
    drawLetters(panel.letters, in: cell.frame, on: canvas)
    if isFirst, let length = montage.scaleBar, length.isFinite, length > 0 {
      drawScaleBar(length, in: cell.frame, on: canvas)
    }
    if let bar = panel.rendering.bar {
      let height = ColourBar.height(beside: cell.frame.height, theme: theme)
      ColourBar(bar, theme: theme).draw(
        on: canvas, x: cell.frame.right + theme.pixels(10),
        y: (cell.frame.y + (cell.frame.height - height) / 2).rounded(), height: height)
    }
    var y = cell.captionTop + theme.caption.size
    for line in cell.captionLines {
      canvas.drawText(line, x: cell.captionCentre, y: y, theme.caption, anchor: .centre)
      y += theme.lineHeight(theme.caption)
    }
  }

  private func blit(_ picture: Picture, _ rendering: Rendering, in frame: Frame, on canvas: Canvas) {
    let w = Int(frame.width)
    let h = Int(frame.height)
    canvas.blit(
      rendering.pixels(of: picture, width: w, height: h), width: w, height: h, x: Int(frame.x), y: Int(frame.y))
  }

  private func drawLetters(_ letters: EdgeLetters, in frame: Frame, on canvas: Canvas) {
    // Two letters and room between them; what could not be read is left out.
    func style(along side: Double) -> TextStyle? {
      let size = min(14 * theme.unit, side / 2.8)
      return size < 8 * theme.unit ? nil : TextStyle(size: size, isBold: true, colour: .white)
    }
    let middleX = frame.x + frame.width / 2
    let pad = 6 * theme.unit
    if let style = style(along: frame.width) {
      let middleY = frame.y + frame.height / 2 + style.size * 0.36
      canvas.drawRimmedText(letters.left, x: frame.x + pad, y: middleY, style)
      canvas.drawRimmedText(letters.right, x: frame.right - pad, y: middleY, style, anchor: .trailing)
    }
    if let style = style(along: frame.height) {
      let inset = min(pad, (frame.height - 2 * style.size) / 3)
      canvas.drawRimmedText(letters.top, x: middleX, y: frame.y + inset + style.size * 0.75, style, anchor: .centre)
      canvas.drawRimmedText(letters.bottom, x: middleX, y: frame.bottom - inset, style, anchor: .centre)
    }
  }

  private func drawScaleBar(_ length: Double, in frame: Frame, on canvas: Canvas) {
    let pixels = (length * pixelsPerUnit).rounded()
    guard pixels >= 2, pixels < frame.width - 4 * theme.unit else { return }
    let bar = Frame(
      x: frame.x + theme.pixels(10), y: frame.bottom - theme.pixels(12), width: pixels,
      height: theme.pixels(3))
    canvas.fillRectangle(bar.inset(by: -1), .black)
    canvas.fillRectangle(bar, .white)
    canvas.drawRimmedText(
      "\(NumberText.short(length)) mm", x: bar.x, y: bar.y - 5 * theme.unit,
      TextStyle(size: 12 * theme.unit, colour: .white))
  }
}
