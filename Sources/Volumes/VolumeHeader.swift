/// What a volume is, before any voxel is read.
public struct VolumeHeader: Sendable {
  /// Voxels along i, j, k.
  public var size: (Int, Int, Int)
  /// Time points (or other repetitions); 1 for a plain volume.
  public var frames: Int
  /// Voxel indices to RAS+ millimetres.
  public var geometry: VolumeGeometry
  /// The axis across which the slices were acquired, and how that is known.
  public var acquiredAxis: VoxelAxis

  public init(size: (Int, Int, Int), frames: Int, geometry: VolumeGeometry, acquiredAxis: VoxelAxis) {
    self.size = size
    self.frames = frames
    self.geometry = geometry
    self.acquiredAxis = acquiredAxis
  }
}

/// Where the voxels lie in the world.
public struct VolumeGeometry: Sendable {
  public var affine: AffineTransform

  public init(affine: AffineTransform) {
    self.affine = affine
  }
}
