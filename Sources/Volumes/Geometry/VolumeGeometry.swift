/// Where the voxels lie in the world.
///
/// `affine` is the map to use. `sform` and `qform` are what the file carries of NIfTI's two ways to say it, both in millimetres;
/// other formats leave them nil and give `spaceCode`, which a NIfTI output then writes for both.
public struct VolumeGeometry: Equatable, Sendable {
  /// What a NIfTI geometry is relative to (`sform_code`, `qform_code`): 1 scanner, 2 aligned to another file, 3 Talairach,
  /// 4 MNI 152, 5 other template. 0 says "unknown".
  public typealias SpaceCode = Int

  /// NIfTI's sform: any affine map.
  public struct SForm: Equatable, Sendable {
    /// Voxel indices to RAS+ millimetres.
    public var affine: AffineTransform
    /// What it is relative to.
    public var code: SpaceCode
    /// A map, and what it is relative to.
    public init(affine: AffineTransform, code: SpaceCode) {
      self.affine = affine
      self.code = code
    }
  }

  /// NIfTI's qform: a rotation, spacings and an origin.
  public struct QForm: Equatable, Sendable {
    /// Voxel indices to RAS+ millimetres.
    public var form: QuaternionForm
    /// What it is relative to.
    public var code: SpaceCode
    /// A map, and what it is relative to.
    public init(form: QuaternionForm, code: SpaceCode) {
      self.form = form
      self.code = code
    }
  }

  /// Where `affine` comes from.
  public enum Source: String, Sendable {
    /// NIfTI sform (method 3).
    case sform
    /// NIfTI qform (method 2).
    case qform
    /// NIfTI pixdim alone (method 1): spacing is known, position and direction are not.
    case spacingOnly
    /// Any other format that states position and direction, in scanner coordinates.
    case scanner
  }

  /// The map to use: voxel indices to RAS+ millimetres, of voxel centres.
  public var affine: AffineTransform
  /// Where `affine` comes from.
  public var source: Source
  /// What the file says as sform; `nil` where its code is 0.
  public var sform: SForm?
  /// What the file says as qform; `nil` where its code is 0.
  public var qform: QForm?

  /// The geometry of a format that states position and direction outright (DICOM, after LPS → RAS).
  public init(affine: AffineTransform) {
    self.init(affine: affine, source: .scanner, sform: nil, qform: nil)
  }

  /// A geometry with what a NIfTI file carries besides.
  public init(affine: AffineTransform, source: Source, sform: SForm?, qform: QForm?) {
    self.affine = affine
    self.source = source
    self.sform = sform
    self.qform = qform
  }

  /// Millimetres between voxel centres along i, j, k.
  public var spacing: SIMD3<Double> { affine.spacing }

  /// The same outer faces on a grid with `scale` times as many voxels along i, j, k; sform and qform each by itself.
  public func upscaled(by scale: (Double, Double, Double)) -> VolumeGeometry {
    VolumeGeometry(
      affine: affine.upscaled(by: scale), source: source,
      sform: sform.map { SForm(affine: $0.affine.upscaled(by: scale), code: $0.code) },
      qform: qform.map { QForm(form: $0.form.upscaled(by: scale), code: $0.code) })
  }

  /// The inverse of `upscaled(by:)`: low outer faces stay.
  public func downscaled(by scale: (Double, Double, Double)) -> VolumeGeometry {
    upscaled(by: (1 / scale.0, 1 / scale.1, 1 / scale.2))
  }

  /// Both NIfTI forms where possible: an absent one is filled from the other and takes its code. A shear fits no qform; then
  /// there is none, and a finding says so. With neither (`spacingOnly`) there stays neither: nothing would justify a code.
  public func completed(shearTolerance: Double = 1e-4) -> (geometry: VolumeGeometry, findings: [VolumeFinding]) {
    var result = self
    var findings: [VolumeFinding] = []
    let scannerCode = 1
    if source == .scanner, sform == nil, qform == nil {
      result.sform = SForm(affine: affine, code: scannerCode)
    }
    if let sform = result.sform, result.qform == nil {
      if let form = QuaternionForm(sform.affine, shearTolerance: shearTolerance) {
        result.qform = QForm(form: form, code: sform.code)
      } else {
        findings.append(
          .note("the voxel axes are not perpendicular, which a qform cannot say: qform_code is 0, the sform holds it"))
      }
    } else if let qform = result.qform, result.sform == nil {
      result.sform = SForm(affine: qform.form.affine, code: qform.code)
    }
    return (result, findings)
  }
}
