import CNifti

extension NiftiHeader {
  /// A form that is present (code above 0) has to be made of finite numbers: nifticlib would put zeros in their place.
  static func checkForms(_ raw: NiftiRawHeader, problems: inout NiftiProblems) {
    if raw.integer(cnifti_sform_code) > 0 {
      let rows = (0..<12).map { raw.number(cnifti_srow, $0) }
      if !rows.allSatisfy(\.isFinite) {
        problems.add(.geometry, "its sform has numbers that are not finite (\(list(rows))); set it anew")
      }
    }
    let usesSpacing = raw.integer(cnifti_qform_code) > 0 || raw.integer(cnifti_sform_code) <= 0
    if raw.integer(cnifti_qform_code) > 0 {
      let numbers =
        (0..<3).map { raw.number(cnifti_quatern, $0) } + (0..<3).map { raw.number(cnifti_qoffset, $0) }
      if !numbers.allSatisfy(\.isFinite) {
        problems.add(.geometry, "its qform has numbers that are not finite (\(list(numbers))); set it anew")
      }
    }
    let spacing = (1...3).map { raw.number(cnifti_pixdim, $0) }
    if usesSpacing, !spacing.allSatisfy(\.isFinite) {
      problems.add(.geometry, "its spacing is not finite (pixdim \(list(spacing))); set it anew")
    }
  }

  /// nifticlib's reading of both forms, in millimetres.
  static func geometry(
    _ raw: NiftiRawHeader, _ image: NiftiImageHandle, fields: inout NiftiFields, problems: inout NiftiProblems,
    findings: inout [VolumeFinding]
  ) -> VolumeGeometry? {
    var spacing = SIMD3<Double>.zero
    for axis in 0..<3 {
      let stated = raw.number(cnifti_pixdim, axis + 1)
      spacing[axis] = abs(image.number(cnifti_pixdim, axis + 1))
      let beyond = raw.integer(cnifti_dim, 0) <= axis
      if stated < 0 { findings.append(.warning("pixdim[\(axis + 1)] is \(stated), negative: sign dropped")) }
      if !(abs(stated) > 0), !beyond { findings.append(.warning("pixdim[\(axis + 1)] is \(stated): taken as 1")) }
      if !(spacing[axis] > 0) { spacing[axis] = 1 }
    }
    let sformCode = form("sform", raw.integer(cnifti_sform_code), &findings)
    let qformCode = form("qform", raw.integer(cnifti_qform_code), &findings)

    let rows = (0..<12).map { image.number(cnifti_srow, $0) }
    var sform: AffineTransform? =
      sformCode > 0
      ? AffineTransform(
        columns: ([rows[0], rows[4], rows[8]], [rows[1], rows[5], rows[9]], [rows[2], rows[6], rows[10]]),
        origin: [rows[3], rows[7], rows[11]]) : nil
    var qform: QuaternionForm? =
      qformCode > 0 ? quaternionForm(raw, image, spacing: spacing, &problems, &findings) : nil

    if fields.lengthUnitCode == 1, (sform?.spacing ?? spacing).max() > 0.05 {
      findings.append(
        .warning(
          "the unit is metres, which makes voxels of \((sform?.spacing ?? spacing).max()) m: taken as millimetres"))
      fields.millimetresPerUnit = 1
    }
    let unit = fields.millimetresPerUnit
    sform = sform.map { $0.scaled(by: unit) }
    qform = qform.map {
      QuaternionForm(
        vector: $0.vector, handedness: $0.handedness, spacing: $0.spacing * unit, origin: $0.origin * unit)
    }
    if let sform, !sform.isInvertible() {
      problems.add(.geometry, "its sform is singular: it puts the voxels on a plane, a line or a point; set it anew")
    }
    if let qform, !qform.affine.isInvertible() {
      problems.add(.geometry, "its qform is singular: its numbers are out of any range; set it anew")
    }

    let keptS = sform.map { VolumeGeometry.SForm(affine: $0, code: sformCode) }
    let keptQ = qform.map { VolumeGeometry.QForm(form: $0, code: qformCode) }
    if let keptS { return VolumeGeometry(affine: keptS.affine, source: .sform, sform: keptS, qform: keptQ) }
    if let keptQ { return VolumeGeometry(affine: keptQ.form.affine, source: .qform, sform: nil, qform: keptQ) }
    let plain = AffineTransform(spacing: spacing * unit)
    guard plain.isInvertible() else {
      problems.add(.geometry, "its spacing is out of any range (pixdim \(list([spacing.x, spacing.y, spacing.z])))")
      return nil
    }
    findings.append(
      .warning("neither sform nor qform is set: spacing is known, position and left from right are not"))
    return VolumeGeometry(affine: plain, source: .spacingOnly, sform: nil, qform: nil)
  }

