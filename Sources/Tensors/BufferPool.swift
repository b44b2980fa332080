import Foundation

/// Recycled memory: what one step of a network lets go of, the next one takes, so that no step pays for fresh pages.
///
/// `@unchecked Sendable`: every access to the lists is under `lock`.
public final class BufferPool: @unchecked Sendable {
  private let lock = NSLock()
  private var free: [Int: [UnsafeMutablePointer<Float>]] = [:]
  private var held = 0

  /// An empty pool.
  public init() {}

  deinit { release() }

  /// Bytes that wait for their next use.
  public var idleBytes: Int { lock.withLock { held * MemoryLayout<Float>.stride } }

  /// Gives all idle memory back to the system.
  public func release() {
    lock.withLock {
      for pointers in free.values { pointers.forEach(Self.free) }
      free = [:]
      held = 0
    }
  }

  /// Sizes are rounded up to one in eight, so that nearly equal requests share buffers.
  static func capacity(for count: Int) -> Int {
    let least = max(count, 1024)
    let step = 1 << max(0, (Int.bitWidth - 1 - least.leadingZeroBitCount) - 3)
    return (least + step - 1) / step * step
  }

  /// The smallest idle buffer that fits, if it is at most eight times too large; otherwise fresh memory.
  func take(_ count: Int) -> (UnsafeMutablePointer<Float>, Int) {
    let wanted = Self.capacity(for: count)
    let recycled: (UnsafeMutablePointer<Float>, Int)? = lock.withLock {
      var best: Int?
      for (capacity, pointers) in free where capacity >= wanted && capacity <= 8 * wanted && !pointers.isEmpty {
        if best.map({ capacity < $0 }) ?? true { best = capacity }
      }
      guard let best, let pointer = free[best]?.popLast() else { return nil }
      held -= best
      return (pointer, best)
    }
    return recycled ?? (Self.allocate(wanted), wanted)
  }

  func give(back pointer: UnsafeMutablePointer<Float>, capacity: Int) {
    lock.withLock {
      free[capacity, default: []].append(pointer)
      held += capacity
    }
  }

  /// Large blocks start on a huge page and ask for huge ones: a convolution walks megabytes per row of tiles.
  static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let huge = 1 << 21
    let isLarge = bytes >= 2 * huge
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: isLarge ? huge : 64)
    #if os(Linux)
      if isLarge { madvise(raw, bytes, Int32(MADV_HUGEPAGE)) }
    #endif
    return raw.bindMemory(to: Float.self, capacity: max(count, 1))
  }

  static func free(_ pointer: UnsafeMutablePointer<Float>) { UnsafeMutableRawPointer(pointer).deallocate() }
}
