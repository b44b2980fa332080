/// An affine map from voxel indices to world millimetres.
///
/// Indices address voxel **centres**; the world is RAS+ (x to the right, y to the front, z upwards), as in NIfTI.
/// The columns are the steps in millimetres that one voxel along i, j, k makes; `origin` is the centre of voxel (0, 0, 0).
public struct AffineTransform: Equatable, Sendable {
  /// Millimetres in RAS+ for one step along i, j and k.
  public var columns: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)
  /// Centre of voxel (0, 0, 0) in RAS+ millimetres.
  public var origin: SIMD3<Double>

  /// World = columns · (i, j, k) + origin, in RAS+ millimetres.
  public init(columns: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>), origin: SIMD3<Double>) {
    self.columns = columns
    self.origin = origin
  }

  public static func == (a: Self, b: Self) -> Bool {
    a.columns == b.columns && a.origin == b.origin
  }

  /// Axis-aligned map with the given spacing in mm and the centre of voxel (0, 0, 0) at `origin`.
  public init(spacing: SIMD3<Double>, origin: SIMD3<Double> = .zero) {
    self.init(columns: ([spacing.x, 0, 0], [0, spacing.y, 0], [0, 0, spacing.z]), origin: origin)
  }

  /// The step in millimetres along one voxel axis.
  public subscript(axis: VoxelAxis) -> SIMD3<Double> {
    get {
      switch axis {
      case .i: columns.0
      case .j: columns.1
      case .k: columns.2
      }
    }
    set {
      switch axis {
      case .i: columns.0 = newValue
      case .j: columns.1 = newValue
      case .k: columns.2 = newValue
      }
    }
  }

  /// World position in mm of a (fractional) voxel index.
  public func apply(_ index: SIMD3<Double>) -> SIMD3<Double> {
    columns.0 * index.x + columns.1 * index.y + columns.2 * index.z + origin
  }

  /// Signed volume of one voxel in mm³; negative where the voxel axes are left-handed.
  public var determinant: Double { dot(columns.0, cross(columns.1, columns.2)) }

  /// Length of the three columns: millimetres between neighbouring voxel centres along i, j, k.
  public var spacing: SIMD3<Double> { [length(columns.0), length(columns.1), length(columns.2)] }

  /// Whether every number is finite.
  public var isFinite: Bool {
    VoxelAxis.allCases.allSatisfy { axis in
      let column = self[axis]
      return column.x.isFinite && column.y.isFinite && column.z.isFinite
    } && origin.x.isFinite && origin.y.isFinite && origin.z.isFinite
  }

  /// Whether the three columns span space: the volume of the parallelepiped of their *unit* vectors exceeds `tolerance`.
  /// (Unit vectors, so that thin or microscopic voxels are no reason for refusal.)
  public func isInvertible(tolerance: Double = 1e-6) -> Bool {
    let s = spacing
    guard isFinite, s.x.isNormal, s.y.isNormal, s.z.isNormal else { return false }
    let unitVolume = dot(columns.0 / s.x, cross(columns.1 / s.y, columns.2 / s.z))
    return unitVolume.isFinite && abs(unitVolume) > tolerance
  }

  /// World millimetres to voxel indices, or nil where the map has no inverse.
  public var inverse: AffineTransform? {
    guard isInvertible() else { return nil }
    // Rows of the inverse are the cross products of the columns over the determinant.
    let d = determinant
    guard d.isFinite, d != 0 else { return nil }
    let r0 = cross(columns.1, columns.2) / d
    let r1 = cross(columns.2, columns.0) / d
    let r2 = cross(columns.0, columns.1) / d
    let turned = AffineTransform(
      columns: ([r0.x, r1.x, r2.x], [r0.y, r1.y, r2.y], [r0.z, r1.z, r2.z]), origin: .zero)
    var result = turned
    result.origin = -turned.apply(origin)
    return result.isFinite ? result : nil
  }

  /// The eight outer corners (faces of the outermost voxels, not their centres) of a volume of this size, i fastest.
  public func outerCorners(size: (Int, Int, Int)) -> [SIMD3<Double>] {
    var corners: [SIMD3<Double>] = []
    for k in [-0.5, Double(size.2) - 0.5] {
      for j in [-0.5, Double(size.1) - 0.5] {
        for i in [-0.5, Double(size.0) - 0.5] { corners.append(apply([i, j, k])) }
      }
    }
    return corners
  }

  /// Largest distance in mm between the outer corners of a volume under two maps.
  public func largestDisplacement(from other: AffineTransform, size: (Int, Int, Int)) -> Double {
    zip(outerCorners(size: size), other.outerCorners(size: size)).map { length($0 - $1) }.max() ?? 0
  }
}

package func dot(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double { (a * b).sum() }

package func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
  [a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x]
}

package func length(_ a: SIMD3<Double>) -> Double { dot(a, a).squareRoot() }
