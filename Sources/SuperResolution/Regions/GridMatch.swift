import Volumes

/// How the voxels of one grid lie in another that fills the same box: each axis along one of the other's, perhaps turned round, and
/// one or several voxels to one.
package struct GridMatch: Equatable {
  package struct Axis: Equatable {
    /// The other grid's axis along which this one runs.
    let other: VoxelAxis
    let isReversed: Bool
    /// Voxels of this grid to one of the other.
    let ratio: Int
    /// Voxels of this grid.
    let count: Int

    /// The other grid's index at one of this grid's.
    func index(_ index: Int) -> Int { (isReversed ? count - 1 - index : index) / ratio }
  }

  /// For i, j, k of this grid.
  package let axes: [Axis]

  /// - Parameters:
  ///   - tolerance: how far corners may lie apart, in voxels of `grid` (headers round to seven digits).
  ///   - ratios: of this grid's voxels to the other's along i, j, k.
  /// - Returns: `nil` where the two boxes or the directions differ.
  package init?(of grid: VolumeHeader, in other: VolumeHeader, ratios: [Int], tolerance: Double = 0.1) {
    guard let inverse = other.geometry.affine.inverse else { return nil }
    let start = inverse.apply(grid.geometry.affine.apply([0, 0, 0]))
    var axes: [Axis] = []
    for axis in VoxelAxis.allCases {
      var one = SIMD3<Double>.zero
      one[axis.rawValue] = 1
      let step = inverse.apply(grid.geometry.affine.apply(one)) - start
      let ratio = ratios[axis.rawValue]
      let count = grid.count(along: axis)
      guard
        let along = VoxelAxis.allCases.max(by: { abs(step[$0.rawValue]) < abs(step[$1.rawValue]) }),
        other.count(along: along) * ratio == count
      else { return nil }
      // Over the whole length neither stretch nor slant reaches the tolerance.
      var expected = SIMD3<Double>.zero
      let isReversed = step[along.rawValue] < 0
      expected[along.rawValue] = (isReversed ? -1 : 1) / Double(ratio)
      let drift = (step - expected) * Double(count)
      let first = (0.5 / Double(ratio) - 0.5) * (isReversed ? -1 : 1)
      let begin = isReversed ? Double(other.count(along: along) - 1) + first : first
      guard abs(drift.x) * Double(ratio) <= tolerance, abs(drift.y) <= tolerance, abs(drift.z) <= tolerance,
        abs(start[along.rawValue] - begin) <= tolerance
      else { return nil }
      axes.append(Axis(other: along, isReversed: isReversed, ratio: ratio, count: count))
    }
    guard Set(axes.map(\.other)).count == 3 else { return nil }
    self.axes = axes
  }

  /// Which slice of the other grid shows what a slice of this one does.
  package func slice(_ index: Int, across axis: VoxelAxis) -> (index: Int, axis: VoxelAxis) {
    let own = axes[axis.rawValue]
    return (own.index(index), own.other)
  }

  /// The values of the other grid's slice at this grid's pixels.
  package func sampled(_ slice: VolumeSlice, across axis: VoxelAxis) -> VolumeSlice {
    let (x, y) = (axes[axis.inPlane.x.rawValue], axes[axis.inPlane.y.rawValue])
    // In the other slice the faster index is the one of the lower axis.
    let isTransposed = x.other.rawValue > y.other.rawValue
    var values: [Double] = []
    values.reserveCapacity(x.count * y.count)
    for row in 0..<y.count {
      let v = y.index(row)
      for column in 0..<x.count {
        let u = x.index(column)
        values.append(isTransposed ? slice.values[u * slice.width + v] : slice.values[v * slice.width + u])
      }
    }
    return VolumeSlice(width: x.count, height: y.count, values: values)
  }
}
