import CDicom
import Foundation

/// Filling a new data set. A value that cannot be stored is our own mistake or lack of memory: an error either way.
extension DicomItem {
  func put(_ tag: DicomTag, _ text: String) throws {
    try check(cdicom_put_string(pointer, tag.rawValue, text), tag)
  }

  /// Text in the data set's own character set, byte for byte.
  func put(_ tag: DicomTag, bytes: [UInt8]) throws {
    let terminated = bytes.map { CChar(bitPattern: $0) } + [0]
    try check(cdicom_put_string(pointer, tag.rawValue, terminated), tag)
  }

  func putEmpty(_ tag: DicomTag) throws { try check(cdicom_put_empty_sequence(pointer, tag.rawValue), tag) }

  /// Present, with whatever value it has: type 2 of PS3.5 7.4.3.
  func putEmptyIfAbsent(_ tags: DicomTag...) throws {
    for tag in tags where !has(tag) { try putEmpty(tag) }
  }

  /// Decimal strings (DS) of at most 16 characters each.
  func put(_ tag: DicomTag, decimals: [Double]) throws {
    try put(tag, decimals.map(decimalString).joined(separator: "\\"))
  }

  func put(_ tag: DicomTag, integer: Int) throws { try put(tag, String(integer)) }

  func put(_ tag: DicomTag, binary values: [Double], _ representation: String) throws {
    try check(cdicom_put_numbers(pointer, tag.rawValue, representation, values, values.count), tag)
  }

  func put(_ tag: DicomTag, unsigned value: Int) throws { try put(tag, binary: [Double(value)], "US") }

  func put(_ tag: DicomTag, words: [UInt16]) throws {
    try check(cdicom_put_words(pointer, tag.rawValue, words, words.count), tag)
  }

  @discardableResult
  func appendItem(_ tag: DicomTag) throws -> DicomItem {
    var child: OpaquePointer?
    try check(cdicom_append_item(pointer, tag.rawValue, &child), tag)
    guard let child else { throw failure(tag) }
    return DicomItem(pointer: child, file: file)
  }

  /// One coded concept (PS3.3 table 8.8-1) as a new item of a sequence.
  @discardableResult
  func appendCode(_ tag: DicomTag, _ code: DicomCode) throws -> DicomItem {
    let item = try appendItem(tag)
    try item.put(.codeValue, code.value)
    try item.put(.codingSchemeDesignator, code.scheme)
    try item.put(.codeMeaning, code.meaning)
    return item
  }

  /// Copies an attribute, deep; does nothing where the source lacks it.
  func copy(_ tag: DicomTag, from source: DicomItem) throws {
    let status = cdicom_copy(source.pointer, tag.rawValue, pointer)
    if status != CDICOM_ABSENT { try check(status, tag) }
  }

  func remove(_ tags: DicomTag...) {
    for tag in tags { _ = cdicom_remove(pointer, tag.rawValue) }
  }

  private func check(_ status: cdicom_status, _ tag: DicomTag) throws {
    guard status == CDICOM_OK else { throw failure(tag) }
  }

  private func failure(_ tag: DicomTag) -> VolumeError {
    VolumeError(.unwritable, subject: file.subject, reason: "attribute \(tag) could not be stored")
  }
}

/// A coded concept.
struct DicomCode: Equatable, Sendable {
  var value: String
  var scheme: String
  var meaning: String

  static let spatialResampling = DicomCode(value: "113085", scheme: "DCM", meaning: "Spatial resampling")
  static let sourceImage = DicomCode(
    value: "121322", scheme: "DCM", meaning: "Source image for image processing operation")
  static let modifyingEquipment = DicomCode(value: "109103", scheme: "DCM", meaning: "Modifying Equipment")
}

/// The shortest decimal of at most 16 characters that is nearest to `value` (VR DS, PS3.5 6.2).
func decimalString(_ value: Double) -> String {
  guard value.isFinite, value != 0 else { return "0" }
  for precision in stride(from: 17, through: 1, by: -1) {
    let text = String(format: "%.\(precision)g", value)
    if text.utf8.count <= 16 { return text }
  }
  return "0"
}
