import Foundation

/// Planes of a volume in a scratch file, each in one piece as it came, given back as planes across k.
///
/// Writing planes across i or j to their final places would take a system call for every voxel or row; turned round like this,
/// giving back takes one call per row of a plane, and memory is one plane.
final class PlaneSpool {
  private let scratch: ScratchFile
  private let size: (Int, Int, Int)
  private let axis: VoxelAxis
  private let elementBytes: Int

  /// - Parameter axis: the one that all planes lie across.
  init(_ scratch: ScratchFile, size: (Int, Int, Int), axis: VoxelAxis, elementBytes: Int) {
    self.scratch = scratch
    self.size = size
    self.axis = axis
    self.elementBytes = elementBytes
  }

  private func count(_ axis: VoxelAxis) -> Int { [size.0, size.1, size.2][axis.rawValue] }
  private var rowBytes: Int { count(axis.inPlane.x) * elementBytes }
  private var planeBytes: Int { rowBytes * count(axis.inPlane.y) }

  /// - Parameter plane: frame × number of planes + index.
  func write(_ bytes: [UInt8], plane: Int) throws {
    precondition(bytes.count == planeBytes, "a plane has the size of the volume's planes")
    try bytes.withUnsafeBytes {
      try writeFully(scratch.descriptor, $0, at: plane * planeBytes, subject: scratch.subject)
    }
  }

  /// The plane (i, j) across k at `k`.
  func slice(_ k: Int, frame: Int) throws -> [UInt8] {
    var slice = [UInt8](repeating: 0, count: size.0 * size.1 * elementBytes)
    let first = frame * count(axis)
    try slice.withUnsafeMutableBytes { out in
      switch axis {
      case .k:
        try read(out, at: (first + k) * planeBytes)
      case .j:
        for j in 0..<size.1 {
          let row = UnsafeMutableRawBufferPointer(rebasing: out[(j * rowBytes)..<((j + 1) * rowBytes)])
          try read(row, at: (first + j) * planeBytes + k * rowBytes)
        }
      case .i:
        let column = UnsafeMutableRawBufferPointer.allocate(byteCount: rowBytes, alignment: 16)
        defer { column.deallocate() }
        for i in 0..<size.0 {
          try read(column, at: (first + i) * planeBytes + k * rowBytes)
          for j in 0..<size.1 {
            let target = out.baseAddress! + (j * size.0 + i) * elementBytes
            if elementBytes == 4 {
              target.storeBytes(of: column.load(fromByteOffset: j * 4, as: UInt32.self), as: UInt32.self)
            } else {
              memcpy(target, column.baseAddress! + j * elementBytes, elementBytes)
            }
          }
        }
      }
    }
    return slice
  }

  private func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws {
    let got = try readFully(scratch.descriptor, into: buffer, at: offset, subject: scratch.subject)
    guard got == buffer.count else {
      throw VolumeError(.unreadable, subject: scratch.subject, reason: "ends early; was it tampered with?")
    }
  }
}
