/// A block of Float32 values with shape `[n, h, w, c]`, channels last.
///
/// A tensor is a view: `pixelStride` is the distance in values between neighbouring pixels, so that a range of channels of a wider
/// tensor (a skip connection, a dense block's growing input) is itself a tensor and concatenation copies nothing.
///
/// Pixels follow one another in rows, rows in items: pixel (i, y, x) starts at `offset + ((i·h + y)·w + x)·pixelStride`.
public struct Tensor: Sendable {
  /// Where the values lie, perhaps with other tensors' values.
  public let storage: TensorStorage
  /// Of the first value in the storage, in values.
  public let offset: Int
  /// Items.
  public let n: Int
  /// Rows.
  public let h: Int
  /// Columns.
  public let w: Int
  /// Channels, which vary fastest.
  public let c: Int
  /// Values from one pixel to the next; `c` where the tensor is contiguous.
  public let pixelStride: Int

  /// A view of `storage`, which must hold all of it.
  public init(storage: TensorStorage, offset: Int = 0, n: Int, h: Int, w: Int, c: Int, pixelStride: Int? = nil) {
    let stride = pixelStride ?? c
    precondition(
      n >= 0 && h >= 0 && w >= 0 && c >= 0 && stride >= c && offset >= 0, "a tensor's extents are not negative")
    precondition(
      n * h * w == 0 || offset + (n * h * w - 1) * stride + c <= storage.count, "a tensor lies within its storage")
    self.storage = storage
    self.offset = offset
    self.n = n
    self.h = h
    self.w = w
    self.c = c
    self.pixelStride = stride
  }

  /// A contiguous tensor with memory of its own, whose values are undefined until written.
  public init(n: Int, h: Int, w: Int, c: Int) {
    self.init(storage: TensorStorage(count: n * h * w * c), n: n, h: h, w: w, c: c)
  }

  /// A contiguous tensor holding `values`, `[n, h, w, c]` in that order.
  public init(_ values: [Float], n: Int, h: Int, w: Int, c: Int) {
    precondition(values.count == n * h * w * c, "\(values.count) values do not fill [\(n), \(h), \(w), \(c)]")
    self.init(n: n, h: h, w: w, c: c)
    values.withUnsafeBufferPointer { from in
      if let base = from.baseAddress { storage.pointer.update(from: base, count: from.count) }
    }
  }

  /// Number of values.
  public var count: Int { n * h * w * c }
  /// Number of pixels, over all items.
  public var pixels: Int { n * h * w }
  /// Whether the values lie without gaps.
  public var isContiguous: Bool { pixelStride == c || pixels <= 1 }
  /// The first value.
  public var pointer: UnsafeMutablePointer<Float> { storage.pointer + offset }
  /// The shape as an array, `[n, h, w, c]`.
  public var shape: [Int] { [n, h, w, c] }
}
