import Figures
import Testing

@Suite struct PlotTests {
  @Test func `bars have the heights of their numbers`() throws {
    let colours = [Colour(hex: 0xFF0000), Colour(hex: 0x00FF00)]
    let plot = Plot(
      y: PlotAxis(range: 0...4),
      series: [.bars("", x: [0], y: [4], colour: colours[0]), .bars("", x: [0], y: [2], colour: colours[1])])
    let image = try reread(PlotPage([plot]).drawn(), name: "bars.png")
    #expect(image.width == 880 && image.height == 640)
    // Bars are drawn at 85 % over white.
    func height(of colour: Colour) -> Int {
      let shade = Colour.white.mixed(with: colour, share: 0.85).bytes
      let wanted = Colour(hex: UInt32(shade.red) << 16 | UInt32(shade.green) << 8 | UInt32(shade.blue))
      return (0..<image.width).map { x in (0..<image.height).count { near(image[x, $0], wanted) } }.max() ?? 0
    }
    let tall = height(of: colours[0])
    let short = height(of: colours[1])
    #expect(tall > 400)
    #expect(abs(tall - 2 * short) <= 4)
  }

  @Test func `a logarithmic axis puts equal ratios at equal distances`() throws {
    let colour = Colour(hex: 0xFF00FF)
    let plot = Plot(
      x: PlotAxis(range: 0...4), y: PlotAxis(scale: .logarithmic, range: 1...10_000),
      series: [.points("", x: [1, 2, 3], y: [10, 100, 1000], colour: colour)])
    let image = try reread(PlotPage([plot]).drawn(), name: "log.png")
    var centres: [(x: Double, y: Double)] = []
    for band in stride(from: 0, to: image.width, by: 1) {
      let rows = (0..<image.height).filter { near(image[band, $0], colour) }
      guard let first = rows.first, let last = rows.last else { continue }
      if let end = centres.last, Double(band) - end.x < 20 { continue }
      centres.append((Double(band), Double(first + last) / 2))
    }
    #expect(centres.count == 3)
    if centres.count == 3 {
      #expect(abs((centres[0].y - centres[1].y) - (centres[1].y - centres[2].y)) <= 1)
      #expect(centres[0].y - centres[1].y > 80)
    }
  }

  @Test func `labels, ticks, title and legend leave ink`() throws {
    let x = (0..<50).map(Double.init)
    let line = PlotSeries.line("", x: x, y: x)
    let bare = try PlotPage([Plot(series: [line], legend: .hidden)]).drawn()
    var named = line
    named.name = "a name for the legend"
    let plot = Plot(title: "A title", x: PlotAxis("an axis (mm)"), y: PlotAxis("another (HU)"), series: [named])
    let full = try reread(PlotPage([plot]).drawn(), name: "labels.png")
    #expect(full.count(in: 0..<full.width, 20..<70, differingFrom: .white) > 300)
    #expect(bare.count(in: 0..<bare.width, 20..<38, differingFrom: .white) == 0)
    #expect(full.count(in: 300..<700, 590..<640, differingFrom: .white) > 300)
    #expect(full.count(in: 20..<60, 100..<500, differingFrom: .white) > 300)
  }

  @Test func `a page of everything`() throws {
    let share = (0..<40).map { Double($0) / 40 }
    let decay = share.map { 2 / (1 + 30 * $0 * $0) }
    let plots = [
      Plot(
        title: "Training", x: PlotAxis("update"), y: PlotAxis("L1 of the noise", scale: .logarithmic),
        series: [
          .line("training", x: share.map { $0 * 20_000 }, y: decay),
          .line("validation", x: share.map { $0 * 20_000 }, y: decay.map { $0 * 1.3 }, isDashed: true),
        ]),
      Plot(
        title: "Coverage", x: PlotAxis("nominal", range: 0.4...1), y: PlotAxis("observed", range: 0.4...1),
        series: [
          .points(
            "subjects", x: [0.5, 0.8, 0.9], y: [0.46, 0.77, 0.89], lower: [0.4, 0.7, 0.8], upper: [0.5, 0.8, 0.92])
        ], references: [PlotReference(.diagonal, label: "ideal")], isSquare: true),
      Plot(
        title: "Rank of the truth", x: PlotAxis("rank", categories: (0...8).map(String.init)), y: PlotAxis("share"),
        series: [.bars("", [0.15, 0.11, 0.1, 0.1, 0.09, 0.1, 0.1, 0.1, 0.15])],
        references: [PlotReference(.horizontal(1.0 / 9), label: "calibrated")]),
      Plot(
        title: "Sparsification", x: PlotAxis("share removed"), y: PlotAxis("MAE (HU)"),
        series: [
          .band("95 % interval", x: share, lower: decay.map { $0 * 0.8 }, upper: decay.map { $0 * 1.2 }),
          .line("by σ", x: share, y: decay),
        ], references: [PlotReference(.vertical(0.5))]),
    ]
    var page = PlotPage(plots, columns: 2, title: "How good, and how sure")
    page.footer = "a test"
    let image = try reread(page.drawn(), name: "plots.png")
    #expect(image.width == 2 * (2 * 420 + 20))
    #expect(image.height == 2 * (2 * 300 + 20 + 28 + 20))
    #expect(try page.drawn().pngBytes() == image.pngBytes())
  }

  @Test func `odd data do no harm`() throws {
    let odd: [[Double]] = [
      [], [3], [3, 3, 3], [.nan, .infinity, -.infinity], [-1e308, 1e308], [0, 0],
      [1e-300, Double.leastNonzeroMagnitude], [-5, 0, 5],
      [1e15, 1e15 + 1],
    ]
    for scale in [PlotAxis.Scale.linear, .logarithmic] {
      for values in odd {
        let series: [PlotSeries] = [
          .line("a", x: values, y: values), .points("b", x: values, y: values, lower: values, upper: values),
          .bars("c", x: values, y: values), .band("d", x: values, lower: values, upper: values),
        ]
        let plot = Plot(x: PlotAxis(scale: scale), y: PlotAxis(scale: scale), series: series)
        _ = try PlotPage([plot]).drawn()
      }
    }
    let short = Plot(series: [.points("", x: [1, 2, 3], y: [1], lower: [], upper: [0])], legend: .hidden)
    _ = try PlotPage([short]).drawn()
    #expect { try PlotPage([]).drawn() } throws: { ($0 as? FigureError)?.code == .empty }
    var huge = PlotPage([short])
    huge.plotWidth = 1e9
    #expect { try huge.drawn() } throws: { ($0 as? FigureError)?.code == .tooLarge }
  }

  private func near(_ a: Colour, _ b: Colour) -> Bool {
    abs(a.red - b.red) < 0.02 && abs(a.green - b.green) < 0.02 && abs(a.blue - b.blue) < 0.02
  }
}
