/// Where everything of a montage lies on the page, in whole pixels.
struct MontageLayout {
  struct Cell {
    let panel: Panel
    var frame: Frame
    /// The part to enlarge, on the grid of the row's coarsest picture, and where it goes.
    var zoom: ZoomRegion?
    var zoomFrame: Frame?
    var captionLines: [String]
    var captionTop: Double
    var captionCentre: Double
    /// The lower end of it all.
    var bottom: Double
  }

  /// Room for the panels of one column, and for their colour bars beside it.
  struct Column {
    var x = 0.0
    var panelWidth: Double
    var barWidth: Double

    var centre: Double { x + (panelWidth / 2).rounded() }
  }

  let montage: Montage
  let subject: String
  let theme: MontageTheme
  let titleLines: [String]
  let subtitleLines: [String]
  let footerLines: [String]
  let columns: [Column]
  private(set) var cells: [[Cell]] = []
  private(set) var columnTitleBaseline = 0.0
  let pixelsPerUnit: Double
  let width: Double
  private(set) var height = 0.0

  init(_ montage: Montage) throws {
    self.montage = montage
    subject = montage.title.isEmpty ? "montage" : "montage \"\(montage.title)\""
    let theme = MontageTheme(isDark: montage.isDark, textScale: montage.textScale)
    self.theme = theme
    pixelsPerUnit = try Self.pixelsPerUnit(montage, subject: subject)
    let measure = try Canvas(width: 1, height: 1, background: .black, subject: subject)
    (columns, width) = Self.columns(of: montage, pixelsPerUnit, theme, measure)
    let textWidth = width - 2 * theme.margin
    titleLines = measure.wrapped(montage.title, theme.title, width: textWidth)
    subtitleLines = measure.wrapped(montage.subtitle, theme.subtitle, width: textWidth)
    footerLines = measure.wrapped(montage.footer, theme.footer, width: textWidth)

    var y = theme.margin
    y += Double(titleLines.count) * theme.lineHeight(theme.title)
    y += Double(subtitleLines.count) * theme.lineHeight(theme.subtitle)
    if !titleLines.isEmpty || !subtitleLines.isEmpty { y += theme.pixels(10) }
    if montage.columnTitles.contains(where: { !$0.isEmpty }) {
      columnTitleBaseline = y + theme.caption.size
      y += theme.lineHeight(theme.caption) + theme.pixels(4)
    }
    for (r, row) in montage.rows.enumerated() {
      let label = r < montage.rowLabels.count ? montage.rowLabels[r] : ""
      let placed = cells(of: row, labelled: label, top: y, measure)
      cells.append(placed)
      y = (placed.map(\.bottom).max() ?? y) + theme.gap
    }
    y += footerLines.isEmpty ? 2 : Double(footerLines.count) * theme.lineHeight(theme.footer) + theme.pixels(6)
    height = y
  }

  /// Columns as wide as their widest panel and not less than a short caption, and the width of the page.
  private static func columns(
    of montage: Montage, _ pixelsPerUnit: Double, _ theme: MontageTheme, _ measure: Canvas
  ) -> ([Column], Double) {
    let count = montage.rows.map(\.count).max() ?? 0
    var columns = [Column](repeating: Column(panelWidth: theme.pixels(110), barWidth: 0), count: count)
    for row in montage.rows {
      for (c, panel) in row.enumerated() {
        let size = size(of: panel.picture, pixelsPerUnit)
        columns[c].panelWidth = max(columns[c].panelWidth, size.width)
        if let bar = panel.rendering.bar {
          columns[c].barWidth = max(
            columns[c].barWidth,
            ColourBar(bar, theme: theme).width(
              height: ColourBar.height(beside: size.height, theme: theme), on: measure))
        }
      }
    }
    let hasRowLabels = montage.rowLabels.contains { !$0.isEmpty }
    let left = theme.margin + (hasRowLabels ? theme.pixels(24) : 0)
    let all = columns.reduce(0) { $0 + $1.panelWidth + $1.barWidth } + theme.gap * Double(max(count - 1, 0))
    let natural = left + all + theme.margin
    // A narrow figure still gets a page on which a title can be read.
    let width = max(natural, theme.pixels(320))
    var x = left + ((width - natural) / 2).rounded()
    for c in columns.indices {
      columns[c].x = x
      x += columns[c].panelWidth + columns[c].barWidth + theme.gap
    }
    return (columns, width)
  }

