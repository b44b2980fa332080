import Foundation

/// What a parametric map says besides its frames: patient and study of the source, what it refers to, and how it was made.
struct DicomMapHeader {
  let derivation: DicomDerivation
  /// Of the values, zero included.
  let range: ClosedRange<Double>
  let padded: Bool
  let references: [DicomReference]
  let referencedSeries: String
  let sourceSeries: String

  func complete(_ target: DicomItem, from source: DicomItem) throws {
    // Through a data set of its own, so that the profile touches what comes from the source and not the map's equipment.
    let shared = try DicomFile(newObjectCalled: "parametric map").dataset
    for tag in source.tags where Self.isShared(tag) { try shared.copy(tag, from: source) }
    if derivation.deidentify { try DicomDeidentification.strip(shared) }
    for tag in shared.tags { try target.copy(tag, from: shared) }
    let (date, time) = DicomClock.now()
    let shown = derivation.deidentify ? ("19000101", "000000") : (date, time)
    for tag in [DicomTag.contentDate] + (derivation.deidentify ? [] : [.seriesDate, .instanceCreationDate]) {
      try target.put(tag, shown.0)
    }
    for tag in [DicomTag.contentTime] + (derivation.deidentify ? [] : [.seriesTime, .instanceCreationTime]) {
      try target.put(tag, shown.1)
    }
    try target.put(.sopInstanceUID, DicomUID.new())
    try target.put(.seriesInstanceUID, DicomUID.new())
    let prefix = derivation.deidentify ? nil : source.string(.seriesDescription)
    let isPlain = prefix?.utf8.allSatisfy { (0x20...0x7E).contains($0) } ?? false
    try target.put(
      .seriesDescription, String(((isPlain ? "\(prefix ?? "") " : "") + derivation.label).suffix(64)))
    try target.putEmptyIfAbsent(
      .patientName, .patientID, DicomTag(0x0010_0030), DicomTag(0x0010_0040), .studyDate, .studyTime,
      DicomTag(0x0008_0090), .studyID, .accessionNumber, DicomTag(0x0020_1040), DicomTag(0x0018_5100))
    if padded {
      try target.put(DicomTag(0x0028_0122), binary: [Double(DicomParametricMapWriter.padding)], "FL")
    }
    try describeRange(target)
    try refer(target)
    try derivation.appendEquipment(to: target, date: date, time: time)
    try target.put(.imageComments, DicomDerivation.warning)
    try target.put(.derivationDescription, derivation.sentence(quantisation: nil))
    DicomRepair.repair(target)
    try DicomIdentifiers.shared.completeStudy(of: target, sourceSeries: sourceSeries)
    if derivation.deidentify { try DicomDeidentification.finish(target, identifiers: .shared) }
  }

  /// The range of float values mapped (PS3.3 C.7.6.16.2.11.1): the doubles, in the place of the integers that dcmpmap wrote.
  private func describeRange(_ target: DicomItem) throws {
    for mapping in target.item(.sharedFunctionalGroups)?.items(.realWorldValueMappingSequence) ?? [] {
      mapping.remove(DicomTag(0x0040_9216), DicomTag(0x0040_9211))
      try mapping.put(DicomTag(0x0040_9214), binary: [range.lowerBound], "FD")
      try mapping.put(DicomTag(0x0040_9213), binary: [max(range.upperBound, 1e-6)], "FD")
    }
    // The identity transform that PS3.3 A.75.3 demands, and dcmpmap 3.6.7 leaves to the caller.
    if let shared = target.item(.sharedFunctionalGroups), !shared.has(.pixelValueTransformationSequence) {
      let identity = try shared.appendItem(.pixelValueTransformationSequence)
      try identity.put(.rescaleIntercept, "0")
      try identity.put(.rescaleSlope, "1")
      try identity.put(.rescaleType, "US")
    }
  }

  /// Common Instance Reference (PS3.3 C.12.2): every object that a frame refers to, once.
  private func refer(_ target: DicomItem) throws {
    target.remove(.referencedSeriesSequence, DicomTag(0x0008_1200))
    guard !references.isEmpty else { return }
    let series = try target.appendItem(.referencedSeriesSequence)
    try series.put(.seriesInstanceUID, referencedSeries)
    var named: Set<String> = []
    for reference in references
    where !reference.sopInstance.isEmpty && !reference.sopClass.isEmpty && named.insert(reference.sopInstance).inserted
    {
      let item = try series.appendItem(.referencedInstanceSequence)
      try item.put(.referencedSOPClassUID, reference.sopClass)
      try item.put(.referencedSOPInstanceUID, reference.sopInstance)
    }
  }

  /// Patient, study and frame of reference: what source and map have in common.
  static func isShared(_ tag: DicomTag) -> Bool {
    if tag.isPrivate { return false }
    if tag.group == 0x0012 { return tag.rawValue & 0xFFFF != 0 }
    let modules: Set<UInt32> = [
      0x0010_0010, 0x0010_0020, 0x0010_0021, 0x0010_0022, 0x0010_0024, 0x0010_0026, 0x0010_0030, 0x0010_0032,
      0x0010_0040, 0x0010_0101, 0x0010_0102, 0x0010_1001, 0x0010_1002, 0x0010_1010, 0x0010_1020, 0x0010_1030,
      0x0010_1100, 0x0010_2160, 0x0010_2180, 0x0010_21B0, 0x0010_21C0, 0x0010_2201, 0x0010_2202, 0x0010_2203,
      0x0010_2210, 0x0010_2292, 0x0010_2293, 0x0010_2294, 0x0010_2295, 0x0010_2296, 0x0010_2297, 0x0010_2298,
      0x0010_2299, 0x0010_4000,
      0x0008_0005, 0x0008_0020, 0x0008_0030, 0x0008_0050, 0x0008_0051, 0x0008_0090, 0x0008_0201, 0x0008_1030,
      0x0008_1032, 0x0018_0015, 0x0018_5100, 0x0020_000D, 0x0020_0010, 0x0020_0052, 0x0020_1040,
      0x0028_2110, 0x0028_2112, 0x0028_2114,
    ]
    return modules.contains(tag.rawValue)
  }
}
