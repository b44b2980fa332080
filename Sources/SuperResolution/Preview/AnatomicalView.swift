import Figures
import Volumes

/// How a slice is turned for the eye: radiological convention (the patient's right on the left, front or head on top; a sagittal slice
/// looks to the left), with the letters that say so.
package struct AnatomicalView {
  package let transposed: Bool
  package let flippedAcross: Bool
  package let flippedDown: Bool
  /// Millimetres between pixels across and down.
  package let spacing: (x: Double, y: Double)
  package let letters: EdgeLetters
  package let plane: AnatomicalPlane

  /// - Parameter geometry: of the volume the slices belong to; `axis` is the one across which they lie.
  package init(of geometry: VolumeGeometry, across axis: VoxelAxis) {
    let affine = geometry.affine
    plane = affine.plane(across: axis)
    let (right, top): (Character, Character) = plane == .sagittal ? ("P", "S") : ("L", plane == .axial ? "A" : "S")
    let codes = Array(affine.orientationCode)
    let inPlane = axis.inPlane
    let (x, y) = (codes[inPlane.x.rawValue], codes[inPlane.y.rawValue])
    transposed = !(x == right || x == Self.opposite(right))
    flippedAcross = (transposed ? y : x) != right
    flippedDown = (transposed ? x : y) == top
    let (sx, sy) = (geometry.spacing[inPlane.x.rawValue], geometry.spacing[inPlane.y.rawValue])
    spacing = transposed ? (sy, sx) : (sx, sy)
    letters = EdgeLetters(
      left: String(Self.opposite(right)), right: String(right), top: String(top), bottom: String(Self.opposite(top)))
  }

  /// The slice as it is looked at.
  package func picture(of slice: VolumeSlice) -> Picture {
    let (width, height) = transposed ? (slice.height, slice.width) : (slice.width, slice.height)
    var values = [Double](repeating: 0, count: width * height)
    for row in 0..<height {
      for column in 0..<width {
        let u = flippedAcross ? width - 1 - column : column
        let v = flippedDown ? height - 1 - row : row
        values[row * width + column] =
          transposed ? slice.values[u * slice.width + v] : slice.values[v * slice.width + u]
      }
    }
    return Picture(width: width, height: height, values: values, spacing: spacing)
  }

  private static func opposite(_ letter: Character) -> Character {
    switch letter {
    case "L": "R"
    case "R": "L"
    case "A": "P"
    case "P": "A"
    case "S": "I"
    default: "S"
    }
  }
}
