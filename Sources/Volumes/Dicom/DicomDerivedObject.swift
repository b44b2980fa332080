import Foundation

/// Builds one classic object of a derived series: the source's header with everything brought up to date, and new pixels.
struct DicomDerivedObject {
  /// What is the same for the whole series.
  struct Series {
    var source: DicomSeries
    var grid: DicomOutputGrid
    var derivation: DicomDerivation
    var quantisation: DicomQuantisation
    var uid = DicomUID.new()
    var number: Int
    /// Local date (yyyymmdd) and time (hhmmss) of writing, one for the series.
    var date: String
    var time: String
    /// Factor between the source's slice spacing and the output's: 1 where only the plane was upscaled.
    var sliceFactor: Double
  }

  let series: Series
  /// The slice that the header is taken from, and all that contributed.
  let template: DicomFrame
  let sources: [DicomFrame]
  /// From 0: the slice and the repetition.
  let index: Int
  let repetition: Int

  /// - Parameter file: the open file of `template`.
  func make(from file: DicomFile, words: [UInt16], padding: Int?) throws -> DicomFile {
    let result = try DicomFile(newObjectCalled: "derived series")
    let target = result.dataset
    let source = file.dataset
    let isEnhanced = DicomUID.isEnhanced(template.sopClass) || source.has(.perFrameFunctionalGroups)
    for tag in source.tags where Self.isKept(tag, fromEnhanced: isEnhanced) { try target.copy(tag, from: source) }
    if isEnhanced {
      let attributes = DicomFrameAttributes(
        dataset: source, shared: source.item(.sharedFunctionalGroups),
        perFrame: source.item(.perFrameFunctionalGroups, at: template.index))
      try DicomClassicHeader(attributes, modality: series.source.modality).fill(target)
    }
    if series.derivation.deidentify { try DicomDeidentification.strip(target) }
    try identify(target, source: source)
    try place(target)
    try describePixels(target, source: source, file: file, padding: padding)
    try describeDerivation(target)
    try complete(target)
    DicomRepair.repair(target)
    try DicomIdentifiers.shared.completeStudy(of: target, sourceSeries: series.source.uid)
    if series.derivation.deidentify { try DicomDeidentification.finish(target, identifiers: .shared) }
    try target.put(.pixelData, words: words)
    return result
  }

  /// What of a source's top level still holds for a derived picture.
  static func isKept(_ tag: DicomTag, fromEnhanced: Bool) -> Bool {
    let element = tag.rawValue & 0xFFFF
    // Private meaning is unknown, so whether it still holds is too; group lengths are made anew; curves and overlays have the old
    // size; the rest signs or repeats the old pixels.
    if tag.isPrivate || element == 0 || tag.group == 0x0002 { return false }
    if (0x5000...0x50FF).contains(tag.group) || (0x6000...0x60FF).contains(tag.group) { return false }
    if tag.group == 0x7FE0 || tag.group == 0xFFFA || tag.group == 0xFFFC || tag.group == 0x4FFE { return false }
    if dropped.contains(tag.rawValue) { return false }
    guard fromEnhanced else { return true }
    // Multi-frame and enhanced attributes without a place in the classic objects.
    if tag.group == 0x5200 || tag.group == 0x0022 { return false }
    switch tag.group {
    case 0x0008: return !(0x9007...0x9459).contains(element)
    case 0x0018: return !(0x9004...0x9FFF).contains(element)
    case 0x0020: return !(0x9056...0x9FFF).contains(element)
    case 0x0028: return element < 0x9000 && element != 0x0008
    case 0x0040: return element != 0x0555
    case 0x0070: return false
    default: return true
    }
  }

  private static let dropped: Set<UInt32> = [
    0x0008_0024, 0x0008_0025, 0x0008_0034, 0x0008_0035,  // overlay and curve dates
    0x0008_0040, 0x0008_0041,  // data set type and subtype, retired
    0x0008_001A, 0x0008_3010,  // related general classes, irradiation event
    0x0008_1140, 0x0008_1145, 0x0008_2112, 0x0008_2111, 0x0008_9215,  // references and derivation: written anew
    0x0018_9073,  // acquisition duration, of the enhanced objects
    0x0020_9161, 0x0020_9162, 0x0020_9163, 0x0020_9228, 0x0020_0242,  // concatenations
    0x0028_0008, 0x0028_0009, 0x0028_0034, 0x0028_0051,
    0x0028_0106, 0x0028_0107, 0x0028_0108, 0x0028_0109, 0x0028_0110, 0x0028_0111,
    0x0028_0120, 0x0028_0121, 0x0028_0A02, 0x0028_0A04, 0x0028_1052, 0x0028_1053, 0x0028_1054,
    0x0028_3000, 0x0028_0002, 0x0028_0010, 0x0028_0011, 0x0028_0030, 0x0028_0100, 0x0028_0101, 0x0028_0102, 0x0028_0103,
    0x0028_135A, 0x0028_1199,
    0x0040_9096,  // real world values: the slope of the old pixels
    0x0088_0200,  // icon
  ]
}
