import Figures
import Foundation
import Testing

/// A folder that goes away with the test. Set RESIDUA_FIGURES to a folder to keep the pictures and look at them.
final class FigureFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/residua-figures-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}

/// Writes the picture, reads it back with Cairo's PNG reader, and keeps a copy where RESIDUA_FIGURES says.
func reread(_ image: RasterImage, name: String) throws -> RasterImage {
  let folder = try FigureFolder()
  try image.write(to: folder.file(name))
  if let kept = ProcessInfo.processInfo.environment["RESIDUA_FIGURES"], !kept.isEmpty {
    try image.write(to: kept + "/" + name, overwrite: true)
  }
  return try RasterImage(readingPNG: folder.file(name))
}

extension RasterImage {
  /// How many pixels of a rectangle differ from a colour.
  func count(in columns: Range<Int>, _ rows: Range<Int>, differingFrom colour: Colour) -> Int {
    rows.reduce(0) { sum, y in sum + columns.count { self[$0, y] != colour } }
  }

  /// The first place, row by row, where a whole block has this colour.
  func find(_ colour: Colour, width w: Int, height h: Int) -> (x: Int, y: Int)? {
    for y in 0...(height - h) {
      for x in 0...(width - w) where self[x, y] == colour {
        let isBlock = (y..<y + h).allSatisfy { row in (x..<x + w).allSatisfy { self[$0, row] == colour } }
        if isBlock { return (x, y) }
      }
    }
    return nil
  }
}

/// A head-like test picture: three unequal ellipses on nothing.
func phantom(width: Int, height: Int, spacing: (x: Double, y: Double)) -> Picture {
  var values = [Double](repeating: 0, count: width * height)
  for y in 0..<height {
    for x in 0..<width {
      let u = (Double(x) + 0.5) / Double(width) * 2 - 1
      let v = (Double(y) + 0.5) / Double(height) * 2 - 1
      var value = 0.0
      if u * u / 0.72 + v * v / 0.85 < 1 { value = 600 }
      if u * u / 0.5 + v * v / 0.62 < 1 { value = 420 + 60 * u }
      if (u - 0.2) * (u - 0.2) / 0.02 + v * v / 0.09 < 1 { value = 900 }
      values[y * width + x] = value
    }
  }
  return Picture(width: width, height: height, values: values, spacing: spacing)
}
