import Foundation
import Synchronization

/// New names for identifiers: the same old one gives the same new one in this process, and no way leads back.
final class DicomIdentifiers: Sendable {
  /// One table for the process, so that a derived series and its parametric map stay in one study and frame of reference.
  static let shared = DicomIdentifiers()

  private struct Table {
    var replacements: [String: String] = [:]
    var issued: Set<String> = []
  }
  private let table = Mutex(Table())

  /// A frame of reference for a source that names none: one for all that is derived from it in this process.
  /// Study and frame of reference, where the source has none or none that is sound: both are type 1 (PS3.3 C.7.2.1, C.7.4.1), and
  /// the derived series and its map have to share them.
  func completeStudy(of target: DicomItem, sourceSeries uid: String) throws {
    if !target.hasValue(.studyInstanceUID) {
      try target.put(.studyInstanceUID, replacement(for: "study of \(uid)"))
    }
    if !target.hasValue(.frameOfReferenceUID) { try target.put(.frameOfReferenceUID, frameOfReference(ofSeries: uid)) }
  }

  func frameOfReference(ofSeries uid: String) -> String { replacement(for: "frame of reference of \(uid)") }

  /// A name that was given out here is its own replacement, so that a reference to an output is not renamed twice.
  func replacement(for uid: String) -> String {
    table.withLock { table in
      if table.issued.contains(uid) { return uid }
      if let known = table.replacements[uid] { return known }
      let new = DicomUID.new()
      table.replacements[uid] = new
      table.issued.insert(new)
      return new
    }
  }
}

/// The Basic Application Level Confidentiality Profile of PS3.15 annex E, applied to what is written.
///
/// It strips what comes from the source; what this program says about its own work (DerivationDescription, ImageComments,
/// ContributingEquipmentSequence) is added afterwards and holds nothing of the patient. Pixels are not searched for burned-in text.
enum DicomDeidentification {
  /// Removes, empties and replaces attributes, in nested items too.
  static func strip(_ item: DicomItem) throws {
    for tag in item.tags {
      let element = tag.rawValue & 0xFFFF
      // What has no representation that is known cannot be looked into.
      if tag.isPrivate || item.representation(tag) == "UN"
        || DicomConfidentialityTable.removed[tag.group]?.contains(element) == true
      {
        item.remove(tag)
      } else if DicomConfidentialityTable.emptied[tag.group]?.contains(element) == true {
        try item.putEmpty(tag)
      } else if DicomConfidentialityTable.replaced[tag.group]?.contains(element) == true {
        try replace(tag, in: item)
      } else if item.representation(tag) == "SQ" {
        for child in item.items(tag) { try strip(child) }
      }
    }
  }

  /// Replaces identifiers, and says that and how the object was de-identified.
  static func finish(_ dataset: DicomItem, identifiers: DicomIdentifiers) throws {
    try renameIdentifiers(dataset, identifiers: identifiers)
    dataset.remove(.deidentificationMethodCodeSequence)
    try dataset.put(.patientIdentityRemoved, "YES")
    try dataset.put(.deidentificationMethod, "PS3.15 Basic Application Level Confidentiality Profile")
    try dataset.appendCode(
      .deidentificationMethodCodeSequence,
      DicomCode(value: "113100", scheme: "DCM", meaning: "Basic Application Confidentiality Profile"))
    try dataset.put(DicomTag(0x0028_0303), "REMOVED")
  }

  private static func replace(_ tag: DicomTag, in item: DicomItem) throws {
    switch item.representation(tag) {
    case "DA": try item.put(tag, "19000101")
    case "TM": try item.put(tag, "000000")
    case "DT": try item.put(tag, "19000101000000")
    case "AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT": try item.put(tag, "ANONYMIZED")
    case "SQ", "OB", "OW", "UN": item.remove(tag)
    default: try item.putEmpty(tag)
    }
  }

  private static func renameIdentifiers(_ item: DicomItem, identifiers: DicomIdentifiers) throws {
    for tag in item.tags {
      switch item.representation(tag) {
      case "SQ":
        for child in item.items(tag) { try renameIdentifiers(child, identifiers: identifiers) }
      case "UI":
        let names = item.strings(tag)
        guard names.contains(where: { !$0.isEmpty && !$0.hasPrefix("1.2.840.10008.") }) else { continue }
        let renamed = names.map { $0.isEmpty || $0.hasPrefix("1.2.840.10008.") ? $0 : identifiers.replacement(for: $0) }
        try item.put(tag, renamed.joined(separator: "\\"))
      default: break
      }
    }
  }
}