  private static func form(_ name: String, _ code: Int, _ findings: inout [VolumeFinding]) -> Int {
    if code < 0 { findings.append(.warning("\(name)_code is \(code): taken as 0, not set")) }
    if code > 5 { findings.append(.note("\(name)_code is \(code), which the standard does not know: kept")) }
    return max(0, code)
  }

  private static func quaternionForm(
    _ raw: NiftiRawHeader, _ image: NiftiImageHandle, spacing: SIMD3<Double>, _ problems: inout NiftiProblems,
    _ findings: inout [VolumeFinding]
  ) -> QuaternionForm {
    let vector = SIMD3((0..<3).map { image.number(cnifti_quatern, $0) })
    let squared = dot(vector, vector)
    if squared > 1 + 1e-3 {
      findings.append(.warning("the qform's quaternion is longer than 1 (\(squared.squareRoot())): scaled to 1"))
    }
    let factor = raw.number(cnifti_pixdim, 0)
    if factor != 1, factor != -1 {
      findings.append(
        .note("pixdim[0] (qfac) is \(factor) where 1 or -1 belongs: taken as \(factor < 0 ? -1 : 1)"))
    }
    return QuaternionForm(
      stored: vector, isSingle: raw.version == 1, handedness: factor < 0 ? -1 : 1, spacing: spacing,
      origin: SIMD3((0..<3).map { image.number(cnifti_qoffset, $0) }))
  }

  /// Says where the two forms, or form and spacing, tell different stories.
  static func compareForms(
    _ geometry: VolumeGeometry, size: (Int, Int, Int), raw: NiftiRawHeader, fields: NiftiFields,
    findings: inout [VolumeFinding]
  ) {
    if let sform = geometry.sform, let qform = geometry.qform {
      let apart = sform.affine.largestDisplacement(from: qform.form.affine, size: size)
      if sform.code == qform.code, apart > 0.01 * geometry.spacing.min() {
        findings.append(
          .note("sform and qform put the corners up to \(rounded(apart)) mm apart: the sform is used, both are kept"))
      }
    }
    if geometry.source == .sform {
      for axis in 0..<min(3, raw.integer(cnifti_dim, 0)) {
        let stated = abs(raw.number(cnifti_pixdim, axis + 1)) * fields.millimetresPerUnit
        let used = geometry.spacing[axis]
        if !(abs(stated - used) <= 0.01 * used) {
          findings.append(
            .note("pixdim[\(axis + 1)] says \(rounded(stated)) mm and the sform \(rounded(used)) mm: the sform is used")
          )
        }
      }
    }
  }

  private static func list(_ numbers: [Double]) -> String { numbers.map { "\($0)" }.joined(separator: ", ") }
  private static func rounded(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
}

extension AffineTransform {
  /// The same map in another unit of length.
  func scaled(by factor: Double) -> AffineTransform {
    factor == 1
      ? self
      : AffineTransform(
        columns: (columns.0 * factor, columns.1 * factor, columns.2 * factor), origin: origin * factor)
  }
}
