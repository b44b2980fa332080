/// Where the slices of an output lie, in DICOM's terms: LPS+ positions and direction cosines.
struct DicomOutputGrid {
  /// The axis across which the files are cut.
  let axis: VoxelAxis
  let columns: Int
  let rows: Int
  let sliceCount: Int
  let frames: Int
  let rowDirection: SIMD3<Double>
  let columnDirection: SIMD3<Double>
  /// Millimetres between columns, and between rows.
  let columnSpacing: Double
  let rowSpacing: Double
  let step: SIMD3<Double>
  let origin: SIMD3<Double>

  /// Files are cut across the axis nearest to the acquired normal, so that they stack as the source's do.
  init(_ header: VolumeHeader, normal: SIMD3<Double>, tolerances: DicomTolerances) throws {
    func lps(_ v: SIMD3<Double>) -> SIMD3<Double> { [-v.x, -v.y, v.z] }
    let affine = header.geometry.affine
    guard affine.isInvertible() else {
      throw VolumeError(.geometry, subject: "DICOM output", reason: "the volume has no usable geometry")
    }
    let axes = VoxelAxis.allCases
    axis =
      axes.max {
        abs(dot(lps(affine[$0]), normal)) / length(affine[$0]) < abs(dot(lps(affine[$1]), normal)) / length(affine[$1])
      } ?? .k
    let (x, y) = (lps(affine[axis.inPlane.x]), lps(affine[axis.inPlane.y]))
    (columnSpacing, rowSpacing) = (length(x), length(y))
    rowDirection = x / columnSpacing
    let cosine = dot(rowDirection, y) / rowSpacing
    guard abs(cosine) < tolerances.perpendicular else {
      throw VolumeError(
        .geometry, subject: "DICOM output",
        reason:
          "rows and columns of a slice are not perpendicular (cosine \(rounded(cosine))), which DICOM cannot say. "
          + "Write NIfTI instead")
    }
    // Rounding aside they are perpendicular; the header's cosines have to be so exactly.
    let upright = y - rowDirection * dot(rowDirection, y)
    columnDirection = upright / length(upright)
    step = lps(affine[axis])
    origin = lps(affine.origin)
    (columns, rows) = header.sliceSize(across: axis)
    sliceCount = header.count(along: axis)
    frames = header.frames
    guard columns <= 65535, rows <= 65535 else {
      throw VolumeError(
        .unsupported, subject: "DICOM output", reason: "slices of \(columns) × \(rows) pixels exceed DICOM's 65535")
    }
  }

  /// Whoever lends patient and study to an output has to show the same place: the centre of the output lies inside its slices.
  /// - Throws: `VolumeError`.
  func requireOverlap(with source: DicomSliceGrid, first: DicomFrame) throws {
    let centre =
      origin + rowDirection * (columnSpacing * Double(columns - 1) / 2)
      + columnDirection * (rowSpacing * Double(rows - 1) / 2) + step * (Double(sliceCount - 1) / 2)
    let depth = dot(source.step, first.normal)
    let k = depth == 0 ? 0 : dot(centre - source.origin, first.normal) / depth
    let inPlane = centre - source.origin - source.step * k
    let x = dot(inPlane, first.rowDirection) / first.columnSpacing
    let y = dot(inPlane, first.columnDirection) / first.rowSpacing
    guard (-1...Double(source.sources.count)).contains(k), (-1...Double(first.columns)).contains(x),
      (-1...Double(first.rows)).contains(y)
    else {
      throw VolumeError(
        .geometry, subject: "DICOM output",
        reason:
          "the volume does not lie where the series lies whose patient and study it would take over: another scan, patient or "
          + "space. Name the scan's own series with --reference")
    }
  }

  var normal: SIMD3<Double> { cross(rowDirection, columnDirection) }
  func position(_ index: Int) -> SIMD3<Double> { origin + step * Double(index) }
  var spacing: Double { abs(dot(step, normal)) }
  var orientation: [Double] {
    [rowDirection, columnDirection].flatMap { [$0.x, $0.y, $0.z] }
  }

  /// The slices of a source that an output slice lies on or between, nearest first, by distance along the normal.
  func sources(of index: Int, in grid: DicomSliceGrid, normal: SIMD3<Double>) -> [Int] {
    let spacing = dot(grid.step, normal)
    guard spacing != 0, let last = grid.sources.indices.last else { return [0] }
    let middle = position(index)
    let place = dot(middle - grid.origin, normal) / spacing
    guard place.isFinite else { return [0] }
    let clamped = min(max(place, 0), Double(last))
    let nearest = Int(clamped.rounded())
    let other = clamped > Double(nearest) ? nearest + 1 : nearest - 1
    let grids = abs(clamped - Double(nearest)) < 0.01 || other < 0 || other > last ? [nearest] : [nearest, other]
    var stored: [Int] = []
    for place in grids {
      let source = grid.sources[place]
      for candidate in source.weight > 0.5 ? [source.upper, source.lower] : [source.lower, source.upper]
      where !stored.contains(candidate) { stored.append(candidate) }
    }
    return stored
  }
}
