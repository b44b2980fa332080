import Foundation

/// The voxels of a volume at a place in a file, in NIfTI's order, read by planes across any axis.
///
/// Across k a plane lies in one piece. Across i and j its voxels are scattered, and one plane at a time would touch the whole
/// file for each: neighbouring planes are therefore read in blocks of `blockBytes` or eight planes, whichever is more. Both depend
/// on the size of a plane alone, not on how many there are.
package final class PlaneStore {
  package static let blockBytes = 4 << 20

  let descriptor: Int32
  let base: Int
  let size: (Int, Int, Int)
  let elementBytes: Int
  /// What the file is called in errors.
  let subject: String

  var block: (axis: VoxelAxis, frame: Int, planes: Range<Int>, bytes: [UInt8])?
  /// Planes across i or j on their way to the file.
  var waiting: [(index: Int, frame: Int, bytes: [UInt8])] = []
  var waitingAxis = VoxelAxis.k

  /// The caller has checked that the product of all sizes fits an `Int`.
  init(descriptor: Int32, base: Int, size: (Int, Int, Int), elementBytes: Int, subject: String) {
    self.descriptor = descriptor
    self.base = base
    self.size = size
    self.elementBytes = elementBytes
    self.subject = subject
  }

  func count(_ axis: VoxelAxis) -> Int { [size.0, size.1, size.2][axis.rawValue] }
  var rowBytes: Int { size.0 * elementBytes }
  private var sliceBytes: Int { size.0 * size.1 * elementBytes }
  func offset(frame: Int, k: Int) -> Int { base + (frame * size.2 + k) * sliceBytes }

  /// Bytes of one plane across an axis.
  func planeBytes(across axis: VoxelAxis) -> Int {
    count(axis.inPlane.x) * count(axis.inPlane.y) * elementBytes
  }

  func planesPerBlock(across axis: VoxelAxis) -> Int {
    max(8, PlaneStore.blockBytes / max(1, planeBytes(across: axis)))
  }

  /// Hands one plane's stored bytes, row-major as in `VolumeSlice`, to `body`.
  func withPlane<R>(_ index: Int, across axis: VoxelAxis, frame: Int, _ body: (UnsafeRawBufferPointer) throws -> R)
    throws
    -> R
  {
    let length = planeBytes(across: axis)
    if block?.axis != axis || block?.frame != frame || block?.planes.contains(index) != true {
      var bytes = block?.bytes ?? []
      block = nil
      let count = axis == .k ? 1 : min(planesPerBlock(across: axis), self.count(axis) - index)
      if bytes.count != count * length { bytes = [UInt8](repeating: 0, count: count * length) }
      try bytes.withUnsafeMutableBytes { try load(index..<index + count, across: axis, frame: frame, into: $0) }
      block = (axis, frame, index..<index + count, bytes)
    }
    let start = (index - block!.planes.lowerBound) * length
    return try block!.bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[start..<start + length])) }
  }

  private func load(
    _ planes: Range<Int>, across axis: VoxelAxis, frame: Int, into out: UnsafeMutableRawBufferPointer
  ) throws {
    let length = planeBytes(across: axis)
    switch axis {
    case .k:
      try read(out, at: offset(frame: frame, k: planes.lowerBound))
    case .j:
      let rows = UnsafeMutableRawBufferPointer.allocate(byteCount: planes.count * rowBytes, alignment: 16)
      defer { rows.deallocate() }
      for k in 0..<size.2 {
        try read(rows, at: offset(frame: frame, k: k) + planes.lowerBound * rowBytes)
        for plane in 0..<planes.count {
          memcpy(out.baseAddress! + plane * length + k * rowBytes, rows.baseAddress! + plane * rowBytes, rowBytes)
        }
      }
    case .i:
      let rowsAtOnce = max(1, min(size.1, (1 << 20) / max(1, rowBytes)))
      let rows = UnsafeMutableRawBufferPointer.allocate(byteCount: rowsAtOnce * rowBytes, alignment: 16)
      defer { rows.deallocate() }
      for k in 0..<size.2 {
        for first in stride(from: 0, to: size.1, by: rowsAtOnce) {
          let count = min(rowsAtOnce, size.1 - first)
          try read(
            UnsafeMutableRawBufferPointer(rebasing: rows[..<(count * rowBytes)]),
            at: offset(frame: frame, k: k) + first * rowBytes)
          for row in 0..<count {
            let source = rows.baseAddress! + row * rowBytes + planes.lowerBound * elementBytes
            let target = out.baseAddress! + (k * size.1 + first + row) * elementBytes
            for plane in 0..<planes.count {
              copyElement(from: source + plane * elementBytes, to: target + plane * length)
            }
          }
        }
      }
    }
  }

  private func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws {
    let got = try readFully(descriptor, into: buffer, at: offset, subject: subject)
    guard got == buffer.count else {
      throw VolumeError(
        .truncated, subject: subject,
        reason: "the voxels break off at byte \(offset + got), \(buffer.count - got) bytes early; copy the file again")
    }
  }

  @inline(__always)
  private func copyElement(from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
    switch elementBytes {
    case 1: target.storeBytes(of: source.load(as: UInt8.self), as: UInt8.self)
    case 2: target.storeBytes(of: source.loadUnaligned(as: UInt16.self), as: UInt16.self)
    case 4: target.storeBytes(of: source.loadUnaligned(as: UInt32.self), as: UInt32.self)
    default: memcpy(target, source, elementBytes)
    }
  }
}
