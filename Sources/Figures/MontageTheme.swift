/// Colours and text sizes of a montage.
struct MontageTheme {
  let ground: Colour
  let title: TextStyle
  let subtitle: TextStyle
  let caption: TextStyle
  let tick: TextStyle
  let footer: TextStyle
  let frame: Colour
  let accent: Colour
  /// What `Montage.textScale` makes of one pixel.
  let unit: Double

  init(isDark: Bool, textScale: Double) {
    let scale = textScale.isFinite ? min(max(textScale, 0.25), 16) : 1
    unit = scale
    let ink = isDark ? Colour(hex: 0xF2F2F2) : Colour(hex: 0x16181C)
    let soft = isDark ? Colour(hex: 0xB9BDC4) : Colour(hex: 0x50555E)
    ground = isDark ? Colour(hex: 0x111317) : .white
    frame = isDark ? Colour(hex: 0x3A3F47) : Colour(hex: 0xC4C8CE)
    accent = Colour(hex: 0xFFC845)
    title = TextStyle(size: 20 * scale, isBold: true, colour: ink)
    subtitle = TextStyle(size: 14 * scale, colour: soft)
    caption = TextStyle(size: 14 * scale, colour: ink)
    tick = TextStyle(size: 12 * scale, colour: ink)
    footer = TextStyle(size: 12 * scale, colour: soft)
  }

  /// A length in whole pixels.
  func pixels(_ length: Double) -> Double { (length * unit).rounded() }
  var margin: Double { pixels(16) }
  var gap: Double { pixels(14) }
  func lineHeight(_ style: TextStyle) -> Double { (style.size * 1.3).rounded(.up) }
}
