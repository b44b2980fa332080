import CDicom

/// Stored values to values in the volume's unit: the modality transform of PS3.3 C.11.1.
enum ModalityTransform: Equatable, Sendable {
  /// value = stored · slope + intercept.
  case linear(IntensityRescale)
  /// A Modality LUT: `values[stored − first]`, the ends held beyond both.
  case table(first: Double, values: [Double])

  static let identity = ModalityTransform.linear(.identity)

  func callAsFunction(_ stored: Double) -> Double {
    switch self {
    case .linear(let rescale):
      return stored * rescale.slope + rescale.intercept
    case .table(let first, let values):
      let index = min(max(stored - first, 0), Double(values.count - 1))
      return values[Int(index)]
    }
  }

  /// Applies the transform to a frame of stored values; padding becomes NaN, since it is no part of the picture.
  func apply(to values: inout [Double], padding: ClosedRange<Double>?) {
    for index in values.indices {
      if let padding, padding.contains(values[index]) {
        values[index] = .nan
      } else {
        values[index] = self(values[index])
      }
    }
  }

  /// The values that a stored range maps to.
  func range(of stored: ClosedRange<Double>) -> ClosedRange<Double> {
    switch self {
    case .linear:
      let (a, b) = (self(stored.lowerBound), self(stored.upperBound))
      return min(a, b)...max(a, b)
    case .table(_, let values):
      return (values.min() ?? 0)...(values.max() ?? 0)
    }
  }

  /// Reads a Modality LUT item; nil where it contradicts itself.
  static func table(_ item: DicomItem, isSigned: Bool) -> ModalityTransform? {
    guard let descriptor = item.numbers(.lutDescriptor), descriptor.count == 3 else { return nil }
    guard let entriesAnnounced = Int(exactly: descriptor[0]), entriesAnnounced >= 0 else { return nil }
    let count = entriesAnnounced == 0 ? 65536 : entriesAnnounced
    // In implicit VR the descriptor's sign is lost: the first value mapped follows PixelRepresentation.
    let first = isSigned && descriptor[1] > 32767 ? descriptor[1] - 65536 : descriptor[1]
    guard count > 0, let values = item.words(.lutData) else { return nil }
    let isPackedBytes = descriptor[2] <= 8 && values.count == (count + 1) / 2
    let entries = isPackedBytes ? values.flatMap { [Double(Int($0) & 0xFF), Double(Int($0) >> 8)] } : values
    guard entries.count >= count else { return nil }
    return .table(first: first, values: Array(entries.prefix(count)))
  }
}
