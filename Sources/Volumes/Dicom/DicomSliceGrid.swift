import Foundation

/// The even grid that a stack of slices lies on, or why it lies on none.
///
/// Positions decide, never numbers or names: the slices are ordered by projection on the normal (PS3.3 C.7.6.2.1.1), the step is
/// (last − first) / (n − 1), and every slice has to lie on that line to within `tolerances.slicePosition`.
struct DicomSliceGrid: Sendable {
  /// One slice of the volume: a stored one, or a mixture of the two stored neighbours.
  struct Source: Sendable, Equatable {
    var lower: Int
    var upper: Int
    /// Weight of `upper`, 0 for a stored slice.
    var weight: Double
  }

  /// LPS+ position of the first slice's first pixel, and the step from slice to slice, in mm.
  var origin: SIMD3<Double>
  var step: SIMD3<Double>
  var sources: [Source]
  var findings: [VolumeFinding] = []
  /// What would falsify the geometry, with its remedy; nil on an even grid.
  var problem: String?
  /// Whether resampling onto `sources` (allowGaps) cures the problem.
  var isCurable = false

  init(_ slices: [DicomFrame], tolerances: DicomTolerances) {
    let first = slices[0]
    origin = first.position
    sources = slices.indices.map { Source(lower: $0, upper: $0, weight: 0) }
    guard slices.count > 1 else {
      let stated = first.spacingBetweenSlices.map(abs).flatMap { $0 > 0 ? $0 : nil } ?? first.sliceThickness
      step = first.normal * (stated ?? 1)
      findings.append(
        stated == nil
          ? .warning("a single slice without a thickness: 1 mm is assumed across it")
          : .note("a single slice: the spacing across it is its stated thickness"))
      return
    }
    let last = slices[slices.count - 1]
    step = (last.position - first.position) / Double(slices.count - 1)
    let depths = slices.map { dot($0.position - first.position, first.normal) }
    let spacings = zip(depths.dropFirst(), depths).map { $0 - $1 }
    let typical = spacings.sorted()[spacings.count / 2]
    let tolerance = max(tolerances.slicePosition, tolerances.slicePositionPart * typical)

    if (0..<slices.count).allSatisfy({ length(slices[$0].position - (origin + step * Double($0))) <= tolerance }) {
      describeTilt(first, tolerances: tolerances)
      describeThickness(first)
      return
    }
    // Off the even grid along the normal, or across it?
    let smallest = spacings.min() ?? typical
    let steps = spacings.map { ($0 / smallest).rounded() }
    // A gap makes the spacing a multiple of the others; anything else is uneven.
    let isMultiple = zip(spacings, steps).allSatisfy { abs($0 - $1 * smallest) <= max(tolerance, $1 * tolerance / 2) }
    let slope = last.position - first.position
    let lateral = (0..<slices.count).map { index -> Double in
      let along = slope * (depths[index] / max(depths[depths.count - 1], 1e-9))
      return length(slices[index].position - first.position - along)
    }
    if let worst = lateral.indices.max(by: { lateral[$0] < lateral[$1] }), lateral[worst] > tolerance {
      problem =
        "slice \(worst + 1) lies \(rounded(lateral[worst])) mm beside the line through the other slices: slices of different "
        + "scans seem to be mixed. Sort them into folders"
      return
    }
    isCurable = true
    let total = steps.reduce(0, +)
    let spacing = isMultiple ? depths[depths.count - 1] / total : typical
    let count = (depths[depths.count - 1] / spacing).rounded() + 1
    guard count <= Double(8 * slices.count + 8) else {
      isCurable = false
      problem =
        "slice spacing varies from \(rounded(smallest)) mm to \(rounded(spacings.max() ?? 0)) mm: too few slices for the "
        + "distance that they span. Sort the folder, or fetch the series again"
      return
    }
    if isMultiple, let gap = steps.firstIndex(where: { $0 > 1 }) {
      let missing = Int(total) - spacings.count
      problem =
        "slice spacing varies from \(rounded(smallest)) mm to \(rounded(spacings.max() ?? 0)) mm between slices \(gap + 1) and "
        + "\(gap + 2): \(missing == 1 ? "a slice seems" : "\(missing) slices seem") to be missing. Fetch the series again, or "
        + "allow gaps (--allow-gaps) to fill by interpolation"
    } else {
      let widest = spacings.indices.max { spacings[$0] < spacings[$1] } ?? 0
      problem =
        "slice spacing is uneven: from \(rounded(smallest)) mm to \(rounded(spacings[widest])) mm (between slices \(widest + 1) "
        + "and \(widest + 2)). Allow gaps (--allow-gaps) to resample onto even slices of \(rounded(spacing)) mm"
    }
    step = slope / (count - 1)
    resample(depths, count: Int(count), tolerance: tolerance)
    describeTilt(first, tolerances: tolerances)
  }

  /// Angle in degrees between the stacking direction and the normal.
  static func tilt(step: SIMD3<Double>, normal: SIMD3<Double>) -> Double {
    let across = length(step)
    guard across > 0 else { return 0 }
    return atan2(length(cross(step, normal)), dot(step, normal)) * 180 / .pi
  }

  private mutating func resample(_ depths: [Double], count: Int, tolerance: Double) {
    let spacing = depths[depths.count - 1] / Double(count - 1)
    var lower = 0
    sources = (0..<count).map { index in
      let depth = Double(index) * spacing
      while lower + 2 < depths.count, depths[lower + 1] <= depth { lower += 1 }
      let fraction = (depth - depths[lower]) / (depths[lower + 1] - depths[lower])
      if abs(depth - depths[lower]) <= tolerance { return Source(lower: lower, upper: lower, weight: 0) }
      if abs(depths[lower + 1] - depth) <= tolerance { return Source(lower: lower + 1, upper: lower + 1, weight: 0) }
      return Source(lower: lower, upper: lower + 1, weight: min(1, max(0, fraction)))
    }
  }

  private mutating func describeTilt(_ first: DicomFrame, tolerances: DicomTolerances) {
    let angle = Self.tilt(step: step, normal: first.normal)
    guard angle > tolerances.tilt else { return }
    findings.append(
      .warning(
        "gantry tilt of \(rounded(angle))°: the slices are stacked at a slant (an affine with shear); upscaling in the "
          + "slice plane is sound, across slices it is not"))
  }

  private mutating func describeThickness(_ first: DicomFrame) {
    guard let thickness = first.sliceThickness else { return }
    let spacing = abs(dot(step, first.normal))
    if spacing > thickness * 1.01 {
      findings.append(
        .note("slices of \(rounded(thickness)) mm lie \(rounded(spacing)) mm apart: there are gaps between them"))
    } else if thickness > spacing * 1.01 {
      findings.append(.note("slices of \(rounded(thickness)) mm lie \(rounded(spacing)) mm apart: they overlap"))
    }
  }
}
