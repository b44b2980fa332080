import CCairo

/// A page of pixels that Cairo draws on: the one place of this library that knows Cairo. Used from one thread at a time.
final class Canvas {
  /// Size in pixels of the file.
  let width: Int
  let height: Int
  let context: OpaquePointer
  private let surface: OpaquePointer

  /// Cairo's own limit for image surfaces.
  static let largestSide = 32_767

  /// - Parameter scale: file pixels per drawing unit; plots are drawn at 2, montages at 1.
  /// - Throws: `FigureError` when the page is empty or larger than Cairo can hold.
  init(width: Double, height: Double, scale: Double = 1, background: Colour, subject: String) throws {
    let w = (width * scale).rounded(.up)
    let h = (height * scale).rounded(.up)
    guard w >= 1, h >= 1, w.isFinite, h.isFinite else {
      throw FigureError(.unusableSize, subject: subject, reason: "a page of \(width)×\(height) cannot be drawn.")
    }
    guard w <= Double(Self.largestSide), h <= Double(Self.largestSide), w * h <= 500e6 else {
      throw FigureError(
        .tooLarge, subject: subject,
        reason: "the page would be \(Int(min(w, 1e15)))×\(Int(min(h, 1e15))) pixels, the limit is "
          + "\(Self.largestSide) a side and 500 million in all. Use fewer or smaller panels.")
    }
    self.width = Int(w)
    self.height = Int(h)
    guard let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(w), Int32(h)) else {
      throw FigureError(.drawingFailed, subject: subject, reason: "no surface could be made.")
    }
    guard cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS, let context = cairo_create(surface) else {
      cairo_surface_destroy(surface)
      throw FigureError(
        .drawingFailed, subject: subject, reason: "there is no memory for a page of \(Int(w))×\(Int(h)) pixels.")
    }
    self.surface = surface
    self.context = context
    cairo_scale(context, scale, scale)
    set(background)
    cairo_paint(context)
    let options = cairo_font_options_create()
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT)
    cairo_set_font_options(context, options)
    cairo_font_options_destroy(options)
  }

  deinit {
    cairo_destroy(context)
    cairo_surface_destroy(surface)
  }

  func set(_ colour: Colour, opacity: Double = 1) {
    cairo_set_source_rgba(context, colour.red, colour.green, colour.blue, opacity)
  }

  func fillRectangle(_ frame: Frame, _ colour: Colour, opacity: Double = 1) {
    set(colour, opacity: opacity)
    cairo_rectangle(context, frame.x, frame.y, frame.width, frame.height)
    cairo_fill(context)
  }

  func strokeRectangle(_ frame: Frame, _ colour: Colour, lineWidth: Double = 1) {
    set(colour)
    cairo_set_line_width(context, lineWidth)
    cairo_rectangle(context, frame.x, frame.y, frame.width, frame.height)
    cairo_stroke(context)
  }

  func line(
    from a: (Double, Double), to b: (Double, Double), _ colour: Colour, lineWidth: Double = 1, dash: [Double] = []
  ) {
    set(colour)
    cairo_set_line_width(context, lineWidth)
    cairo_set_dash(context, dash, Int32(dash.count), 0)
    cairo_move_to(context, a.0, a.1)
    cairo_line_to(context, b.0, b.1)
    cairo_stroke(context)
    cairo_set_dash(context, nil, 0, 0)
  }

  /// Puts exact pixels, three bytes each, at a whole pixel position, unfiltered; what hangs over the page is cut off.
  /// For canvases of scale 1.
  func blit(_ pixels: [UInt8], width w: Int, height h: Int, x: Int, y: Int) {
    cairo_surface_flush(surface)
    guard let data = cairo_image_surface_get_data(surface) else { return }
    let stride = Int(cairo_image_surface_get_stride(surface))
    for row in 0..<h where (0..<height).contains(y + row) {
      data.advanced(by: (y + row) * stride).withMemoryRebound(to: UInt32.self, capacity: width) { line in
        for column in 0..<w where (0..<width).contains(x + column) {
          let i = (row * w + column) * 3
          line[x + column] = UInt32(pixels[i]) << 16 | UInt32(pixels[i + 1]) << 8 | UInt32(pixels[i + 2])
        }
      }
    }
    cairo_surface_mark_dirty(surface)
  }

  /// The page as plain pixels.
  /// - Throws: `FigureError` when Cairo failed at anything drawn so far.
  func raster(subject: String) throws -> RasterImage {
    let status = cairo_status(context)
    guard status == CAIRO_STATUS_SUCCESS else {
      throw FigureError(
        .drawingFailed, subject: subject, reason: "Cairo says: \(String(cString: cairo_status_to_string(status))).")
    }
    return try RasterImage(surface: surface, subject: subject)
  }
}

/// A rectangle in drawing units.
struct Frame: Equatable {
  var x: Double
  var y: Double
  var width: Double
  var height: Double

  var right: Double { x + width }
  var bottom: Double { y + height }

  func inset(by d: Double) -> Frame { Frame(x: x + d, y: y + d, width: width - 2 * d, height: height - 2 * d) }
}
