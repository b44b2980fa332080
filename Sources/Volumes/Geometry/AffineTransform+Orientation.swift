import Foundation

/// The anatomical plane that a stack of slices is nearest to.
public enum AnatomicalPlane: String, CaseIterable, Sendable {
  /// Across left–right.
  case sagittal
  /// Across back–front.
  case coronal
  /// Across foot–head.
  case axial
}

extension AffineTransform {
  /// For each voxel axis the world axis (0 x, 1 y, 2 z) it is assigned to: the permutation with the largest sum of
  /// |cosines|, so that no two voxel axes share a world axis, however oblique the volume.
  package var nearestWorldAxes: (Int, Int, Int) {
    let permutations = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
    let s = spacing
    func score(_ p: (Int, Int, Int)) -> Double {
      abs(columns.0[p.0]) / s.x + abs(columns.1[p.1]) / s.y + abs(columns.2[p.2]) / s.z
    }
    var best = permutations[0]
    for candidate in permutations.dropFirst() where score(candidate) > score(best) { best = candidate }
    return best
  }

  package func nearestWorldAxis(of axis: VoxelAxis) -> Int {
    let nearest = nearestWorldAxes
    return [nearest.0, nearest.1, nearest.2][axis.rawValue]
  }

  /// Where the voxel axes i, j, k lead to, in three letters of L/R, P/A, I/S: "RAS" for a canonical volume.
  public var orientationCode: String {
    let letters = [["L", "R"], ["P", "A"], ["I", "S"]]
    return VoxelAxis.allCases.map { axis in
      let world = nearestWorldAxis(of: axis)
      return letters[world][self[axis][world] < 0 ? 0 : 1]
    }.joined()
  }

  /// The plane of the slices across an axis: sagittal where the axis runs left–right, coronal back–front, axial feet–head.
  public func plane(across axis: VoxelAxis) -> AnatomicalPlane {
    [.sagittal, .coronal, .axial][nearestWorldAxis(of: axis)]
  }

  /// The axis across which slices lie in the given anatomical plane.
  public func axis(across plane: AnatomicalPlane) -> VoxelAxis {
    VoxelAxis.allCases.first { self.plane(across: $0) == plane } ?? .k
  }

  /// Largest angle in degrees between a voxel axis and the world axis it is nearest to; 0 for an unrotated volume.
  public var obliqueAngle: Double {
    VoxelAxis.allCases.map { axis in
      let column = self[axis]
      let cosine = abs(column[nearestWorldAxis(of: axis)]) / length(column)
      return acos(min(1, cosine)) * 180 / .pi
    }.max() ?? 0
  }

  /// Largest |cosine| between two voxel axes: 0 where they are perpendicular.
  public var shear: Double {
    let s = spacing
    return max(
      abs(dot(columns.0, columns.1)) / (s.x * s.y), abs(dot(columns.0, columns.2)) / (s.x * s.z),
      abs(dot(columns.1, columns.2)) / (s.y * s.z))
  }

  /// Whether the voxel axes are not perpendicular. `tolerance` is a cosine; 1e-4 is 0.026 mm over a 256 mm field of view.
  public func hasShear(tolerance: Double = 1e-4) -> Bool { !(shear <= tolerance) }
}
