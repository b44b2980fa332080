import Foundation

/// A volume of doubles on the disk, for slices that come or go across another axis than the one that a format stores.
///
/// The file has no name and goes with the process.
final class SliceScratch {
  private let file: ScratchFile
  /// Reads what lies in file order: the file itself, or its turned copy.
  private var store: PlaneStore
  private var spool: PlaneSpool?
  private var turned: ScratchFile?
  private let folder: URL?
  private let size: (Int, Int, Int)
  private var written: [Set<Int>]
  private var writtenAxis: VoxelAxis?

  init(size: (Int, Int, Int), frames: Int, folder: URL?, subject: String) throws {
    let bytes = [size.0, size.1, size.2, frames, 8].reduce((product: 1, overflow: false)) {
      let (product, overflow) = $0.product.multipliedReportingOverflow(by: $1)
      return (product, $0.overflow || overflow)
    }
    guard !bytes.overflow else {
      throw VolumeError(.unsupported, subject: subject, reason: "the volume is too large for a scratch file")
    }
    file = try ScratchFile(in: folder)
    self.folder = folder
    store = PlaneStore(descriptor: file.descriptor, base: 0, size: size, elementBytes: 8, subject: "scratch file")
    self.size = size
    written = Array(repeating: [], count: frames)
  }

  var byteCount: Int { file.bytes + (turned?.bytes ?? 0) }

  private func count(_ axis: VoxelAxis) -> Int { [size.0, size.1, size.2][axis.rawValue] }

  /// Whether every slice of the frame has come. All slices of one volume come across the same axis.
  func isComplete(frame: Int) -> Bool {
    guard let writtenAxis else { return false }
    return written[frame].count == count(writtenAxis)
  }

  func write(_ slice: VolumeSlice, at index: Int, across axis: VoxelAxis, frame: Int) throws {
    precondition(writtenAxis == nil || writtenAxis == axis, "the slices of one volume come across one axis")
    writtenAxis = axis
    let spool = self.spool ?? PlaneSpool(file, size: size, axis: axis, elementBytes: 8)
    self.spool = spool
    try spool.write(slice.values.withUnsafeBytes { Array($0) }, plane: frame * count(axis) + index)
    written[frame].insert(index)
  }

  /// Planes come back across k as they are asked for; across another axis than they came, all of them are turned into file order once.
  func read(_ index: Int, across axis: VoxelAxis, frame: Int) throws -> VolumeSlice {
    let (width, height) = (count(axis.inPlane.x), count(axis.inPlane.y))
    if let spool, writtenAxis != .k, turned == nil {
      if axis == .k {
        let bytes = try spool.slice(index, frame: frame)
        return VolumeSlice(width: width, height: height, values: bytes.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) })
      }
      try turn(spool)
    }
    // Planes across k lie in the file's own order.
    let values = try store.withPlane(index, across: axis, frame: frame) { bytes in
      [Double](unsafeUninitializedCapacity: width * height) { buffer, count in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
        count = width * height
      }
    }
    return VolumeSlice(width: width, height: height, values: values)
  }

  private func turn(_ spool: PlaneSpool) throws {
    precondition(written.indices.allSatisfy(isComplete(frame:)), "slices are turned when all have come")
    let target = try ScratchFile(in: folder)
    let copy = PlaneSpool(target, size: size, axis: .k, elementBytes: 8)
    for frame in written.indices {
      for k in 0..<size.2 { try copy.write(spool.slice(k, frame: frame), plane: frame * size.2 + k) }
    }
    turned = target
    store = PlaneStore(descriptor: target.descriptor, base: 0, size: size, elementBytes: 8, subject: "scratch file")
  }
}
