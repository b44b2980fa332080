import CNifti

extension NiftiHeader {
  /// Where the voxels begin (`vox_offset`).
  static func dataOffset(
    _ raw: NiftiRawHeader, problems: inout NiftiProblems, findings: inout [VolumeFinding]
  ) -> Int? {
    if raw.sizeField != raw.headerBytes {
      findings.append(
        .warning("sizeof_hdr is \(raw.sizeField) where \(raw.headerBytes) belongs: ignored, the magic is right"))
    }
    if !raw.hasWholeMagic {
      findings.append(.note("the magic lacks NIfTI-2's closing line ends: read all the same"))
    }
    let stated = raw.number(cnifti_vox_offset)
    let least = raw.isPair ? 0 : raw.headerBytes + 4
    if !raw.isPair, stated == 0 {
      findings.append(.warning("vox_offset is 0 in a single file: voxels read from byte \(least) on"))
      return least
    }
    guard stated.isFinite, stated == stated.rounded(), stated >= Double(least), stated < 4e18 else {
      problems.add(
        .corrupt,
        "its vox_offset, where the voxels begin, is \(stated); expected a whole number of at least \(least)")
      return nil
    }
    return Int(stated)
  }

  /// `scl_slope` and `scl_inter`; a slope of 0 says "not scaled" by the standard.
  static func rescale(_ raw: NiftiRawHeader, findings: inout [VolumeFinding]) -> IntensityRescale {
    let slope = raw.number(cnifti_slope)
    let intercept = raw.number(cnifti_intercept)
    guard slope.isFinite, slope != 0 else {
      if slope != 0 {
        findings.append(.note("scl_slope is \(slope): values taken as stored"))
      } else if intercept.isFinite, intercept != 0 {
        findings.append(
          .warning("scl_slope is 0, so that scl_inter \(intercept) does not apply: values taken as stored"))
      } else {
        findings.append(.note("scl_slope is 0: values taken as stored"))
      }
      return .identity
    }
    guard intercept.isFinite else {
      findings.append(.warning("scl_inter is \(intercept): taken as 0"))
      return IntensityRescale(slope: slope, intercept: 0)
    }
    return IntensityRescale(slope: slope, intercept: intercept)
  }

  /// All that an output carries along.
  static func fields(
    _ raw: NiftiRawHeader, _ image: NiftiImageHandle, grid: NiftiGrid, findings: inout [VolumeFinding]
  ) -> NiftiFields {
    func finite(_ value: Double) -> Double { value.isFinite ? value : 0 }
    var fields = NiftiFields(version: raw.version)
    fields.isByteSwapped = raw.isSwapped
    fields.isPair = raw.isPair
    fields.storedSlope = raw.number(cnifti_slope)
    fields.storedIntercept = raw.number(cnifti_intercept)
    fields.lengthUnitCode = image.integer(cnifti_xyz_units)
    switch fields.lengthUnitCode {
    case 1: fields.millimetresPerUnit = 1000
    case 3: fields.millimetresPerUnit = 0.001
    case 0, 2: break
    default:
      findings.append(.warning("the unit of length (code \(fields.lengthUnitCode)) is unknown: taken as millimetres"))
      fields.lengthUnitCode = 0
    }
    fields.intentCode = image.integer(cnifti_intent_code)
    fields.intentParameters = [
      finite(image.number(cnifti_intent_p, 0)), finite(image.number(cnifti_intent_p, 1)),
      finite(image.number(cnifti_intent_p, 2)),
    ]
    fields.intentName = image.text(cnifti_intent_name)
    if fields.intentCode == 1002 {
      findings.append(
        .warning("the intent says labels: numbers between labels mean nothing, so do not interpolate them"))
    }
    fields.frequencyDimension = image.integer(cnifti_freq_dim)
    fields.phaseDimension = image.integer(cnifti_phase_dim)
    fields.sliceDimension = image.integer(cnifti_slice_dim)
    fields.sliceCode = image.integer(cnifti_slice_code)
    fields.sliceStart = image.integer(cnifti_slice_start)
    fields.sliceEnd = image.integer(cnifti_slice_end)
    fields.sliceDuration = finite(image.number(cnifti_slice_duration))
    fields.timeOffset = finite(image.number(cnifti_toffset))
    fields.displayMinimum = finite(image.number(cnifti_cal_min))
    fields.displayMaximum = finite(image.number(cnifti_cal_max))
    fields.auxiliaryFile = image.text(cnifti_aux_file)
    fields.frameSteps = grid.frameShape.indices.map { finite(raw.number(cnifti_pixdim, 4 + $0)) }
    return fields
  }

  /// `dim_info`, else a volume of one slice, else the largest spacing (by 0.1 % at least), else the third axis.
  static func acquiredAxis(
    size: (Int, Int, Int), geometry: VolumeGeometry, sliceDimension: Int
  ) -> (axis: VoxelAxis, reason: AcquiredAxisReason) {
    if let axis = VoxelAxis(rawValue: sliceDimension - 1) { return (axis, .sliceAxisField) }
    let sizes = [size.0, size.1, size.2]
    let flat = VoxelAxis.allCases.filter { sizes[$0.rawValue] == 1 }
    if flat.count == 1 { return (flat[0], .singleSlice) }
    let spacing = geometry.spacing
    let ranked = VoxelAxis.allCases.sorted { spacing[$0.rawValue] > spacing[$1.rawValue] }
    if spacing[ranked[0].rawValue] > spacing[ranked[1].rawValue] * 1.001 { return (ranked[0], .largestSpacing) }
    return (.k, .thirdAxis)
  }
}
