/// NIfTI's "method 2" geometry (qform): a rotation as a unit quaternion, a handedness, spacings and an origin.
///
/// The rotation is kept as its three stored numbers, not as a matrix: near half a turn, going through a matrix and back in
/// float32 would cost tenths of a millimetre, while upscaling needs no change of the rotation at all.
/// Source: nifti1.h, "3D IMAGE (VOLUME) ORIENTATION AND LOCATION IN SPACE", METHOD 2.
public struct QuaternionForm: Equatable, Sendable {
  /// b, c, d of the quaternion; a is √(1 − b² − c² − d²).
  public var vector: SIMD3<Double>
  /// −1 where the third voxel axis is mirrored, else +1.
  public var handedness: Double
  /// Millimetres between voxel centres along i, j, k; positive.
  public var spacing: SIMD3<Double>
  /// World position in mm of the centre of voxel (0, 0, 0).
  public var origin: SIMD3<Double>

  /// NIfTI's numbers: b, c, d of the quaternion; qfac, 1 or −1; pixdim 1–3 and qoffset in millimetres.
  public init(vector: SIMD3<Double>, handedness: Double, spacing: SIMD3<Double>, origin: SIMD3<Double>) {
    self.vector = vector
    self.handedness = handedness < 0 ? -1 : 1
    self.spacing = spacing
    self.origin = origin
  }

  /// The same as a matrix (NIfTI's method 2).
  public var affine: AffineTransform {
    var (b, c, d) = (vector.x, vector.y, vector.z)
    var a = 1 - dot(vector, vector)
    if a <= QuaternionForm.halfTurnMargin(isSingle: false) {
      let norm = length(vector)
      (b, c, d) = (b / norm, c / norm, d / norm)
      a = 0
    } else {
      a = a.squareRoot()
    }
    let (dx, dy, dz) = (spacing.x, spacing.y, spacing.z * handedness)
    return AffineTransform(
      columns: (
        [(a * a + b * b - c * c - d * d) * dx, 2 * (b * c + a * d) * dx, 2 * (b * d - a * c) * dx],
        [2 * (b * c - a * d) * dy, (a * a + c * c - b * b - d * d) * dy, 2 * (c * d + a * b) * dy],
        [2 * (b * d + a * c) * dz, 2 * (c * d - a * b) * dz, (a * a + d * d - c * c - b * b) * dz]
      ), origin: origin)
  }

  /// The form of an affine whose axes are perpendicular, or nil for one with shear (or none that can be inverted).
  /// - Parameter shearTolerance: cosine between two axes up to which they count as perpendicular.
  public init?(_ affine: AffineTransform, shearTolerance: Double = 1e-4) {
    guard affine.isInvertible(), !affine.hasShear(tolerance: shearTolerance) else { return nil }
    let s = affine.spacing
    let x = affine.columns.0 / s.x
    // Gram–Schmidt: the axes are perpendicular to within the tolerance, the rotation has to be one exactly.
    let y = (affine.columns.1 / s.y).orthonormalised(to: x)
    let z = cross(x, y)
    let handedness: Double = affine.determinant < 0 ? -1 : 1
    var (a, b, c, d): (Double, Double, Double, Double)
    // Shepperd's choice: divide by the largest of the four components.
    let trace = x.x + y.y + z.z
    if trace >= max(x.x, y.y, z.z) {
      a = (1 + trace).squareRoot() / 2
      (b, c, d) = ((y.z - z.y) / (4 * a), (z.x - x.z) / (4 * a), (x.y - y.x) / (4 * a))
    } else if x.x >= y.y && x.x >= z.z {
      b = (1 + x.x - y.y - z.z).squareRoot() / 2
      (a, c, d) = ((y.z - z.y) / (4 * b), (y.x + x.y) / (4 * b), (z.x + x.z) / (4 * b))
    } else if y.y >= z.z {
      c = (1 + y.y - x.x - z.z).squareRoot() / 2
      (a, b, d) = ((z.x - x.z) / (4 * c), (y.x + x.y) / (4 * c), (y.z + z.y) / (4 * c))
    } else {
      d = (1 + z.z - x.x - y.y).squareRoot() / 2
      (a, b, c) = ((x.y - y.x) / (4 * d), (z.x + x.z) / (4 * d), (y.z + z.y) / (4 * d))
    }
    if a < 0 { (a, b, c, d) = (-a, -b, -c, -d) }
    self.init(vector: [b, c, d], handedness: handedness, spacing: s, origin: affine.origin)
  }

  /// Up to here 1 − b² − c² − d² is taken as rounding of 0, which is half a turn: three times the precision of the stored numbers,
  /// as nibabel has it (nifticlib: 1e-7 for both versions).
  static func halfTurnMargin(isSingle: Bool) -> Double { 3 * (isSingle ? Double(Float.ulpOfOne) : Double.ulpOfOne) }

  /// As stored in a file: a vector that is of length 1 but for rounding is given that length.
  init(stored: SIMD3<Double>, isSingle: Bool, handedness: Double, spacing: SIMD3<Double>, origin: SIMD3<Double>) {
    let isHalfTurn = 1 - dot(stored, stored) < QuaternionForm.halfTurnMargin(isSingle: isSingle)
    self.init(
      vector: isHalfTurn ? stored / length(stored) : stored, handedness: handedness, spacing: spacing, origin: origin)
  }

  /// The vector to store: where 32-bit numbers will hold half a turn, a hair beyond length 1, so that every reader sees one.
  func vector(isSingle: Bool) -> SIMD3<Double> {
    isSingle && 1 - dot(vector, vector) < 1e-9 ? vector * (1 + 6e-8) : vector
  }

  /// The same outer faces on a grid with `scale` times as many voxels: the rotation stays, bit for bit.
  public func upscaled(by scale: (Double, Double, Double)) -> QuaternionForm {
    var result = self
    result.spacing = spacing / [scale.0, scale.1, scale.2]
    result.origin = affine.upscaled(by: scale).origin
    return result
  }
}

extension SIMD3<Double> {
  fileprivate func orthonormalised(to unit: SIMD3<Double>) -> SIMD3<Double> {
    let rest = self - unit * dot(self, unit)
    return rest / length(rest)
  }
}
