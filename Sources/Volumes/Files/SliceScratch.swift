import Foundation

/// A volume of doubles on the disk, for slices that come or go across another axis than the one that a format stores.
///
/// The file has no name and goes with the process.
package final class SliceScratch {
  private let file: ScratchFile
  private let store: PlaneStore
  private let size: (Int, Int, Int)
  private var written: [Set<Int>]
  private var writtenAxis: VoxelAxis?

  package init(size: (Int, Int, Int), frames: Int, folder: URL?, subject: String) throws {
    let bytes = [size.0, size.1, size.2, frames, 8].reduce((product: 1, overflow: false)) {
      let (product, overflow) = $0.product.multipliedReportingOverflow(by: $1)
      return (product, $0.overflow || overflow)
    }
    guard !bytes.overflow else {
      throw VolumeError(.unsupported, subject: subject, reason: "the volume is too large for a scratch file")
    }
    file = try ScratchFile(in: folder)
    store = PlaneStore(descriptor: file.descriptor, base: 0, size: size, elementBytes: 8, subject: "scratch file")
    self.size = size
    written = Array(repeating: [], count: frames)
  }

  package var byteCount: Int { file.bytes }

  private func count(_ axis: VoxelAxis) -> Int { [size.0, size.1, size.2][axis.rawValue] }

  /// Whether every slice of the frame has come. All slices of one volume come across the same axis.
  package func isComplete(frame: Int) -> Bool {
    guard let writtenAxis else { return false }
    return written[frame].count == count(writtenAxis)
  }

  package func write(_ slice: VolumeSlice, at index: Int, across axis: VoxelAxis, frame: Int) throws {
    precondition(writtenAxis == nil || writtenAxis == axis, "the slices of one volume come across one axis")
    writtenAxis = axis
    written[frame].insert(index)
    try store.writePlane(slice.values.withUnsafeBytes { Array($0) }, index, across: axis, frame: frame)
  }

  package func read(_ index: Int, across axis: VoxelAxis, frame: Int) throws -> VolumeSlice {
    try store.flush()
    let (width, height) = (count(axis.inPlane.x), count(axis.inPlane.y))
    let values = try store.withPlane(index, across: axis, frame: frame) { bytes in
      [Double](unsafeUninitializedCapacity: width * height) { buffer, count in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
        count = width * height
      }
    }
    return VolumeSlice(width: width, height: height, values: values)
  }
}
