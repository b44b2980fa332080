/// How numbers become colours.
public struct Rendering: Sendable {
  /// A second picture laid over the first, on any grid that covers the same field of view.
  public struct Overlay: Sendable {
    /// The numbers laid over.
    public var picture: Picture
    /// What the ends of the map stand for.
    public var window: DisplayWindow
    /// The colours from the window's low to its high end.
    public var map: ColourMap
    /// Values below it (or not a number) stay transparent.
    public var threshold: Double
    /// 0…1, of what is above the threshold.
    public var opacity: Double
  }

  /// The colours from the window's low to its high end.
  public var map: ColourMap
  /// What the ends of the map stand for.
  public var window: DisplayWindow
  /// What is laid over the picture, or nil.
  public var overlay: Overlay?
  /// What the colour bar says beside its ticks, or nil for a panel without one.
  public var barLabel: String?

  /// Grayscale, without a bar.
  public static func gray(_ window: DisplayWindow) -> Rendering {
    Rendering(map: .gray, window: window, overlay: nil, barLabel: nil)
  }

  /// Colours with a bar; the window's unit is added to the label.
  public static func mapped(_ window: DisplayWindow, map: ColourMap = .ember, label: String = "") -> Rendering {
    Rendering(map: map, window: window, overlay: nil, barLabel: label)
  }

  /// Grayscale with colours over it where `picture` reaches `threshold`; the bar is the overlay's.
  public static func overlaid(
    _ window: DisplayWindow, by picture: Picture, overlayWindow: DisplayWindow, map: ColourMap = .ember,
    threshold: Double, opacity: Double = 0.75, label: String = ""
  ) -> Rendering {
    Rendering(
      map: .gray, window: window,
      overlay: Overlay(picture: picture, window: overlayWindow, map: map, threshold: threshold, opacity: opacity),
      barLabel: label)
  }

  /// The colour of pixels that are not a number.
  public static let missing = Colour(hex: 0x5A4A3A)

  /// The scale that the bar shows.
  var bar: (map: ColourMap, window: DisplayWindow, label: String)? {
    guard let barLabel else { return nil }
    if let overlay { return (overlay.map, overlay.window, barLabel) }
    return (map, window, barLabel)
  }

  /// The panel's pixels, three bytes each, `width × height`: every source pixel an evenly sized block (nearest neighbour)
  /// when enlarged, the mean of the pixels under it when reduced.
  package func pixels(of picture: Picture, width: Int, height: Int) -> [UInt8] {
    let base = Resampling(picture, width: width, height: height)
    let over = overlay.map { Resampling($0.picture, width: width, height: height) }
    var bytes = [UInt8](repeating: 0, count: width * height * 3)
    for y in 0..<height {
      for x in 0..<width {
        let value = base.value(x, y)
        var colour = value.isNaN ? Self.missing : map.colour(at: window.position(of: value))
        if let overlay, let over {
          let v = over.value(x, y)
          if v >= overlay.threshold {
            colour = colour.mixed(
              with: overlay.map.colour(at: overlay.window.position(of: v)), share: min(max(overlay.opacity, 0), 1))
          }
        }
        let rgb = colour.bytes
        let i = (y * width + x) * 3
        bytes[i] = rgb.red
        bytes[i + 1] = rgb.green
        bytes[i + 2] = rgb.blue
      }
    }
    return bytes
  }
}

/// A picture looked at through another grid of pixels that covers the same field of view.
private struct Resampling {
  let picture: Picture
  let columns: [Range<Int>]
  let rows: [Range<Int>]

  init(_ picture: Picture, width: Int, height: Int) {
    self.picture = picture
    columns = Self.spans(from: picture.width, to: width)
    rows = Self.spans(from: picture.height, to: height)
  }

  /// For every new pixel the old ones it shows: the nearest one when enlarging, all under it when reducing.
  private static func spans(from old: Int, to new: Int) -> [Range<Int>] {
    (0..<new).map { i in
      if new >= old {
        let nearest = (2 * i + 1) * old / (2 * new)
        return nearest..<nearest + 1
      }
      return i * old / new..<((i + 1) * old + new - 1) / new
    }
  }

  func value(_ x: Int, _ y: Int) -> Double {
    let across = columns[x]
    let down = rows[y]
    if across.count == 1, down.count == 1 { return picture.values[down.lowerBound * picture.width + across.lowerBound] }
    var sum = 0.0
    var count = 0
    for row in down {
      for column in across {
        let v = picture.values[row * picture.width + column]
        if !v.isNaN {
          sum += v
          count += 1
        }
      }
    }
    return count > 0 ? sum / Double(count) : .nan
  }
}
