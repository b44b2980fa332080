/// An affine map from voxel indices to world millimetres.
///
/// Indices address voxel **centres**; the world is RAS+ (x to the right, y to the front, z upwards), as in NIfTI.
/// The columns are the steps in millimetres that one voxel along i, j, k makes; `origin` is the centre of voxel (0, 0, 0).
public struct AffineTransform: Equatable, Sendable {
  public var columns: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)
  public var origin: SIMD3<Double>

  public init(columns: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>), origin: SIMD3<Double>) {
    self.columns = columns
    self.origin = origin
  }

  public static func == (a: Self, b: Self) -> Bool {
    a.columns == b.columns && a.origin == b.origin
  }
}
