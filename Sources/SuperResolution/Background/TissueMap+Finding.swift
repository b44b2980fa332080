import Volumes

extension TissueMap {
  /// Edges of about so many slices tell what empty looks like, however many there are.
  private static let surveyedSlices = 256

  /// Finds the background of a volume by itself: what is empty and connected to the edge of its slice.
  ///
  /// Two passes, slice by slice: over the edges for what empty looks like, then over all pixels. The slices are those of the acquired
  /// axis, and axial ones for CT: at the edge of an axial slice a body ends, while the ends of the stack cut through it, lungs and all.
  ///
  /// - Returns: the map, and the band of values that counts as empty; `nil` where the edges hold no background.
  /// - Throws: `VolumeError`, or what `checkpoint` throws.
  package static func find(
    in reader: any VolumeReader, across axis: VoxelAxis, mapping: IntensityMapping, checkpoint: () throws -> Void
  ) throws -> (map: TissueMap, level: BackgroundLevel)? {
    let header = reader.header
    let isCT = header.modality == .ct
    let plane = isCT ? header.geometry.affine.axis(across: .axial) : header.acquiredAxis
    let count = header.count(along: plane)
    func forEachSlice(by step: Int = 1, _ body: (VolumeSlice, Int, Int) -> Void) throws {
      for position in stride(from: 0, to: count * header.frames, by: step) {
        try checkpoint()
        let (frame, index) = position.quotientAndRemainder(dividingBy: count)
        body(try reader.readSlice(index, across: plane, frame: frame), index, frame)
      }
    }
    var level = BackgroundLevel.computedTomography
    if !isCT {
      var survey = BorderSurvey()
      try forEachSlice(by: max(1, count * header.frames / surveyedSlices)) { slice, _, _ in survey.add(slice) }
      guard let found = survey.level(mapping) else { return nil }
      level = found
    }
    var map = TissueMap(header, across: axis)
    try forEachSlice { slice, index, frame in
      map.mark(slice.tissue(besides: level), at: index, across: plane, frame: frame, width: slice.width)
    }
    return (map, level)
  }

  /// Takes what a mask marks: every voxel that is finite and not 0.
  ///
  /// - Parameter mask: on the volume's own grid (`ReorientedReader`), with one frame for all or as many as the volume.
  package static func marked(
    by mask: any VolumeReader, in header: VolumeHeader, across axis: VoxelAxis, checkpoint: () throws -> Void
  ) throws -> TissueMap {
    var map = TissueMap(header, across: axis)
    for frame in 0..<header.frames {
      for k in 0..<header.size.2 {
        try checkpoint()
        let slice = try mask.readSlice(k, across: .k, frame: mask.header.frames == 1 ? 0 : frame)
        let marked = slice.values.map { $0.isFinite && $0 != 0 }
        map.mark(marked, at: k, across: .k, frame: frame, width: slice.width)
      }
    }
    return map
  }
}
