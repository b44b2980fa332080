extension AxisWeights {
  /// The transpose of `appliedToRows`: `outputs.count` rows of `width` values become `count` rows.
  package func transposedToRows(of image: [Double], width: Int, count: Int) -> [Double] {
    precondition(image.count == outputs.count * width && inputs.upperBound <= count, "rows of the outputs")
    var result = [Double](repeating: 0, count: count * width)
    image.withUnsafeBufferPointer { image in
      result.withUnsafeMutableBufferPointer { result in
        for o in 0..<outputs.count {
          for (k, weight) in weights[o].enumerated() where weight != 0 {
            let to = (firsts[o] + k) * width
            for x in 0..<width { result[to + x] += weight * image[o * width + x] }
          }
        }
      }
    }
    return result
  }

  /// The transpose of `appliedToColumns`: `outputs.count` values per row become `count`.
  package func transposedToColumns(of image: [Double], height: Int, count: Int) -> [Double] {
    precondition(image.count == outputs.count * height && inputs.upperBound <= count, "columns of the outputs")
    var result = [Double](repeating: 0, count: count * height)
    image.withUnsafeBufferPointer { image in
      result.withUnsafeMutableBufferPointer { result in
        for y in 0..<height {
          for o in 0..<outputs.count {
            let value = image[y * outputs.count + o]
            let to = y * count + firsts[o]
            for (k, weight) in weights[o].enumerated() { result[to + k] += weight * value }
          }
        }
      }
    }
    return result
  }
}
