extension Tensor {
  /// The channels in `range`, sharing memory.
  public func channels(_ range: Range<Int>) -> Tensor {
    precondition(range.lowerBound >= 0 && range.upperBound <= c, "channels \(range) of \(c)")
    return Tensor(
      storage: storage, offset: offset + range.lowerBound, n: n, h: h, w: w, c: range.count, pixelStride: pixelStride)
  }

  /// The items in `range`, sharing memory.
  public func items(_ range: Range<Int>) -> Tensor {
    precondition(range.lowerBound >= 0 && range.upperBound <= n, "items \(range) of \(n)")
    return Tensor(
      storage: storage, offset: offset + range.lowerBound * h * w * pixelStride, n: range.count, h: h, w: w, c: c,
      pixelStride: pixelStride)
  }

  /// The same contiguous values under another shape of the same count.
  public func reshaped(n: Int, h: Int, w: Int, c: Int) -> Tensor {
    precondition(isContiguous && n * h * w * c == count, "only contiguous values take another shape")
    return Tensor(storage: storage, offset: offset, n: n, h: h, w: w, c: c)
  }

  /// A copy of the values, `[n, h, w, c]` in that order.
  public func values() -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      if let base = buffer.baseAddress {
        for pixel in 0..<pixels {
          (base + pixel * c).initialize(from: pointer + pixel * pixelStride, count: c)
        }
      }
      filled = count
    }
  }

  /// A contiguous copy of `[n, c, h, w]` values, as PyTorch keeps images.
  public init(channelsFirst values: [Float], n: Int, c: Int, h: Int, w: Int) {
    precondition(values.count == n * h * w * c, "\(values.count) values do not fill [\(n), \(c), \(h), \(w)]")
    self.init(n: n, h: h, w: w, c: c)
    for i in 0..<n {
      for k in 0..<c {
        for p in 0..<h * w { pointer[(i * h * w + p) * c + k] = values[(i * c + k) * h * w + p] }
      }
    }
  }

  /// A copy of the values as `[n, c, h, w]`.
  public func channelsFirstValues() -> [Float] {
    var values = [Float](repeating: 0, count: count)
    for i in 0..<n {
      for k in 0..<c {
        for p in 0..<h * w { values[(i * c + k) * h * w + p] = pointer[(i * h * w + p) * pixelStride + k] }
      }
    }
    return values
  }

  /// Copies the values of `other`, which has the same shape.
  public func copy(from other: Tensor) {
    precondition(shape == other.shape, "\(other.shape) does not fit \(shape)")
    if isContiguous && other.isContiguous {
      pointer.update(from: other.pointer, count: count)
    } else {
      for p in 0..<pixels { (pointer + p * pixelStride).update(from: other.pointer + p * other.pixelStride, count: c) }
    }
  }

  /// Sets every value.
  public func fill(_ value: Float) {
    if isContiguous {
      pointer.update(repeating: value, count: count)
    } else {
      for p in 0..<pixels { (pointer + p * pixelStride).update(repeating: value, count: c) }
    }
  }
}
