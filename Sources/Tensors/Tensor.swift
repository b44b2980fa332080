/// A block of Float32 values with shape `[n, h, w, c]`, channels last.
///
/// A tensor is a view: `pixelStride` is the distance in values between neighbouring pixels, so that a range of channels of a wider
/// tensor (a skip connection, a dense block's growing input) is itself a tensor and concatenation copies nothing.
public struct Tensor {
  public let storage: TensorStorage
  public let offset: Int
  public let n: Int
  public let h: Int
  public let w: Int
  public let c: Int
  public let pixelStride: Int
}

/// The memory behind one or several tensors. Returned to its pool when the last tensor lets go of it.
public final class TensorStorage {
  public let pointer: UnsafeMutablePointer<Float>
  public let count: Int

  public init(count: Int) {
    self.pointer = .allocate(capacity: count)
    self.count = count
  }

  deinit { pointer.deallocate() }
}
