/// An opaque sRGB colour, each component in 0…1.
public struct Colour: Hashable, Sendable {
  /// Share of red as stored (sRGB), 0…1.
  public var red: Double
  /// Share of green as stored (sRGB), 0…1.
  public var green: Double
  /// Share of blue as stored (sRGB), 0…1.
  public var blue: Double

  /// A colour from its components, each 0…1.
  public init(red: Double, green: Double, blue: Double) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// A neutral gray, 0 black, 1 white.
  public init(gray: Double) { self.init(red: gray, green: gray, blue: gray) }

  /// The colour written as 0xRRGGBB.
  public init(hex: UInt32) {
    self.init(
      red: Double(hex >> 16 & 0xff) / 255, green: Double(hex >> 8 & 0xff) / 255, blue: Double(hex & 0xff) / 255)
  }

  /// 0, 0, 0.
  public static let black = Colour(gray: 0)
  /// 1, 1, 1.
  public static let white = Colour(gray: 1)

  /// Eight colours that people with any colour vision tell apart (Okabe and Ito, "Color Universal Design", 2008), the
  /// pale yellow replaced because it vanishes on white paper.
  public static let palette: [Colour] = [
    Colour(hex: 0x0072B2), Colour(hex: 0xD55E00), Colour(hex: 0x009E73), Colour(hex: 0xCC79A7),
    Colour(hex: 0xE69F00), Colour(hex: 0x56B4E9), Colour(hex: 0x000000), Colour(hex: 0x7A5AA6),
  ]

  /// The three components as bytes, rounded to nearest.
  public var bytes: (red: UInt8, green: UInt8, blue: UInt8) {
    (Self.byte(red), Self.byte(green), Self.byte(blue))
  }

  /// This colour mixed with another, `share` of the other (0…1), component by component as stored.
  public func mixed(with other: Colour, share: Double) -> Colour {
    Colour(
      red: red + (other.red - red) * share, green: green + (other.green - green) * share,
      blue: blue + (other.blue - blue) * share)
  }

  private static func byte(_ value: Double) -> UInt8 {
    value.isFinite ? UInt8((min(max(value, 0), 1) * 255).rounded()) : 0
  }
}
