import Tensors

/// A region of an image with a soft border, for pasting one image into another.
///
/// The weight is 1 in the region and falls evenly to 0 over `margin` pixels around it; it is exactly 0 beyond, so that nothing changes
/// there. Distance counts the larger of rows and columns.
public struct FeatheredRegion: Sendable, Equatable {
  /// Rows, in pixels.
  public let height: Int
  /// Columns, in pixels.
  public let width: Int
  /// `height` × `width`, 0…1.
  public let weights: [Float]

  /// - Parameters:
  ///   - region: which pixels belong to it, row by row.
  ///   - margin: width of the border in pixels, 0 for a hard edge.
  /// - Precondition: `region` has `height · width` entries, `margin` is not negative.
  public init(_ region: [Bool], height: Int, width: Int, margin: Int) {
    precondition(region.count == height * width && margin >= 0, "a region of \(height) × \(width), not \(region.count)")
    // A square's distance is that along rows, then along columns; nothing beyond the margin matters.
    let far = margin + 1
    var distance = region.map { $0 ? 0 : far }
    func sweep(_ indices: some Collection<Int>) {
      var last = far
      for i in indices {
        last = min(distance[i], last + 1)
        distance[i] = last
      }
    }
    for y in 0..<height {
      sweep(y * width..<(y + 1) * width)
      sweep((y * width..<(y + 1) * width).reversed())
    }
    var square = distance
    for y in 0..<height {
      for x in 0..<width {
        var nearest = far
        for other in max(0, y - margin)..<min(height, y + margin + 1) {
          nearest = min(nearest, max(distance[other * width + x], abs(other - y)))
        }
        square[y * width + x] = nearest
      }
    }
    self.height = height
    self.width = width
    weights = square.map { Float(far - $0) / Float(far) }
  }

  /// `inside` where the weight is 1, `outside` where it is 0, both to the bit; the weighted mean between.
  ///
  /// - Parameter inside, outside: `[items, height, width, channels]` each, contiguous.
  public func blended(_ inside: Tensor, over outside: Tensor) -> Tensor {
    precondition(
      inside.shape == outside.shape && inside.h == height && inside.w == width && inside.isContiguous
        && outside.isContiguous, "two images of \(height) × \(width)")
    let result = Tensor(n: inside.n, h: height, w: width, c: inside.c)
    let (a, b, target) = (inside.pointer, outside.pointer, result.pointer)
    for i in 0..<result.count {
      let weight = weights[i / inside.c % weights.count]
      target[i] =
        weight == 1
        ? a[i] : weight == 0 ? b[i] : Float(Double(weight) * Double(a[i]) + Double(1 - weight) * Double(b[i]))
    }
    return result
  }
}
