import Figures
import Testing

@Suite struct MontageTests {
  /// 3×2 pixels of six distinct grays, in a panel that enlarges each to 50×50.
  private func ramp() -> Montage {
    let picture = Picture(width: 3, height: 2, values: [0, 51, 102, 153, 204, 255])
    var montage = Montage(rows: [[Panel(picture, .gray(DisplayWindow(low: 0, high: 255)))]])
    montage.panelSize = 150
    return montage
  }

  @Test func `every source pixel becomes an even block of its gray`() throws {
    let image = try reread(ramp().drawn(), name: "ramp.png")
    // The page: at least 320 wide, the panel of 150 in its middle; margins 16, below 14 + 2.
    #expect(image.width == 320)
    #expect(image.height == 16 + 100 + 14 + 2)
    let left = (320 - 150) / 2
    for y in 0..<100 {
      for x in 0..<150 {
        let expected = Colour(gray: Double((y / 50 * 3 + x / 50) * 51) / 255)
        #expect(image[left + x, 16 + y] == expected, "pixel \(x), \(y)")
      }
    }
  }

  @Test func `values outside the window take its end colours and what is no number is marked`() throws {
    var montage = ramp()
    montage.rows[0][0].picture.values = [-1e300, 1e300, .nan, .infinity, -.infinity, 127.5]
    let image = try montage.drawn()
    let colours = (0..<6).map { image[85 + $0 % 3 * 50 + 25, 16 + $0 / 3 * 50 + 25] }
    #expect(colours == [.black, .white, Rendering.missing, .white, .black, Colour(gray: 128 / 255)])
  }

  @Test func `physical size decides: a coarse grid and one with unequal spacing come out equally large`() throws {
    let coarse = Picture(width: 4, height: 6, values: [Double](repeating: 1, count: 24), spacing: (2, 1))
    let fine = Picture(width: 16, height: 12, values: [Double](repeating: 1, count: 192), spacing: (0.5, 0.5))
    let window = DisplayWindow(low: 0, high: 1)
    var montage = Montage(rows: [[Panel(coarse, .gray(window)), Panel(fine, .gray(window))]])
    montage.panelSize = 160
    let image = try montage.drawn()
    let whitePixels = image.pixels.indices.count { $0 % 3 == 0 && image.pixels[$0] == 255 }
    // 8×6 mm at 20 pixels per millimetre, twice.
    #expect(whitePixels == 2 * 160 * 120)
  }

  @Test func `a picture larger than its panel is averaged, not thinned`() throws {
    let board = (0..<800_000).map { (i: Int) -> Double in (i % 1000 + i / 1000) % 2 == 0 ? 0 : 1 }
    let picture = Picture(width: 1000, height: 800, values: board)
    var montage = Montage(rows: [[Panel(picture, .gray(DisplayWindow(low: 0, high: 1)))]])
    montage.panelSize = 500
    let image = try montage.drawn()
    #expect(image[16 + 250, 16 + 200] == Colour(gray: 128 / 255))
    #expect(image.width == 16 + 500 + 16)
  }

  @Test func `the colour bar shows both ends of its map, and captions, ticks and footer leave ink`() throws {
    let sigma = phantom(width: 43, height: 48, spacing: (0.868, 0.868))
    let window = DisplayWindow(low: 0, high: 40, unit: "HU")
    var plain = Montage(rows: [[Panel(sigma, .mapped(window, label: "σ"))]])
    plain.panelSize = 240
    var full = plain
    full.title = "A title"
    full.rows[0][0].caption = "σ of 8 samples"
    full.footer = "Research use only. Not for diagnosis."
    let ground = Colour(hex: 0x111317)
    let image = try reread(full.drawn(), name: "bar.png")
    // Five screen pixels a voxel: 215×240. The title takes 26 + 10.
    let top = 16 + 36
    let bars = (0..<image.width).filter { image[$0, top] == ColourMap.ember.entries[255] && $0 > 220 }
    #expect(bars.count == 14)
    let bar = try #require(bars.first)
    #expect(image[bar, top + 239] == ColourMap.ember.entries[0])
    #expect(image[bar, top + 120] == ColourMap.ember.colour(at: 1 - 120.0 / 239))
    #expect(image.count(in: bar + 14..<image.width, top..<top + 240, differingFrom: ground) > 300)
    #expect(image.count(in: 0..<image.width, 0..<top - 2, differingFrom: ground) > 200)
    let below = top + 242
    #expect(image.count(in: 0..<image.width, below..<below + 24, differingFrom: ground) > 200)
    #expect(image.count(in: 0..<image.width, image.height - 30..<image.height, differingFrom: ground) > 200)
    // The same without words: nothing is drawn there.
    let bare = try plain.drawn()
    #expect(bare.count(in: 0..<bare.width, 0..<14, differingFrom: ground) == 0)
    #expect(bare.count(in: 0..<bare.width, bare.height - 14..<bare.height, differingFrom: ground) == 0)
  }

