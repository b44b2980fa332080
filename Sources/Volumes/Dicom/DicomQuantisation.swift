import Foundation

/// How real values become 16-bit pixels: value = stored · slope + intercept.
public struct DicomQuantisation: Equatable, Sendable {
  /// The quantisation step, in the unit of the values. Exactly what the header says (16 characters of DS).
  public var slope: Double
  public var intercept: Double
  public var isSigned: Bool
  /// Whether the header carries RescaleSlope and RescaleIntercept. Without them the pixels are the values.
  public var writesRescale: Bool

  public init(slope: Double, intercept: Double, isSigned: Bool, writesRescale: Bool) {
    self.slope = Double(decimalString(slope)) ?? slope
    self.intercept = Double(decimalString(intercept)) ?? intercept
    self.isSigned = isSigned
    self.writesRescale = writesRescale
  }

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

  /// The mapping for an output of `header` derived from `frames`, or nil where it hangs on values yet unseen.
  ///
  /// A picture keeps the mapping of its source, so that the numbers mean what they meant; signed where the source leaves room, so
  /// that undershoot beside an edge survives. MR without a rescale goes without one.
  static func chosen(
    for content: DicomDerivation.Content, header: VolumeHeader, frames: [DicomFrame], valueRange: ClosedRange<Double>?
  ) -> DicomQuantisation? {
    if content == .uncertainty { return valueRange.map { spanning(min(0, $0.lowerBound)...$0.upperBound) } }
    let isOwn = header.format == .dicomFile || header.format == .directory
    var mapping: DicomQuantisation?
    if isOwn, let first = frames.first {
      let isUniform = frames.allSatisfy { $0.transform == first.transform }
      if case .linear(let rescale) = first.transform, isUniform {
        let fillsUnsigned = !first.isSigned && first.storedBits >= 16
        mapping = DicomQuantisation(
          slope: rescale.slope, intercept: rescale.intercept, isSigned: !fillsUnsigned,
          writesRescale: !rescale.isIdentity || header.modality == .ct)
      } else {
        let ranges = frames.map { $0.transform.range(of: $0.storedRange) }
        let low = ranges.map(\.lowerBound).min() ?? 0
        let high = ranges.map(\.upperBound).max() ?? 1
        mapping = spanning(valueRange ?? low...high)
      }
    } else if header.storedType.isInteger, header.rescale.isIdentity, header.storedType.byteCount <= 2 {
      mapping = DicomQuantisation(
        slope: 1, intercept: 0, isSigned: header.storedType != .uint16, writesRescale: header.modality == .ct)
    }
    guard let mapping else { return valueRange.map(spanning) }
    guard let valueRange else { return mapping }
    let fits = mapping.range.contains(valueRange.lowerBound) && mapping.range.contains(valueRange.upperBound)
    return fits ? mapping : spanning(valueRange)
  }
}

extension DicomFrame {
  /// Every stored value that the bits allow.
  var storedRange: ClosedRange<Double> {
    let span = Foundation.pow(2, Double(storedBits))
    return isSigned ? -span / 2...(span / 2 - 1) : 0...(span - 1)
  }
}
