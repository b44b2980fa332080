/// A volume in memory: every frame, i fastest, then j, k, frame.
///
/// It reads like a file and can be written slice by slice like one, so that a library's caller and a test use the same doors as a scan on
/// disk.
public final class Volume: VolumeReader, VolumeWriter {
  /// Size, geometry and what the values mean.
  public let header: VolumeHeader
  /// `size.0 · size.1 · size.2 · frames` values in the volume's unit.
  public private(set) var values: [Double]
  public var scratchBytes: Int { 0 }

  /// - Parameter values: as many as the header says; `nil` for zeros, to be written slice by slice.
  public init(header: VolumeHeader, values: [Double]? = nil) {
    let count = header.size.0 * header.size.1 * header.size.2 * header.frames
    precondition(values.map { $0.count == count } ?? true, "a volume holds as many values as its header says")
    self.header = header
    self.values = values ?? [Double](repeating: 0, count: count)
  }

  /// Reads all of another volume.
  public convenience init(reading reader: any VolumeReader) throws {
    self.init(header: reader.header)
    for frame in 0..<reader.header.frames {
      for k in 0..<reader.header.size.2 {
        try writeSlice(reader.readSlice(k, across: .k, frame: frame), at: k, across: .k, frame: frame)
      }
    }
  }

  /// One voxel in the volume's unit; indices from 0, in range.
  public subscript(i: Int, j: Int, k: Int, frame frame: Int = 0) -> Double {
    get { values[index(i, j, k, frame)] }
    set { values[index(i, j, k, frame)] = newValue }
  }

  public func readSlice(_ index: Int, across axis: VoxelAxis, frame: Int) throws -> VolumeSlice {
    let (width, height) = header.sliceSize(across: axis)
    var plane: [Double] = []
    plane.reserveCapacity(width * height)
    for y in 0..<height { for x in 0..<width { plane.append(values[position(x, y, index, across: axis, frame)]) } }
    return VolumeSlice(width: width, height: height, values: plane)
  }

  public func writeSlice(_ slice: VolumeSlice, at index: Int, across axis: VoxelAxis, frame: Int) throws {
    let (width, height) = header.sliceSize(across: axis)
    precondition(slice.width == width && slice.height == height, "the slice has the volume's size")
    for y in 0..<height {
      for x in 0..<width { values[position(x, y, index, across: axis, frame)] = slice.values[y * width + x] }
    }
  }

  public var findings: [VolumeFinding] { [] }

  public func finish() {}
  public func discard() {}

  private func position(_ x: Int, _ y: Int, _ slice: Int, across axis: VoxelAxis, _ frame: Int) -> Int {
    switch axis {
    case .i: index(slice, x, y, frame)
    case .j: index(x, slice, y, frame)
    case .k: index(x, y, slice, frame)
    }
  }

  private func index(_ i: Int, _ j: Int, _ k: Int, _ frame: Int) -> Int {
    precondition(
      i >= 0 && i < header.size.0 && j >= 0 && j < header.size.1 && k >= 0 && k < header.size.2 && frame >= 0
        && frame < header.frames, "a voxel lies within its volume")
    return ((frame * header.size.2 + k) * header.size.1 + j) * header.size.0 + i
  }
}
