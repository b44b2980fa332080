import Testing
import Volumes

@Suite struct ReorientedReaderTests {
  private static let grid = VolumeHeader(
    size: (5, 4, 3), frames: 1,
    geometry: VolumeGeometry(
      affine: AffineTransform(columns: ([0, 1.5, 0.1], [-1.2, 0, 0], [0, -0.2, 3]), origin: [10, -20, 30])),
    acquiredAxis: .k)

  /// The value of a place in the world, so that no two voxels share one.
  private static func value(_ position: SIMD3<Double>) -> Double { position.x + 100 * position.y + 10_000 * position.z }

  /// The same grid stored with its axes in another order and direction.
  private static func turned(_ order: [VoxelAxis], flipped: [Bool]) -> Volume {
    let affine = grid.geometry.affine
    let size = order.map { grid.count(along: $0) }
    var turned = affine
    var corner = SIMD3<Double>.zero
    for (axis, (source, isFlipped)) in zip(VoxelAxis.allCases, zip(order, flipped)) {
      turned[axis] = isFlipped ? -affine[source] : affine[source]
      if isFlipped { corner[source.rawValue] = Double(grid.count(along: source) - 1) }
    }
    turned.origin = affine.apply(corner)
    var header = grid
    header.size = (size[0], size[1], size[2])
    header.geometry = VolumeGeometry(affine: turned)
    let volume = Volume(header: header)
    for k in 0..<size[2] {
      for j in 0..<size[1] {
        for i in 0..<size[0] { volume[i, j, k] = value(turned.apply([Double(i), Double(j), Double(k)])) }
      }
    }
    return volume
  }

  @Test func readsEveryOrderAndDirectionOnTheGrid() throws {
    let orders: [[VoxelAxis]] = [
      [.i, .j, .k], [.i, .k, .j], [.j, .i, .k], [.j, .k, .i], [.k, .i, .j], [.k, .j, .i],
    ]
    for order in orders {
      for bits in 0..<8 {
        let flips = (0..<3).map { bits >> $0 & 1 == 1 }
        let reader = try ReorientedReader.match(
          Self.turned(order, flipped: flips), named: "mask", to: [("the volume", Self.grid)]
        ).reader
        let volume = try Volume(reading: reader)
        #expect(volume.header.size == Self.grid.size)
        for axis in VoxelAxis.allCases {
          let expected = try Self.turned([.i, .j, .k], flipped: [false, false, false]).readSlice(
            1, across: axis, frame: 0)
          let found = try reader.readSlice(1, across: axis, frame: 0)
          #expect(zip(found.values, expected.values).allSatisfy { abs($0 - $1) < 1e-6 }, "\(order) \(flips) \(axis)")
        }
      }
    }
  }

  @Test func refusesAnotherGridAndSaysBoth() throws {
    var shifted = Self.grid
    shifted.geometry.affine.origin.x += 0.5
    var smaller = Self.grid
    smaller.size.2 = 2
    var tilted = Self.grid
    tilted.geometry.affine.columns.2 += [0.2, 0, 0]
    for other in [shifted, smaller, tilted] {
      let error = #expect(throws: VolumeError.self) {
        try ReorientedReader.match(Volume(header: other), named: "mask.nii", to: [("the input", Self.grid)])
      }
      let text = error?.description ?? ""
      #expect(
        text.contains("mask.nii") && text.contains("the input, 5×4×3 voxels") && text.contains("Resample"), "\(text)")
    }
    // The second of two grids may fit.
    #expect(
      try ReorientedReader.match(
        Volume(header: shifted), named: "mask", to: [("the input", Self.grid), ("the output", shifted)]
      ).grid == 1)
  }
}
