import Figures

extension DisplayWindow {
  /// From black to white for a slice of a scan: a few bright vessels do not darken the rest, and what interpolation rings below the
  /// background does not make it gray.
  package init(grayFor picture: Picture, unit: String = "") {
    let low = picture.quantile(Self.darkest) ?? 0
    self.init(low: low, high: max(picture.quantile(Self.brightest) ?? 1, low.nextUp), unit: unit)
  }

  private static let (darkest, brightest) = (0.02, 0.998)
}
