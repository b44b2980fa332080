extension Engine {
  /// The sum of the squares of a contiguous tensor's values, in Float64, in an order that does not depend on the threads.
  public func sumOfSquares(_ x: Tensor) -> Double {
    precondition(x.isContiguous, "the values lie without gaps")
    let piece = 1 << 15
    let sums = Tensor(n: 1, h: 1, w: 1, c: 2 * max(1, (x.count + piece - 1) / piece))
    concurrently((x.count + piece - 1) / piece) { index in
      let values = x.pointer + index * piece
      let count = min(piece, x.count - index * piece)
      var lanes = SIMD8<Double>.zero
      var i = 0
      while i + 8 <= count {
        let block = UnsafeRawPointer(values + i).loadUnaligned(as: SIMD8<Float>.self)
        let wide = SIMD8<Double>(block)
        lanes += wide * wide
        i += 8
      }
      var sum = lanes.sum()
      while i < count {
        sum += Double(values[i]) * Double(values[i])
        i += 1
      }
      // One Double in the place of two Floats.
      UnsafeMutableRawPointer(sums.pointer + 2 * index).storeBytes(of: sum, as: Double.self)
    }
    return (0..<sums.count / 2).reduce(0) {
      $0 + (x.count == 0 ? 0 : UnsafeRawPointer(sums.pointer + 2 * $1).load(as: Double.self))
    }
  }
}
