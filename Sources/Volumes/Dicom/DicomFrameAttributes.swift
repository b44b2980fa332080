/// Looks an attribute of one frame up where DICOM may keep it: the per-frame functional group, the shared one, the data set.
///
/// A classic object has only the data set, so both kinds are read by the same code.
struct DicomFrameAttributes {
  let dataset: DicomItem
  let shared: DicomItem?
  let perFrame: DicomItem?

  func group(_ sequence: DicomTag) -> DicomItem? {
    perFrame?.item(sequence) ?? shared?.item(sequence)
  }

  /// The item that holds `tag`, inside functional group `sequence` or at the top.
  private func holder(_ tag: DicomTag, in sequence: DicomTag?) -> DicomItem? {
    if let sequence, let item = group(sequence), item.hasValue(tag) { return item }
    return dataset.hasValue(tag) ? dataset : nil
  }

  func numbers(_ tag: DicomTag, in sequence: DicomTag? = nil) -> [Double]? { holder(tag, in: sequence)?.numbers(tag) }
  func number(_ tag: DicomTag, in sequence: DicomTag? = nil) -> Double? { numbers(tag, in: sequence)?.first }
  func integer(_ tag: DicomTag, in sequence: DicomTag? = nil) -> Int? { holder(tag, in: sequence)?.integer(tag) }
  func string(_ tag: DicomTag, in sequence: DicomTag? = nil) -> String? { holder(tag, in: sequence)?.string(tag) }
  func strings(_ tag: DicomTag, in sequence: DicomTag? = nil) -> [String] {
    holder(tag, in: sequence)?.strings(tag) ?? []
  }

  /// Unit direction vectors of rows and columns; nil where absent, degenerate or not perpendicular.
  func orientation(tolerances: DicomTolerances) -> (row: SIMD3<Double>, column: SIMD3<Double>)? {
    guard let six = numbers(.imageOrientationPatient, in: .planeOrientationSequence), six.count == 6 else { return nil }
    let row = SIMD3(six[0], six[1], six[2])
    let column = SIMD3(six[3], six[4], six[5])
    let (rowLength, columnLength) = (length(row), length(column))
    guard abs(rowLength - 1) < tolerances.unitVector, abs(columnLength - 1) < tolerances.unitVector else { return nil }
    guard abs(dot(row, column)) < tolerances.perpendicular else { return nil }
    return (row / rowLength, column / columnLength)
  }

  var position: SIMD3<Double>? {
    guard let three = numbers(.imagePositionPatient, in: .planePositionSequence), three.count == 3 else { return nil }
    return [three[0], three[1], three[2]]
  }

  /// (between rows, between columns), both positive.
  var pixelSpacing: (row: Double, column: Double)? {
    guard let two = numbers(.pixelSpacing, in: .pixelMeasuresSequence), two.count == 2, two[0] > 0, two[1] > 0 else {
      return nil
    }
    return (two[0], two[1])
  }

  func transform(isSigned: Bool) -> ModalityTransform? {
    let sequence = DicomTag.pixelValueTransformationSequence
    let hasSlope = holder(.rescaleSlope, in: sequence) != nil
    let hasIntercept = holder(.rescaleIntercept, in: sequence) != nil
    if hasSlope || hasIntercept {
      // What is there and cannot be read is not absent: taken for an identity, a CT would be off by 1024 HU.
      guard let slope = hasSlope ? number(.rescaleSlope, in: sequence) : 1, slope != 0,
        let intercept = hasIntercept ? number(.rescaleIntercept, in: sequence) : 0
      else { return nil }
      return .linear(.init(slope: slope, intercept: intercept))
    }
    if let table = dataset.item(.modalityLUTSequence) { return .table(table, isSigned: isSigned) }
    return .identity
  }

  /// Padding as stored values, with the sign that PixelRepresentation gives (implicit VR loses it).
  func padding(isSigned: Bool) -> ClosedRange<Double>? {
    func signed(_ value: Double) -> Double { isSigned && value > 32767 ? value - 65536 : value }
    guard let value = dataset.number(.pixelPaddingValue).map(signed) else { return nil }
    let limit = dataset.number(.pixelPaddingRangeLimit).map(signed) ?? value
    return min(value, limit)...max(value, limit)
  }
}
