#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// exp(−x²/2σ²) at −radius…radius, divided by its sum.
func gaussianWeights(sigma: Double, radius: Int) -> [Double] {
  let raw = (-radius...radius).map { exp(-0.5 * Double($0 * $0) / (sigma * sigma)) }
  let total = raw.reduce(0, +)
  return raw.map { $0 / total }
}

/// The weighted mean over the window about every pixel whose window lies inside: no boundary rule is needed.
/// The result has `width − weights.count + 1` columns and `height − weights.count + 1` rows.
func interiorFiltered(_ values: [Double], width: Int, height: Int, weights: [Double]) -> [Double] {
  let n = weights.count
  let columns = width - n + 1
  let rows = height - n + 1
  var across = [Double](repeating: 0, count: columns * height)
  var result = [Double](repeating: 0, count: columns * rows)
  values.withUnsafeBufferPointer { source in
    across.withUnsafeMutableBufferPointer { target in
      for y in 0..<height {
        for x in 0..<columns {
          var sum = 0.0
          for k in 0..<n { sum += weights[k] * source[y * width + x + k] }
          target[y * columns + x] = sum
        }
      }
    }
  }
  across.withUnsafeBufferPointer { source in
    result.withUnsafeMutableBufferPointer { target in
      for y in 0..<rows {
        for x in 0..<columns {
          var sum = 0.0
          for k in 0..<n { sum += weights[k] * source[(y + k) * columns + x] }
          target[y * columns + x] = sum
        }
      }
    }
  }
  return result
}
