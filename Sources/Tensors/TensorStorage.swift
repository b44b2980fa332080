/// The memory behind one or several tensors. Returned to its pool when the last tensor lets go of it.
///
/// `@unchecked Sendable`: an operation writes the tensor it makes before anybody else sees it; afterwards the values are only read.
public final class TensorStorage: @unchecked Sendable {
  /// The first value.
  public let pointer: UnsafeMutablePointer<Float>
  /// Values that may be used.
  public let count: Int
  private let capacity: Int
  private let pool: BufferPool?

  /// Memory of its own, aligned to a cache line, values undefined.
  public init(count: Int) {
    self.count = count
    self.capacity = count
    self.pointer = BufferPool.allocate(count)
    self.pool = nil
  }

  init(count: Int, from pool: BufferPool) {
    self.count = count
    (self.pointer, self.capacity) = pool.take(count)
    self.pool = pool
  }

  deinit {
    if let pool { pool.give(back: pointer, capacity: capacity) } else { BufferPool.free(pointer) }
  }
}
