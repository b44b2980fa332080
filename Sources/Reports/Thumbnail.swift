import Figures
import Foundation
import SuperResolution
import Volumes

/// A small picture of an output's middle slice.
struct Thumbnail: Sendable {
  let what: String
  let width: Int
  let height: Int
  let png: [UInt8]

  /// The window of σ ends at this quantile.
  private static let brightestDeviation = 0.995

  /// The super-resolved slice and, where it was written as a volume, σ.
  /// - Throws: `VolumeError` where the output cannot be read.
  static func pictures(of output: UpscaleOutput, side: Int) throws -> [Thumbnail] {
    let estimate = try slice(of: output.url, record: output.record)
    let window = DisplayWindow(grayFor: estimate)
    var pictures = [try Thumbnail("super-resolved", estimate, .gray(window), side)]
    if let url = output.uncertainty, let deviation = try? slice(of: url, record: output.record) {
      let top = deviation.quantile(brightestDeviation) ?? 1
      let scale = Rendering.mapped(DisplayWindow(low: 0, high: top > 0 ? top : 1))
      pictures.append(try Thumbnail("σ", deviation, scale, side))
    }
    return pictures
  }

  private init(_ what: String, _ picture: Picture, _ rendering: Rendering, _ side: Int) throws {
    self.what = what
    let (x, y) = picture.extent
    let scale = Double(side) / max(x, y)
    (width, height) = (max(1, Int((x * scale).rounded())), max(1, Int((y * scale).rounded())))
    let pixels = rendering.pixels(of: picture, width: width, height: height)
    png = try RasterImage(width: width, height: height, pixels: pixels).pngBytes()
  }

  private static func slice(of url: URL, record: [String: Any]) throws -> Picture {
    let reader = try VolumeFile.open(url)
    let axis = VoxelAxis(recorded: record)
    let slice = try reader.readSlice(reader.header.count(along: axis) / 2, across: axis, frame: 0)
    return AnatomicalView(of: reader.header.geometry, across: axis).picture(of: slice)
  }
}

extension VoxelAxis {
  /// Across which the slices lie that a sidecar's record speaks of.
  init(recorded record: [String: Any]) {
    let name = (record["settings"] as? [String: Any])?["slicesAcross"] as? String ?? "k"
    self = VoxelAxis.allCases[["i": 0, "j": 1, "k": 2][name] ?? 2]
  }
}
