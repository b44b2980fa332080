import Foundation

/// A volume read on another's grid, where the two are the same but for the order and direction of their axes: a mask drawn by a program that
/// stores rows the other way round, for instance.
package final class ReorientedReader: VolumeReader {
  package let header: VolumeHeader
  private let reader: any VolumeReader
  /// For each axis of the grid, the reader's axis, and whether it runs the other way.
  private let axes: [(axis: VoxelAxis, isFlipped: Bool)]

  /// Two grids are the same where no outer corner differs by more, in shares of the smallest spacing.
  package static let tolerance = 0.1

  /// - Parameters:
  ///   - role: what the volume is, for errors: "the mask".
  ///   - grids: the grids that are allowed, by name; the first that fits is taken.
  /// - Throws: `VolumeError` saying both grids where they differ.
  package static func match(
    _ reader: any VolumeReader, named subject: String, to grids: [(name: String, header: VolumeHeader)]
  ) throws -> (reader: ReorientedReader, grid: Int) {
    for (number, grid) in grids.enumerated() {
      if let fitting = ReorientedReader(reader, onto: grid.header) { return (fitting, number) }
    }
    let expected = grids.map { "\($0.name), \(describe($0.header))" }.joined(separator: ", or ")
    throw VolumeError(
      .geometry, subject: subject,
      reason:
        "lies on another grid: expected that of \(expected), and found \(describe(reader.header)). Resample it first.")
  }

  private init?(_ reader: any VolumeReader, onto grid: VolumeHeader) {
    guard let inverse = reader.header.geometry.affine.inverse else { return nil }
    let (own, wanted) = (reader.header.geometry.affine, grid.geometry.affine)
    var axes: [(axis: VoxelAxis, isFlipped: Bool)] = []
    for axis in VoxelAxis.allCases {
      // One step of the grid along this axis, in steps of the reader.
      let step = inverse.apply(wanted[axis]) - inverse.origin
      guard let nearest = VoxelAxis.allCases.max(by: { abs(step[$0.rawValue]) < abs(step[$1.rawValue]) }),
        !axes.contains(where: { $0.axis == nearest }),
        reader.header.count(along: nearest) == grid.count(along: axis)
      else { return nil }
      axes.append((nearest, step[nearest.rawValue] < 0))
    }
    var turned = own
    var corner = SIMD3<Double>.zero
    for (axis, source) in zip(VoxelAxis.allCases, axes) {
      turned[axis] = source.isFlipped ? -own[source.axis] : own[source.axis]
      corner[source.axis.rawValue] = source.isFlipped ? Double(reader.header.count(along: source.axis) - 1) : 0
    }
    turned.origin = own.apply(corner)
    let spacing = wanted.spacing
    let allowed = Self.tolerance * Swift.min(spacing.x, spacing.y, spacing.z)
    guard turned.largestDisplacement(from: wanted, size: grid.size) <= allowed else { return nil }
    var header = reader.header
    header.size = grid.size
    header.geometry = grid.geometry
    header.acquiredAxis = grid.acquiredAxis
    self.header = header
    self.reader = reader
    self.axes = axes
  }

  package var scratchBytes: Int { reader.scratchBytes }

  package func readSlice(_ index: Int, across axis: VoxelAxis, frame: Int) throws -> VolumeSlice {
    let across = axes[axis.rawValue]
    let source = try reader.readSlice(
      across.isFlipped ? header.count(along: axis) - 1 - index : index, across: across.axis, frame: frame)
    let (x, y) = (axes[axis.inPlane.x.rawValue], axes[axis.inPlane.y.rawValue])
    let isTransposed = x.axis != across.axis.inPlane.x
    if !isTransposed, !x.isFlipped, !y.isFlipped { return source }
    let (width, height) = header.sliceSize(across: axis)
    var values = [Double](repeating: 0, count: width * height)
    for row in 0..<height {
      for column in 0..<width {
        let u = x.isFlipped ? width - 1 - column : column
        let v = y.isFlipped ? height - 1 - row : row
        values[row * width + column] = source.values[isTransposed ? u * source.width + v : v * source.width + u]
      }
    }
    return VolumeSlice(width: width, height: height, values: values)
  }

  private static func describe(_ header: VolumeHeader) -> String {
    let affine = header.geometry.affine
    func list(_ v: SIMD3<Double>) -> String { (0..<3).map { String(format: "%.5g", v[$0]) }.joined(separator: ", ") }
    return
      "\(header.size.0)×\(header.size.1)×\(header.size.2) voxels (\(affine.orientationCode)) of \(list(affine.spacing)) mm "
      + "with the first centre at \(list(affine.origin)) mm"
  }
}
