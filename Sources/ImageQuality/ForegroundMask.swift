/// Which pixels of a plane count. The background of a skull-stripped scan is exactly 0, and an error of 0 there flatters every
/// measure: score inside the mask.
public struct ForegroundMask: Equatable, Sendable {
  /// One entry per pixel, in the plane's order.
  public var included: [Bool]

  /// A mask with one entry per pixel.
  public init(included: [Bool]) { self.included = included }

  /// Everything that is not exactly 0 (nor NaN).
  public static func nonZero(_ values: [Double]) -> ForegroundMask {
    ForegroundMask(included: values.map { $0 != 0 && !$0.isNaN })
  }

  /// Everything above a threshold, in the unit of the values.
  public static func above(_ threshold: Double, _ values: [Double]) -> ForegroundMask {
    ForegroundMask(included: values.map { $0 > threshold })
  }

  /// Everything.
  public static func all(count: Int) -> ForegroundMask {
    ForegroundMask(included: [Bool](repeating: true, count: count))
  }

  /// Pixels inside.
  public var count: Int { included.count { $0 } }

  /// Whether no pixel is inside.
  public var isEmpty: Bool { !included.contains(true) }

  /// The pixels in both.
  public func intersected(with other: ForegroundMask) -> ForegroundMask {
    precondition(included.count == other.included.count, "masks of one plane")
    return ForegroundMask(included: zip(included, other.included).map { $0 && $1 })
  }

  /// The pixels of this mask that are not in the other.
  public func subtracting(_ other: ForegroundMask) -> ForegroundMask {
    precondition(included.count == other.included.count, "masks of one plane")
    return ForegroundMask(included: zip(included, other.included).map { $0 && !$1 })
  }

  /// The pixels of this mask at which the plane is steepest: edges, as against the tissue between them.
  ///
  /// The steepness is the length of the central difference (one-sided at the border); `share` of the masked pixels, at least
  /// one, are taken, and all that are as steep as the last of them.
  public func edges(of plane: ImagePlane, share: Double) -> ForegroundMask {
    precondition(included.count == plane.values.count, "a mask of this plane")
    let w = plane.width
    let h = plane.height
    var steepness = [Double](repeating: 0, count: included.count)
    for y in 0..<h {
      for x in 0..<w where included[y * w + x] {
        let left = max(x - 1, 0)
        let right = min(x + 1, w - 1)
        let above = max(y - 1, 0)
        let below = min(y + 1, h - 1)
        let dx = (plane.values[y * w + right] - plane.values[y * w + left]) / Double(max(right - left, 1))
        let dy = (plane.values[below * w + x] - plane.values[above * w + x]) / Double(max(below - above, 1))
        let length = (dx * dx + dy * dy).squareRoot()
        steepness[y * w + x] = length.isFinite ? length : 0
      }
    }
    let sorted = included.indices.filter { included[$0] }.map { steepness[$0] }.sorted(by: >)
    guard !sorted.isEmpty else { return self }
    let taken = min(max(Int((Double(sorted.count) * share).rounded()), 1), sorted.count)
    let least = sorted[taken - 1]
    return ForegroundMask(included: included.indices.map { included[$0] && steepness[$0] >= least })
  }
}
