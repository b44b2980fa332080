import Foundation
import Volumes

/// A map of whole numbers, each naming a region, seen on the grid of an upscaled volume. 0 is no region.
public final class LabelVolume {
  /// Whose grid a label map lies on.
  public enum Grid: String, Sendable {
    /// That of the volume as it was read.
    case input
    /// That of the volume as it comes out.
    case output
  }

  /// The file.
  public let url: URL
  /// Whose grid it lies on.
  public let grid: Grid
  let reader: any VolumeReader
  private let match: GridMatch

  /// - Parameters:
  ///   - source: the volume before, or `nil` where only the new grid is known.
  ///   - axis: across which slices were upscaled.
  /// - Throws: `VolumeError`, or `SuperResolutionError` when the labels lie on neither grid.
  public init(_ url: URL, source: VolumeHeader?, output: VolumeHeader, scale: Int, axis: VoxelAxis) throws {
    reader = try VolumeFile.open(url)
    self.url = url
    let header = reader.header
    guard header.frames == 1 || header.frames == output.frames else {
      throw SuperResolutionError(
        .invalidLabels, url.path,
        "has \(header.frames) frames, and the volume \(output.frames). Give one map, or one for every frame.")
    }
    if let match = GridMatch(of: output, in: header, ratios: [1, 1, 1]) {
      (self.match, grid) = (match, .output)
      return
    }
    var ratios = [1, 1, 1]
    for side in [axis.inPlane.x, axis.inPlane.y] { ratios[side.rawValue] = scale }
    if source != nil, let match = GridMatch(of: output, in: header, ratios: ratios) {
      (self.match, grid) = (match, .input)
      return
    }
    func text(_ header: VolumeHeader) -> String {
      let size = header.sizeList.map(String.init).joined(separator: "×")
      let corner = header.geometry.affine.outerCorners(size: header.size)[0]
      let place = [corner.x, corner.y, corner.z].map { String(format: "%.2f", $0) }.joined(separator: ", ")
      return "\(size) voxels from (\(place)) mm"
    }
    let wanted = ([source.map { "the input's \(text($0))" }, "the output's \(text(output))"] as [String?])
      .compactMap(\.self).joined(separator: " or ")
    throw SuperResolutionError(
      .invalidLabels, url.path,
      "lies on another grid: expected \(wanted), found \(text(header)). Resample the labels to the input's grid (nearest neighbour)."
    )
  }

  /// The labels at the pixels of an output slice.
  /// - Throws: `SuperResolutionError` where a value is no whole number.
  public func labels(_ index: Int, across axis: VoxelAxis, frame: Int) throws -> [Int] {
    let values = try slice(index, across: axis, frame: frame).values
    return try values.map { value in
      guard value == value.rounded(), abs(value) <= 9_007_199_254_740_992 else {
        throw SuperResolutionError(
          .invalidLabels, url.path,
          "holds \(value), which is no whole number: labels are 0, 1, 2 … Is this a map of probabilities? Threshold it first."
        )
      }
      return Int(value)
    }
  }

  /// The values as they are stored, at the pixels of an output slice.
  func slice(_ index: Int, across axis: VoxelAxis, frame: Int) throws -> VolumeSlice {
    let (place, across) = match.slice(index, across: axis)
    let own = try reader.readSlice(place, across: across, frame: reader.header.frames == 1 ? 0 : frame)
    return match.sampled(own, across: axis)
  }
}
