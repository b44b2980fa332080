/// Colours and text sizes of a montage.
struct MontageTheme {
  let ground: Colour
  let title: TextStyle
  let subtitle: TextStyle
  let caption: TextStyle
  let tick: TextStyle
  let footer: TextStyle
  let frame: Colour
  let accent: Colour

  init(isDark: Bool, scale: Double) {
    let ink = isDark ? Colour(hex: 0xF2F2F2) : Colour(hex: 0x16181C)
    let soft = isDark ? Colour(hex: 0xB9BDC4) : Colour(hex: 0x50555E)
    ground = isDark ? Colour(hex: 0x111317) : .white
    frame = isDark ? Colour(hex: 0x3A3F47) : Colour(hex: 0xC4C8CE)
    accent = Colour(hex: 0xFFC845)
    title = TextStyle(size: 20 * scale, isBold: true, colour: ink)
    subtitle = TextStyle(size: 14 * scale, colour: soft)
    caption = TextStyle(size: 14 * scale, colour: ink)
    tick = TextStyle(size: 12 * scale, colour: ink)
    footer = TextStyle(size: 12 * scale, colour: soft)
  }
}

/// Where everything of a montage lies on the page, in whole pixels.
struct MontageLayout {
  struct Cell {
    let panel: Panel
    var frame: Frame
    /// The part to enlarge, on the grid of the row's coarsest picture, and where it goes.
    var zoom: ZoomRegion?
    var zoomFrame: Frame?
    var barX: Double
    var captionLines: [String]
    var captionTop: Double
    var captionCentre: Double
  }

  let montage: Montage
  let subject: String
  let theme: MontageTheme
  let titleLines: [String]
  let subtitleLines: [String]
  let footerLines: [String]
  private(set) var cells: [[Cell]] = []
  private(set) var columnCentres: [Double] = []
  private(set) var columnTitleBaseline = 0.0
  let pixelsPerUnit: Double
  let unit: Double
  private(set) var width = 0.0
  private(set) var height = 0.0

  var margin: Double { (16 * unit).rounded() }
  var gap: Double { (14 * unit).rounded() }
  func lineHeight(_ style: TextStyle) -> Double { (style.size * 1.3).rounded(.up) }

  init(_ montage: Montage) throws {
    self.montage = montage
    subject = montage.title.isEmpty ? "montage" : "montage \"\(montage.title)\""
    unit = montage.textScale.isFinite ? min(max(montage.textScale, 0.25), 16) : 1
    theme = MontageTheme(isDark: montage.isDark, scale: unit)
    pixelsPerUnit = try Self.pixelsPerUnit(montage, subject: subject)
    let measure = try Canvas(width: 1, height: 1, background: .black, subject: subject)

    // Columns are as wide as their widest panel, its colour bar, and not less than a short caption.
    let columnCount = montage.rows.map(\.count).max() ?? 0
    var panelWidths = [Double](repeating: 0, count: columnCount)
    var barWidths = [Double](repeating: 0, count: columnCount)
    for row in montage.rows {
      for (c, panel) in row.enumerated() {
        panelWidths[c] = max(panelWidths[c], Self.size(of: panel.picture, pixelsPerUnit).width)
        if let bar = panel.rendering.bar {
          barWidths[c] = max(barWidths[c], ColourBar(bar, theme: theme, unit: unit).width(on: measure))
        }
      }
    }
    let leastWidth = (110 * unit).rounded()
    let columnWidths = (0..<columnCount).map { max(panelWidths[$0], leastWidth) + barWidths[$0] }
    let hasRowLabels = montage.rowLabels.contains { !$0.isEmpty }
    let left = (16 * unit).rounded() + (hasRowLabels ? (24 * unit).rounded() : 0)
    let right = (16 * unit).rounded()
    let gapNow = (14 * unit).rounded()
    let natural = left + columnWidths.reduce(0, +) + gapNow * Double(max(columnCount - 1, 0)) + right
    // A narrow figure still gets a page on which a title can be read.
    width = max(natural, (320 * unit).rounded())
    let slack = ((width - natural) / 2).rounded()
    titleLines = measure.wrapped(montage.title, theme.title, width: width - 2 * right)
    subtitleLines = measure.wrapped(montage.subtitle, theme.subtitle, width: width - 2 * right)
    footerLines = measure.wrapped(montage.footer, theme.footer, width: width - 2 * right)

    var y = (16 * unit).rounded()
    y += Double(titleLines.count) * lineHeight(theme.title)
    y += Double(subtitleLines.count) * lineHeight(theme.subtitle)
    if !titleLines.isEmpty || !subtitleLines.isEmpty { y += (10 * unit).rounded() }
    var xs: [Double] = []
    var x = left + slack
    for c in 0..<columnCount {
      xs.append(x)
      columnCentres.append(x + ((columnWidths[c] - barWidths[c]) / 2).rounded())
      x += columnWidths[c] + gapNow
    }
    if montage.columnTitles.contains(where: { !$0.isEmpty }) {
      columnTitleBaseline = y + theme.caption.size
      y += lineHeight(theme.caption) + (4 * unit).rounded()
    }
    for row in montage.rows {
      var cellsOfRow: [Cell] = []
      let zoom = montage.zoom?.snapped(
        toColumns: row.map(\.picture.width).min() ?? 1, rows: row.map(\.picture.height).min() ?? 1)
      let rowHeight = row.map { Self.size(of: $0.picture, pixelsPerUnit).height }.max() ?? 0
      var bottom = y + rowHeight
      for (c, panel) in row.enumerated() {
        let size = Self.size(of: panel.picture, pixelsPerUnit)
        let inner = columnWidths[c] - barWidths[c]
        let frame = Frame(
          x: (xs[c] + (inner - size.width) / 2).rounded(), y: (y + (rowHeight - size.height) / 2).rounded(),
          width: size.width, height: size.height)
        var below = y + rowHeight
        var zoomFrame: Frame?
        if let zoom {
          let part = panel.picture.cropped(to: zoom)
          let zoomHeight = max((frame.width * part.extent.y / part.extent.x).rounded(), 1)
          zoomFrame = Frame(x: frame.x, y: below + (6 * unit).rounded(), width: frame.width, height: zoomHeight)
          below = zoomFrame?.bottom ?? below
        }
        let lines = measure.wrapped(panel.caption, theme.caption, width: max(inner, leastWidth) + gapNow - 4)
        let captionTop = below + (6 * unit).rounded()
        cellsOfRow.append(
          Cell(
            panel: panel, frame: frame, zoom: zoom, zoomFrame: zoomFrame, barX: frame.right + (10 * unit).rounded(),
            captionLines: lines, captionTop: captionTop, captionCentre: columnCentres[c]))
        bottom = max(
          bottom, lines.isEmpty ? below : captionTop + Double(lines.count) * lineHeight(theme.caption))
      }
      cells.append(cellsOfRow)
      y = bottom + gapNow
    }
    y += footerLines.isEmpty ? 2 : Double(footerLines.count) * lineHeight(theme.footer) + (6 * unit).rounded()
    height = y
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
