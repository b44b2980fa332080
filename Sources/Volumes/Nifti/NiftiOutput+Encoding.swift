import CNifti

extension NiftiOutput {
  /// The bytes before the voxels, made by nifticlib, and what had to be said about them.
  /// - Parameters:
  ///   - rescale: written as `scl_slope` and `scl_inter`.
  ///   - pair: a header for a `.hdr`/`.img` pair, else for a single file.
  func encodedHeader(rescale: IntensityRescale, pair: Bool, subject: String) throws -> (
    bytes: [UInt8], findings: [VolumeFinding]
  ) {
    guard let image = NiftiImageHandle() else {
      throw VolumeError(.unwritable, subject: subject, reason: "no memory is left for a header")
    }
    let fields = header.nifti ?? NiftiFields()
    var (geometry, findings) = header.geometry.completed()
    let toFile = 1 / fields.millimetresPerUnit

    let dims = [header.size.0, header.size.1, header.size.2] + header.frameShape
    precondition(dims.count <= 7, "NIfTI has at most seven dimensions")
    precondition(dims.allSatisfy { $0 > 0 }, "every size is positive")
    image.set(cnifti_dim, 0, to: dims.count)
    for (index, dim) in dims.enumerated() { image.set(cnifti_dim, index + 1, to: dim) }
    for index in dims.count..<7 { image.set(cnifti_dim, index + 1, to: 1) }
    image.set(cnifti_datatype, to: type.niftiCode)

    let spacing = (geometry.qform?.form.spacing ?? geometry.spacing) * toFile
    image.set(cnifti_pixdim, 0, to: geometry.qform?.form.handedness ?? 1)
    for axis in 0..<3 { image.set(cnifti_pixdim, axis + 1, to: spacing[axis]) }
    for index in header.frameShape.indices {
      let step = index < fields.frameSteps.count ? fields.frameSteps[index] : index == 0 ? header.frameStep ?? 0 : 0
      image.set(cnifti_pixdim, index + 4, to: step)
    }
    write(&geometry, toFile: toFile, to: image)

    image.set(cnifti_slope, to: rescale.slope)
    image.set(cnifti_intercept, to: rescale.intercept)
    if keepsDisplayRange {
      image.set(cnifti_cal_min, to: fields.displayMinimum)
      image.set(cnifti_cal_max, to: fields.displayMaximum)
    }
    image.set(cnifti_xyz_units, to: fields.lengthUnitCode)
    image.set(cnifti_time_units, to: header.frameUnit.niftiCode)
    image.set(cnifti_toffset, to: fields.timeOffset)
    image.set(cnifti_freq_dim, to: fields.frequencyDimension)
    image.set(cnifti_phase_dim, to: fields.phaseDimension)
    image.set(cnifti_slice_dim, to: fields.sliceDimension)
    image.set(cnifti_slice_code, to: fields.sliceCode)
    image.set(cnifti_slice_start, to: fields.sliceStart)
    image.set(cnifti_slice_end, to: fields.sliceEnd)
    image.set(cnifti_slice_duration, to: fields.sliceDuration)
    image.set(cnifti_intent_code, to: fields.intentCode)
    for index in 0..<3 { image.set(cnifti_intent_p, index, to: fields.intentParameters[index]) }
    image.set(cnifti_intent_name, to: fields.intentName.prefix(utf8Bytes: 15))
    image.set(cnifti_descrip, to: (description ?? header.description).prefix(utf8Bytes: 79))
    image.set(cnifti_aux_file, to: fields.auxiliaryFile.prefix(utf8Bytes: 23))

    for item in fields.extensions {
      if !image.add(item) {
        findings.append(.warning("a header extension (code \(item.code)) was not taken by nifticlib: left out"))
      } else if item.code == 4 {
        findings.append(.note("an AFNI extension was carried along; its own geometry is the input's"))
      }
    }
    guard let bytes = image.encoded(version: version, pair: pair) else {
      throw VolumeError(
        .unwritable, subject: subject, reason: "nifticlib cannot express this header as NIfTI-\(version)")
    }
    return (bytes, findings)
  }

  private func write(_ geometry: inout VolumeGeometry, toFile: Double, to image: NiftiImageHandle) {
    if let sform = geometry.sform {
      image.set(cnifti_sform_code, to: sform.code)
      let affine = sform.affine.scaled(by: toFile)
      for row in 0..<3 {
        image.set(cnifti_srow, 4 * row, to: affine.columns.0[row])
        image.set(cnifti_srow, 4 * row + 1, to: affine.columns.1[row])
        image.set(cnifti_srow, 4 * row + 2, to: affine.columns.2[row])
        image.set(cnifti_srow, 4 * row + 3, to: affine.origin[row])
      }
    }
    if let qform = geometry.qform {
      image.set(cnifti_qform_code, to: qform.code)
      image.set(cnifti_qfac, to: qform.form.handedness)
      for index in 0..<3 {
        image.set(cnifti_quatern, index, to: qform.form.vector(isSingle: version == 1)[index])
        image.set(cnifti_qoffset, index, to: qform.form.origin[index] * toFile)
      }
    }
  }
}

extension String {
  /// The longest beginning that takes at most `count` bytes, cut between characters.
  func prefix(utf8Bytes count: Int) -> String {
    var result = ""
    var used = 0
    for character in self {
      used += character.utf8.count
      if used > count { break }
      result.append(character)
    }
    return result
  }
}
