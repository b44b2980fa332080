/// One of the three index axes of a volume, in storage order: i varies fastest.
public enum VoxelAxis: Int, CaseIterable, Sendable {
  case i, j, k
}

/// One plane of voxels, `width × height`, row-major (x fastest), in the unit of the volume.
///
/// Across k the plane is (i, j), across j it is (i, k), across i it is (j, k): the faster index runs along x.
public struct VolumeSlice: Sendable {
  public let width: Int
  public let height: Int
  public var values: [Double]

  public init(width: Int, height: Int, values: [Double]) {
    precondition(values.count == width * height, "a slice holds width × height values")
    self.width = width
    self.height = height
    self.values = values
  }
}
