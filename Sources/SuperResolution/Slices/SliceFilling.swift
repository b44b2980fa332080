import Volumes

/// A slice without NaN and infinities, and where they were.
package struct FilledSlice {
  /// Every value finite.
  package let values: [Double]
  /// Whether each pixel was finite in the input; `nil` when all were.
  package let valid: [Bool]?
}

extension VolumeSlice {
  /// Fills pixels that are not finite with their nearest finite neighbour's value (city-block distance), so that a network can look at
  /// the slice; a slice without any finite pixel becomes `fallback`.
  package func filled(fallback: Double) -> FilledSlice {
    guard let firstBad = values.firstIndex(where: { !$0.isFinite }) else {
      return FilledSlice(values: values, valid: nil)
    }
    var filled = values
    var valid = [Bool](repeating: true, count: values.count)
    for p in firstBad..<values.count where !values[p].isFinite { valid[p] = false }
    var known = valid
    var front = values.indices.filter { valid[$0] }
    if front.isEmpty { return FilledSlice(values: filled.map { _ in fallback }, valid: valid) }
    while !front.isEmpty {
      var next: [Int] = []
      for p in front {
        let (x, y) = (p % width, p / width)
        for (nx, ny) in [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)]
        where nx >= 0 && nx < width && ny >= 0 && ny < height && !known[ny * width + nx] {
          filled[ny * width + nx] = filled[p]
          known[ny * width + nx] = true
          next.append(ny * width + nx)
        }
      }
      front = next
    }
    return FilledSlice(values: filled, valid: valid)
  }
}
