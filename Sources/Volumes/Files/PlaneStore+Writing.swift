import Foundation

/// Writing by planes across any axis, each voxel to its final place. Where planes come across i or j in great numbers and go across k,
/// `PlaneSpool` takes far fewer system calls.
extension PlaneStore {
  /// Takes one plane's bytes. Planes across i and j wait until a block is full; `flush()` writes the rest.
  func writePlane(_ bytes: [UInt8], _ index: Int, across axis: VoxelAxis, frame: Int) throws {
    precondition(bytes.count == planeBytes(across: axis), "a plane has the size of the volume's planes")
    block = nil
    if axis == .k {
      try bytes.withUnsafeBytes {
        try writeFully(descriptor, $0, at: offset(frame: frame, k: index), subject: subject)
      }
      return
    }
    if axis != waitingAxis { try flush() }
    waitingAxis = axis
    waiting.append((index, frame, bytes))
    if waiting.count >= planesPerBlock(across: axis) { try flush() }
  }

  func flush() throws {
    let planes = waiting.sorted { ($0.frame, $0.index) < ($1.frame, $1.index) }
    waiting = []
    var start = 0
    while start < planes.count {
      var end = start + 1
      while end < planes.count, planes[end].frame == planes[start].frame,
        planes[end].index == planes[start].index + (end - start)
      {
        end += 1
      }
      try store(planes[start..<end].map(\.bytes), from: planes[start].index, frame: planes[start].frame)
      start = end
    }
  }

  private func store(_ planes: [[UInt8]], from first: Int, frame: Int) throws {
    let pieceBytes = waitingAxis == .j ? rowBytes : elementBytes
    let run = UnsafeMutableRawBufferPointer.allocate(byteCount: planes.count * pieceBytes, alignment: 16)
    defer { run.deallocate() }
    for k in 0..<size.2 {
      // Across j a run of planes is a run of rows in slice k; across i it is a run of voxels in each row of slice k.
      for row in 0..<(waitingAxis == .j ? 1 : size.1) {
        for (plane, bytes) in planes.enumerated() {
          let source = waitingAxis == .j ? k * rowBytes : (k * size.1 + row) * elementBytes
          bytes.withUnsafeBytes {
            _ = memcpy(run.baseAddress! + plane * pieceBytes, $0.baseAddress! + source, pieceBytes)
          }
        }
        let at =
          offset(frame: frame, k: k) + (waitingAxis == .j ? first * rowBytes : row * rowBytes + first * elementBytes)
        try writeFully(descriptor, UnsafeRawBufferPointer(run), at: at, subject: subject)
      }
    }
  }
}
