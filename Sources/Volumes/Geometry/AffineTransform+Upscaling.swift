/// Changing the voxel grid so that the **outer faces** of the volume stay where they were.
///
/// The affine maps voxel centres. Cutting each voxel into `s` along an axis divides the column by s and moves the first centre
/// by (old column)·(1/s − 1)/2. Keeping the origin instead would displace a 6 mm scan at ×6 by 2.5 mm.
extension AffineTransform {
  /// The map of the grid with `scale` times as many voxels along i, j, k. Each factor is finite and positive.
  public func upscaled(by scale: (Double, Double, Double)) -> AffineTransform {
    precondition(scale.0 > 0 && scale.1 > 0 && scale.2 > 0, "scale factors are positive")
    precondition(scale.0.isFinite && scale.1.isFinite && scale.2.isFinite, "scale factors are finite")
    func shift(_ column: SIMD3<Double>, _ s: Double) -> SIMD3<Double> { column * ((1 / s - 1) / 2) }
    return AffineTransform(
      columns: (columns.0 / scale.0, columns.1 / scale.1, columns.2 / scale.2),
      origin: origin + shift(columns.0, scale.0) + shift(columns.1, scale.1) + shift(columns.2, scale.2))
  }

  /// The inverse of `upscaled(by:)`: the map of the grid whose voxels are `scale` times as large. The *low* outer faces stay;
  /// the high ones too where the size divides by the factor.
  public func downscaled(by scale: (Double, Double, Double)) -> AffineTransform {
    upscaled(by: (1 / scale.0, 1 / scale.1, 1 / scale.2))
  }
}

extension VoxelAxis {
  /// The two axes that span a slice across this one: the faster index (a slice's x) first.
  public var inPlane: (x: VoxelAxis, y: VoxelAxis) {
    switch self {
    case .i: (.j, .k)
    case .j: (.i, .k)
    case .k: (.i, .j)
    }
  }

  /// Factors along i, j, k that enlarge slices across this axis in their plane and leave the number of slices alone.
  public func inPlaneScale(_ scale: Int) -> (Double, Double, Double) {
    let s = Double(scale)
    switch self {
    case .i: return (1, s, s)
    case .j: return (s, 1, s)
    case .k: return (s, s, 1)
    }
  }
}
