/// A continuous scale of colours for numbers in 0…1, kept as 256 entries.
///
/// The coloured maps are computed here, not taken from a table: a path through Oklab along which lightness only rises
/// (or, in the diverging map, rises and falls about the middle), walked in steps of equal perceived length. So a
/// difference of 0.1 looks as large at the dark end as at the bright end, and a gray print keeps the order.
public struct ColourMap: Hashable, Sendable, CustomStringConvertible {
  /// The name, for provenance.
  public let name: String
  /// 256 colours from 0 to 1, rounded to bytes.
  public let entries: [Colour]

  /// The name.
  public var description: String { name }

  /// Black to white, linear in the stored value as grayscale displays expect.
  public static let gray = ColourMap(name: "gray", entries: (0..<256).map { Colour(gray: Double($0) / 255) })

  /// Near-black over violet, red and orange to pale yellow: for magnitudes such as σ, on a dark ground.
  public static let ember = ColourMap(
    name: "ember",
    path: [
      OklabColour(lightness: 0.10, chroma: 0.02, hue: 285), OklabColour(lightness: 0.27, chroma: 0.12, hue: 292),
      OklabColour(lightness: 0.45, chroma: 0.17, hue: 340), OklabColour(lightness: 0.62, chroma: 0.18, hue: 20),
      OklabColour(lightness: 0.77, chroma: 0.15, hue: 55), OklabColour(lightness: 0.88, chroma: 0.12, hue: 85),
      OklabColour(lightness: 0.97, chroma: 0.06, hue: 103),
    ])

  /// Dark blue over teal and green to yellow: a second scale for magnitudes, readable with any colour vision.
  public static let meadow = ColourMap(
    name: "meadow",
    path: [
      OklabColour(lightness: 0.18, chroma: 0.07, hue: 275), OklabColour(lightness: 0.36, chroma: 0.10, hue: 255),
      OklabColour(lightness: 0.54, chroma: 0.10, hue: 210), OklabColour(lightness: 0.71, chroma: 0.13, hue: 158),
      OklabColour(lightness: 0.84, chroma: 0.16, hue: 123), OklabColour(lightness: 0.95, chroma: 0.12, hue: 103),
    ])

  /// Blue over near-white to red, symmetric in lightness about 0.5: for signed differences.
  public static let balance = ColourMap(
    name: "balance",
    path: [
      OklabColour(lightness: 0.35, chroma: 0.13, hue: 262), OklabColour(lightness: 0.62, chroma: 0.14, hue: 250),
      OklabColour(lightness: 0.96, chroma: 0.005, hue: 95), OklabColour(lightness: 0.62, chroma: 0.17, hue: 32),
      OklabColour(lightness: 0.35, chroma: 0.13, hue: 25),
    ])

  /// The colour at `position`; below 0 the first, above 1 the last, not a number: the first.
  public func colour(at position: Double) -> Colour { entries[index(at: position)] }

  /// The entry that `position` in 0…1 falls on.
  public func index(at position: Double) -> Int {
    position > 0 ? Int((min(position, 1) * 255).rounded()) : 0
  }

  private init(name: String, entries: [Colour]) {
    self.name = name
    self.entries = entries
  }

  /// Walks the polygon through `path`, rounded at its corners, in 255 steps of equal Oklab distance.
  private init(name: String, path: [OklabColour]) {
    let fine = Self.smoothed(path, count: 4096).map(\.fitted)
    var lengths = [0.0]
    for i in 1..<fine.count { lengths.append(lengths[i - 1] + fine[i].distance(to: fine[i - 1])) }
    let total = lengths[lengths.count - 1]
    var entries: [Colour] = []
    var segment = 1
    for step in 0..<256 {
      let wanted = total * Double(step) / 255
      while segment < lengths.count - 1, lengths[segment] < wanted { segment += 1 }
      let share = (wanted - lengths[segment - 1]) / (lengths[segment] - lengths[segment - 1])
      let p = fine[segment - 1]
      let q = fine[segment]
      let exact = OklabColour(
        lightness: p.lightness + (q.lightness - p.lightness) * share, a: p.a + (q.a - p.a) * share,
        b: p.b + (q.b - p.b) * share
      ).colour.bytes
      entries.append(
        Colour(hex: UInt32(exact.red) << 16 | UInt32(exact.green) << 8 | UInt32(exact.blue)))
    }
    self.init(name: name, entries: entries)
  }

  /// Points on a Catmull–Rom curve through `path`, ends included. Lightness stays linear between the given points, so
  /// that it never overshoots.
  private static func smoothed(_ path: [OklabColour], count: Int) -> [OklabColour] {
    func spline(_ p0: Double, _ p1: Double, _ p2: Double, _ p3: Double, _ u: Double) -> Double {
      let linear = (p2 - p0) * u
      let square = (2 * p0 - 5 * p1 + 4 * p2 - p3) * u * u
      let cubic = (3 * p1 - p0 - 3 * p2 + p3) * u * u * u
      return p1 + 0.5 * (linear + square + cubic)
    }
    return (0..<count).map { i in
      let position = Double(i) / Double(count - 1) * Double(path.count - 1)
      let k = min(Int(position), path.count - 2)
      let u = position - Double(k)
      let p0 = path[max(k - 1, 0)]
      let p1 = path[k]
      let p2 = path[k + 1]
      let p3 = path[min(k + 2, path.count - 1)]
      return OklabColour(
        lightness: p1.lightness + (p2.lightness - p1.lightness) * u, a: spline(p0.a, p1.a, p2.a, p3.a, u),
        b: spline(p0.b, p1.b, p2.b, p3.b, u))
    }
  }
}