  @Test func `a full page: rows, overlay, zoom, letters, scale bar`() throws {
    let low = phantom(width: 43, height: 48, spacing: (1.736, 1.736))
    let high = phantom(width: 86, height: 96, spacing: (0.868, 0.868))
    var sigma = high
    sigma.values = zip(high.values, high.values.dropFirst() + [0]).map { abs($0 - $1) * 0.2 }
    let window = DisplayWindow(low: 0, high: 900, unit: "a.u.")
    let sigmaWindow = DisplayWindow(low: 0, high: 100, unit: "a.u.")
    let letters = EdgeLetters(left: "R", right: "L", top: "A", bottom: "P")
    let row = [
      Panel(low, .gray(window), caption: "low resolution\n1.74 × 1.74 mm", letters: letters),
      Panel(high, .gray(window), caption: "super-resolved, mean of 8 samples, with a caption that has to be wrapped"),
      Panel(sigma, .mapped(sigmaWindow, label: "σ"), caption: "σ of 8 samples"),
      Panel(
        high, .overlaid(window, by: sigma, overlayWindow: sigmaWindow, threshold: 10, label: "σ"), caption: "σ above 10"
      ),
    ]
    var montage = Montage(title: "A phantom · ×2", rows: [row, row])
    montage.subtitle = "window 0–900 a.u."
    montage.rowLabels = ["slice 8", "slice 9"]
    montage.zoom = ZoomRegion(x: 0.5, y: 0.4, width: 0.25, height: 0.25)
    montage.scaleBar = 20
    montage.footer = "Research use only. Not for diagnosis."
    montage.panelSize = 180
    for isDark in [true, false] {
      montage.isDark = isDark
      let image = try reread(montage.drawn(), name: isDark ? "page-dark.png" : "page-light.png")
      #expect(image.width > 4 * 172 && image.height > 4 * 192)
    }
    // The overlay colours what reaches the threshold and nothing else.
    let overlay = try Montage(rows: [[row[3]]]).drawn()
    let coloured = overlay.pixels.indices.count {
      $0 % 3 == 0 && Int(overlay.pixels[$0]) > Int(overlay.pixels[$0 + 2]) + 40
    }
    #expect(coloured > 100)
    #expect(coloured < overlay.width * overlay.height / 4)
  }

  @Test func `the zoom shows the same place on a coarse and a fine grid`() throws {
    let fine = phantom(width: 86, height: 96, spacing: (1, 1))
    var coarse = phantom(width: 43, height: 48, spacing: (2, 2))
    // One block of the fine grid per coarse pixel: both panels, and so both zooms, must be identical.
    for y in 0..<48 { for x in 0..<43 { coarse.values[y * 43 + x] = fine.values[2 * y * 86 + 2 * x] } }
    var doubled = fine
    for y in 0..<96 { for x in 0..<86 { doubled.values[y * 86 + x] = coarse.values[y / 2 * 43 + x / 2] } }
    let window = DisplayWindow(low: 0, high: 900)
    var montage = Montage(rows: [[Panel(coarse, .gray(window)), Panel(doubled, .gray(window))]])
    montage.panelSize = 192
    montage.zoom = ZoomRegion(x: 0.313, y: 0.377, width: 0.29, height: 0.23)
    let image = try montage.drawn()
    // Panels of 172 beside each other with a gap of 14.
    for y in 0..<image.height { for x in 16..<16 + 172 { #expect(image[x, y] == image[x + 186, y]) } }
  }

  @Test func `the same input gives the same bytes`() throws {
    var montage = ramp()
    montage.title = "Twice"
    #expect(try montage.drawn().pngBytes() == montage.drawn().pngBytes())
  }

  @Test func `a strip puts one row of pictures under its labels`() throws {
    let pictures = (0..<5).map { k in
      Picture(width: 20, height: 20, values: [Double](repeating: Double(k) / 4, count: 400))
    }
    let strip = Montage.strip(
      title: "Diffusion", pictures: pictures, labels: (0..<5).map { "t = \(99 - 20 * $0)" },
      rendering: .gray(DisplayWindow(low: 0, high: 1)))
    let image = try reread(strip.drawn(), name: "strip.png")
    let y = 16 + 36 + 80
    let grays = (0..<5).map { image[16 + 80 + $0 * 174, y].bytes.red }
    #expect(grays == [0, 64, 128, 191, 255])
  }

  @Test func `what cannot be drawn is said`() {
    #expect(throws: FigureError.self) { try Montage(rows: []).drawn() }
    #expect(throws: FigureError.self) { try Montage(rows: [[]]).drawn() }
    let gray = Rendering.gray(DisplayWindow(low: 0, high: 1))
    let empty = Picture(width: 0, height: 4, values: [Double]())
    #expect { try Montage(rows: [[Panel(empty, gray)]]).drawn() } throws: { ($0 as? FigureError)?.code == .empty }
    for bad in [0, -1, Double.nan, .infinity] {
      let picture = Picture(width: 1, height: 1, values: [1.0], spacing: (1, bad))
      #expect { try Montage(rows: [[Panel(picture, gray)]]).drawn() } throws: {
        ($0 as? FigureError)?.code == .unusableSize
      }
    }
    var large = ramp()
    large.panelSize = 100_000
    #expect { try large.drawn() } throws: { ($0 as? FigureError)?.code == .tooLarge }
  }

  @Test func `windows without width or end do no harm`() throws {
    let picture = Picture(width: 3, height: 1, values: [4.0, 5, 6])
    for (low, high) in [(5.0, 5.0), (6, 4), (.nan, 1), (0, .infinity), (-1e308, 1e308)] {
      for rendering in [
        Rendering.gray(DisplayWindow(low: low, high: high)), .mapped(DisplayWindow(low: low, high: high)),
      ] {
        _ = try Montage(title: String(repeating: "long ", count: 60), rows: [[Panel(picture, rendering)]]).drawn()
      }
    }
  }
}
