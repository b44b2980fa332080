import Volumes

extension IntensityUnit {
  /// For people, at the colour bar of a picture: MR signal has no unit, which "arbitrary" does not tell everybody.
  package var label: String {
    if case .arbitrary = self { return "signal, no unit" }
    return description
  }
}
