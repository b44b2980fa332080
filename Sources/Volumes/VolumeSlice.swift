/// One of the three index axes of a volume, in storage order: i varies fastest.
public enum VoxelAxis: Int, CaseIterable, Sendable {
  /// The fastest index.
  case i
  /// The middle one.
  case j
  /// The slowest one.
  case k
}

/// One plane of voxels, `width × height`, row-major (x fastest), in the unit of the volume.
///
/// Across k the plane is (i, j), across j it is (i, k), across i it is (j, k): the faster index runs along x.
public struct VolumeSlice: Sendable {
  /// Pixels per row.
  public let width: Int
  /// Rows.
  public let height: Int
  /// `width · height` values, row by row, in the volume's unit.
  public var values: [Double]

  /// - Parameter values: `width · height`, row by row.
  public init(width: Int, height: Int, values: [Double]) {
    precondition(values.count == width * height, "a slice holds width × height values")
    self.width = width
    self.height = height
    self.values = values
  }
}
