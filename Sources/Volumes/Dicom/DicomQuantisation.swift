import Foundation

/// How real values become 16-bit pixels: value = stored · slope + intercept.
public struct DicomQuantisation: Equatable, Sendable {
  /// The quantisation step, in the unit of the values. Exactly what the header says (16 characters of DS).
  public var slope: Double
  /// The value of a stored 0.
  public var intercept: Double
  /// Whether stored numbers are −32768…32767 rather than 0…65535.
  public var isSigned: Bool
  /// Whether the header carries RescaleSlope and RescaleIntercept. Without them the pixels are the values.
  public var writesRescale: Bool

  /// value = slope · stored + intercept.
  public init(slope: Double, intercept: Double, isSigned: Bool, writesRescale: Bool) {
    self.slope = Double(decimalString(slope)) ?? slope
    self.intercept = Double(decimalString(intercept)) ?? intercept
    self.isSigned = isSigned
    self.writesRescale = writesRescale
  }

  /// The stored numbers that there are.
  public var storedRange: ClosedRange<Double> { isSigned ? -32768...32767 : 0...65535 }

  /// The values that fit.
  public var range: ClosedRange<Double> {
    let (a, b) = (storedRange.lowerBound * slope + intercept, storedRange.upperBound * slope + intercept)
    return min(a, b)...max(a, b)
  }

  /// The pixels of a slice. NaN becomes `padding`; no value does by accident.
  func pixels(_ values: [Double], padding: Int) -> (words: [UInt16], clamped: Int, padded: Int) {
    var clamped = 0
    var padded = 0
    let (low, high) = (storedRange.lowerBound, storedRange.upperBound)
    let guarded = Double(padding)
    let words = values.map { value -> UInt16 in
      var stored = ((value - intercept) / slope).rounded()
      if stored.isNaN {
        padded += 1
        return UInt16(truncatingIfNeeded: padding)
      }
      if stored < low || stored > high {
        clamped += 1
        stored = min(max(stored, low), high)
      }
      if stored == guarded { stored += stored < high ? 1 : -1 }
      return UInt16(truncatingIfNeeded: Int(stored))
    }
    return (words, clamped, padded)
  }

  /// A stored value that stands for padding: the source's own where it can be said, else the far end.
  func padding(source: ClosedRange<Double>?, transform: ModalityTransform) -> Int {
    if let source, case .linear(let rescale) = transform, rescale.slope == slope, rescale.intercept == intercept,
      storedRange.contains(source.lowerBound)
    {
      return Int(source.lowerBound)
    }
    return isSigned ? -32768 : 65535
  }

  /// 65 000 steps over a range, with room at both ends for padding.
  static func spanning(_ range: ClosedRange<Double>) -> DicomQuantisation {
    let span = max(range.upperBound - range.lowerBound, 1e-12)
    let slope = max(span / 65000, abs(range.lowerBound) * 1e-9)
    return DicomQuantisation(
      slope: slope, intercept: range.lowerBound - 100 * slope, isSigned: false, writesRescale: true)
  }

  /// The mapping that an output of `header` derived from `frames` has by rights: its source's, so that the numbers mean what they
  /// meant; signed, so that undershoot beside an edge survives. MR without a rescale goes without one. Nil where there is no such
  /// mapping: an uncertainty, slices that differ, real numbers.
  static func own(
    for content: DicomDerivation.Content, header: VolumeHeader, frames: [DicomFrame], isCT: Bool
  ) -> DicomQuantisation? {
    guard content != .uncertainty else { return nil }
    if header.format == .dicomFile || header.format == .directory {
      guard let first = frames.first, case .linear(let rescale) = first.transform,
        frames.allSatisfy({ $0.transform == first.transform })
      else { return nil }
      return DicomQuantisation(
        slope: rescale.slope, intercept: rescale.intercept, isSigned: true,
        writesRescale: !rescale.isIdentity || isCT)
    }
    guard header.storedType.isInteger, header.rescale.isIdentity, header.storedType.byteCount <= 2 else { return nil }
    return DicomQuantisation(slope: 1, intercept: 0, isSigned: true, writesRescale: isCT)
  }

  /// `own` where values of `range` fit into it, with or without a sign, else as many steps over the range as there are.
  static func fitted(to range: ClosedRange<Double>, own: DicomQuantisation?) -> DicomQuantisation {
    for isSigned in [true, false] {
      guard var candidate = own else { break }
      candidate.isSigned = isSigned
      if candidate.range.contains(range.lowerBound), candidate.range.contains(range.upperBound) { return candidate }
    }
    return spanning(range)
  }

  /// `own`, where values computed from a source with values in `source` cannot but fit: they may pass its ends by half of what
  /// lies between. Nil where only the values themselves can tell.
  static func certain(own: DicomQuantisation?, source: ClosedRange<Double>) -> DicomQuantisation? {
    guard let own else { return nil }
    let margin = (source.upperBound - source.lowerBound) / 2
    let fits = own.range.contains(source.lowerBound - margin) && own.range.contains(source.upperBound + margin)
    return fits ? own : nil
  }
}

extension DicomFrame {
  /// Every stored value that the bits allow.
  var storedRange: ClosedRange<Double> {
    let span = Foundation.pow(2, Double(storedBits))
    return isSigned ? -span / 2...(span / 2 - 1) : 0...(span - 1)
  }
}
