import Foundation
final class SliceScratch {
  let size: (Int, Int, Int)
  private var done: [Int: Int] = [:]
  private var data: [Int: [Double]] = [:]
  init(size: (Int, Int, Int), frames: Int, folder: URL?, subject: String) throws { self.size = size }
  var byteCount: Int { 0 }
  func isComplete(frame: Int) -> Bool { done[frame] == size.2 }
  func write(_ slice: VolumeSlice, at k: Int, across axis: VoxelAxis, frame: Int) throws {}
  func read(_ index: Int, across axis: VoxelAxis, frame: Int) throws -> VolumeSlice { VolumeSlice(width: 0, height: 0, values: []) }
}
