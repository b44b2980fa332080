import CCairo

/// A finished picture: opaque 8-bit RGB pixels, row by row from the top left.
public struct RasterImage: Equatable, Sendable, CustomStringConvertible {
  /// Pixels across.
  public let width: Int
  /// Pixels down.
  public let height: Int
  /// `width · height · 3` bytes: red, green, blue.
  public let pixels: [UInt8]

  /// - Parameter pixels: `width · height · 3` bytes.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0 && pixels.count == width * height * 3, "three bytes for each pixel")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Reads a PNG; transparency is laid over black.
  /// - Throws: `FigureError` with code `cannotRead`.
  public init(readingPNG path: String) throws {
    guard let surface = cairo_image_surface_create_from_png(path) else {
      throw FigureError(.cannotRead, subject: path, reason: "no memory to read it.")
    }
    defer { cairo_surface_destroy(surface) }
    let status = cairo_surface_status(surface)
    guard status == CAIRO_STATUS_SUCCESS else {
      throw FigureError(
        .cannotRead, subject: path,
        reason: "expected a PNG; Cairo says: \(String(cString: cairo_status_to_string(status))).")
    }
    try self.init(surface: surface, subject: path)
  }

  /// The size.
  public var description: String { "\(width)×\(height) pixels" }

  /// The pixel at column `x`, row `y`.
  public subscript(x: Int, y: Int) -> Colour {
    let i = (y * width + x) * 3
    return Colour(hex: UInt32(pixels[i]) << 16 | UInt32(pixels[i + 1]) << 8 | UInt32(pixels[i + 2]))
  }

  /// The picture as a PNG file's bytes; the same pixels give the same bytes.
  /// - Throws: `FigureError` when there is no memory for it, or a side passes 32 767 pixels.
  public func pngBytes() throws -> [UInt8] {
    guard width <= Canvas.largestSide, height <= Canvas.largestSide else {
      throw FigureError(
        .tooLarge, subject: "PNG", reason: "\(width)×\(height) pixels, the limit is \(Canvas.largestSide) a side.")
    }
    let canvas = try Canvas(width: Double(width), height: Double(height), background: .black, subject: "PNG")
    canvas.blit(pixels, width: width, height: height, x: 0, y: 0)
    let collected = ByteCollector()
    let status = withExtendedLifetime(collected) {
      cairo_surface_write_to_png_stream(
        cairo_get_target(canvas.context),
        { closure, data, length in
          guard let closure, let data else { return CAIRO_STATUS_WRITE_ERROR }
          Unmanaged<ByteCollector>.fromOpaque(closure).takeUnretainedValue()
            .bytes.append(contentsOf: UnsafeBufferPointer(start: data, count: Int(length)))
          return CAIRO_STATUS_SUCCESS
        }, Unmanaged.passUnretained(collected).toOpaque())
    }
    guard status == CAIRO_STATUS_SUCCESS else {
      throw FigureError(
        .drawingFailed, subject: "PNG", reason: "Cairo says: \(String(cString: cairo_status_to_string(status))).")
    }
    return collected.bytes
  }

  /// Writes the picture as a PNG, which appears under its name only when complete.
  /// - Parameter overwrite: whether a file of that name may be replaced.
  /// - Throws: `FigureError` with code `outputExists` or `cannotWrite`.
  public func write(to path: String, overwrite: Bool = false) throws {
    try AtomicFile.publish(pngBytes(), to: path, overwrite: overwrite)
  }

  /// Copies an RGB24 or ARGB32 surface.
  init(surface: OpaquePointer, subject: String) throws {
    cairo_surface_flush(surface)
    let format = cairo_image_surface_get_format(surface)
    let w = Int(cairo_image_surface_get_width(surface))
    let h = Int(cairo_image_surface_get_height(surface))
    let stride = Int(cairo_image_surface_get_stride(surface))
    guard format == CAIRO_FORMAT_RGB24 || format == CAIRO_FORMAT_ARGB32, w > 0, h > 0,
      let data = cairo_image_surface_get_data(surface)
    else {
      throw FigureError(
        .cannotRead, subject: subject, reason: "expected 8-bit gray or colour pixels, found another depth.")
    }
    var pixels = [UInt8](repeating: 0, count: w * h * 3)
    for y in 0..<h {
      data.advanced(by: y * stride).withMemoryRebound(to: UInt32.self, capacity: w) { line in
        for x in 0..<w {
          let i = (y * w + x) * 3
          pixels[i] = UInt8(truncatingIfNeeded: line[x] >> 16)
          pixels[i + 1] = UInt8(truncatingIfNeeded: line[x] >> 8)
          pixels[i + 2] = UInt8(truncatingIfNeeded: line[x])
        }
      }
    }
    self.init(width: w, height: h, pixels: pixels)
  }
}

/// Takes the bytes that Cairo hands out piece by piece.
private final class ByteCollector {
  var bytes: [UInt8] = []
}