  /// One row: pictures centred on a line, each with its detail and its caption below. Low ones get room for the label and the bars.
  private func cells(of row: [Panel], labelled label: String, top: Double, _ measure: Canvas) -> [Cell] {
    let zoom = montage.zoom?.snapped(
      toColumns: row.map(\.picture.width).min() ?? 1, rows: row.map(\.picture.height).min() ?? 1)
    let heights = row.map { panel in
      let height = Self.size(of: panel.picture, pixelsPerUnit).height
      return panel.rendering.bar == nil ? height : ColourBar.height(beside: height, theme: theme)
    }
    let rowHeight = max(heights.max() ?? 0, measure.textWidth(label, theme.caption).rounded(.up))
    return zip(row, columns).map { panel, column in
      let size = Self.size(of: panel.picture, pixelsPerUnit)
      let frame = Frame(
        x: (column.x + (column.panelWidth - size.width) / 2).rounded(),
        y: (top + (rowHeight - size.height) / 2).rounded(), width: size.width, height: size.height)
      var bottom = top + rowHeight
      var zoomFrame: Frame?
      if let zoom {
        let part = panel.picture.cropped(to: zoom)
        let detail = Frame(
          x: frame.x, y: bottom + theme.pixels(6), width: frame.width,
          height: max((frame.width * part.extent.y / part.extent.x).rounded(), 1))
        zoomFrame = detail
        bottom = detail.bottom
      }
      let lines = measure.wrapped(panel.caption, theme.caption, width: column.panelWidth + theme.gap - 4)
      let captionTop = bottom + theme.pixels(6)
      if !lines.isEmpty { bottom = captionTop + Double(lines.count) * theme.lineHeight(theme.caption) }
      return Cell(
        panel: panel, frame: frame, zoom: zoom, zoomFrame: zoomFrame, captionLines: lines, captionTop: captionTop,
        captionCentre: column.centre, bottom: bottom)
    }
  }

  /// Page pixels per millimetre: the finest pixels become whole blocks, and the largest picture comes near the wanted size.
  private static func pixelsPerUnit(_ montage: Montage, subject: String) throws -> Double {
    var finest = Double.infinity
    var largest = 0.0
    for (r, row) in montage.rows.enumerated() {
      for (c, panel) in row.enumerated() {
        let p = panel.picture
        let place = "panel \(c + 1) of row \(r + 1)"
        guard p.width > 0, p.height > 0 else {
          throw FigureError(.empty, subject: subject, reason: "\(place) has \(p.width)×\(p.height) pixels.")
        }
        let spacing = [p.spacing.x, p.spacing.y]
        guard spacing.allSatisfy({ $0.isFinite && $0 > 1e-9 && $0 < 1e9 }) else {
          throw FigureError(
            .unusableSize, subject: subject,
            reason: "\(place) has a pixel spacing of \(p.spacing.x)×\(p.spacing.y); expected positive lengths.")
        }
        finest = min(finest, p.spacing.x, p.spacing.y)
        largest = max(largest, p.extent.x, p.extent.y)
      }
    }
    guard largest > 0 else {
      throw FigureError(.empty, subject: subject, reason: "there is no panel to draw. Give at least one picture.")
    }
    let wanted = Double(max(montage.panelSize, 16))
    let block = wanted * finest / largest
    return (block >= 1 ? block.rounded() : block) / finest
  }

  private static func size(of picture: Picture, _ pixelsPerUnit: Double) -> (width: Double, height: Double) {
    (max((picture.extent.x * pixelsPerUnit).rounded(), 1), max((picture.extent.y * pixelsPerUnit).rounded(), 1))
  }
}
