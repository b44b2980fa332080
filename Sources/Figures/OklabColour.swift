#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A colour in Oklab, a space in which equal distances look equally large
/// (B. Ottosson, "A perceptual color space for image processing", 2020; matrices of that page).
package struct OklabColour: Equatable {
  package var lightness: Double
  package var a: Double
  package var b: Double

  package init(lightness: Double, a: Double, b: Double) {
    self.lightness = lightness
    self.a = a
    self.b = b
  }

  /// From lightness (0…1), chroma and hue in degrees.
  package init(lightness: Double, chroma: Double, hue: Double) {
    let angle = hue * .pi / 180
    self.init(lightness: lightness, a: chroma * cos(angle), b: chroma * sin(angle))
  }

  /// From sRGB.
  package init(_ colour: Colour) {
    func linear(_ v: Double) -> Double { v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4) }
    let r = linear(colour.red)
    let g = linear(colour.green)
    let bl = linear(colour.blue)
    let l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * bl)
    let m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * bl)
    let s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * bl)
    self.init(
      lightness: 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
      a: 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
      b: 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s)
  }

  /// As sRGB; components may lie outside 0…1 when the screen cannot show the colour.
  package var colour: Colour {
    func cube(_ v: Double) -> Double { v * v * v }
    func encoded(_ v: Double) -> Double {
      v <= 0.0031308 ? 12.92 * v : 1.055 * pow(v, 1 / 2.4) - 0.055
    }
    let l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b)
    let m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b)
    let s = cube(lightness - 0.0894841775 * a - 1.2914855480 * b)
    return Colour(
      red: encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
      green: encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
      blue: encoded(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s))
  }

  /// Whether a screen can show it.
  package var isDisplayable: Bool {
    let c = colour
    let range = -1e-6...1.000001
    return range.contains(c.red) && range.contains(c.green) && range.contains(c.blue)
  }

  /// The same lightness and hue with the chroma brought inside what a screen can show.
  package var fitted: OklabColour {
    if isDisplayable { return self }
    var inside = 0.0
    var outside = 1.0
    for _ in 0..<30 {
      let middle = (inside + outside) / 2
      let candidate = OklabColour(lightness: lightness, a: a * middle, b: b * middle)
      if candidate.isDisplayable { inside = middle } else { outside = middle }
    }
    return OklabColour(lightness: lightness, a: a * inside, b: b * inside)
  }

  package func distance(to other: OklabColour) -> Double {
    let dl = lightness - other.lightness
    let da = a - other.a
    let db = b - other.b
    return (dl * dl + da * da + db * db).squareRoot()
  }
}
