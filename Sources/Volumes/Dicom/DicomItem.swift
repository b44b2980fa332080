import CDicom
import Foundation

/// A data set or an item of a sequence, borrowed from a file that it keeps alive.
///
/// Reading never throws: what is absent, empty or of the wrong kind is nil, and the caller says what it needed.
struct DicomItem {
  let pointer: OpaquePointer
  let file: DicomFile

  func has(_ tag: DicomTag) -> Bool { cdicom_has(pointer, tag.rawValue) != 0 }

  /// There with at least one value (or item).
  func hasValue(_ tag: DicomTag) -> Bool { cdicom_count(pointer, tag.rawValue) > 0 }

  /// Every tag of the item, ascending.
  var tags: [DicomTag] {
    let count = cdicom_tags(pointer, nil, 0)
    var raw = [UInt32](repeating: 0, count: count)
    let found = cdicom_tags(pointer, &raw, count)
    return raw.prefix(found).map { DicomTag($0) }
  }

  func representation(_ tag: DicomTag) -> String {
    var letters = [CChar](repeating: 0, count: 3)
    guard cdicom_vr(pointer, tag.rawValue, &letters) == CDICOM_OK else { return "" }
    return String(decoding: letters.prefix(2).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// A text value as stored, all values joined by backslashes, in the file's own character set.
  func bytes(_ tag: DicomTag) -> [UInt8]? {
    let length = Int(cdicom_length(pointer, tag.rawValue))
    guard length <= 1 << 20 else { return nil }
    var buffer = [CChar](repeating: 0, count: length + 2)
    guard cdicom_string(pointer, tag.rawValue, &buffer, buffer.count) == CDICOM_OK else { return nil }
    return buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
  }

  /// Codes, identifiers and other text of the basic repertoire; nil where absent or empty.
  func string(_ tag: DicomTag) -> String? {
    guard let bytes = bytes(tag), !bytes.isEmpty else { return nil }
    let trimmed = trim(String(decoding: bytes, as: UTF8.self))
    return trimmed.isEmpty ? nil : trimmed
  }

  /// The values of a text attribute; empty where absent.
  func strings(_ tag: DicomTag) -> [String] {
    guard let whole = string(tag) else { return [] }
    return whole.split(separator: "\\", omittingEmptySubsequences: false).map { trim(String($0)) }
  }

  /// Human text, converted from the data set's character set.
  func text(_ tag: DicomTag) -> String? {
    let length = Int(cdicom_length(pointer, tag.rawValue))
    guard length > 0, length <= 1 << 20 else { return nil }
    // A byte of ISO 2022 or Latin text becomes at most four of UTF-8.
    var buffer = [CChar](repeating: 0, count: 4 * length + 8)
    let dataset = file.dataset.pointer
    guard cdicom_utf8(dataset, pointer, tag.rawValue, &buffer, buffer.count) == CDICOM_OK else {
      return bytes(tag).map { trim(japaneseOrPlain($0)) }.flatMap { $0.isEmpty ? nil : $0 }
    }
    let value = trim(String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    return value.isEmpty ? nil : value
  }

  /// All values of a numeric attribute, finite; nil where absent, empty or not numbers.
  func numbers(_ tag: DicomTag) -> [Double]? {
    var count = 0
    var few = [Double](repeating: 0, count: 8)
    guard cdicom_numbers(pointer, tag.rawValue, &few, few.count, &count) == CDICOM_OK, count > 0 else { return nil }
    if count <= few.count { return Array(few.prefix(count)) }
    var all = [Double](repeating: 0, count: count)
    guard cdicom_numbers(pointer, tag.rawValue, &all, all.count, &count) == CDICOM_OK else { return nil }
    return all
  }

  /// The 16-bit words of a LUT (US or OW); nil where absent or longer than a LUT can be.
  func words(_ tag: DicomTag) -> [Double]? {
    let count = Int(cdicom_length(pointer, tag.rawValue)) / 2
    guard count > 0, count <= 1 << 17 else { return nil }
    var all = [UInt16](repeating: 0, count: count)
    guard cdicom_words(pointer, tag.rawValue, &all, count) == CDICOM_OK else { return nil }
    return all.map { Double($0) }
  }

  func number(_ tag: DicomTag) -> Double? { numbers(tag)?.first }
  func integer(_ tag: DicomTag) -> Int? { number(tag).flatMap { Int(exactly: $0.rounded()) } }

  func itemCount(_ tag: DicomTag) -> Int { max(0, cdicom_count(pointer, tag.rawValue)) }

  func item(_ tag: DicomTag, at index: Int = 0) -> DicomItem? {
    guard index >= 0 else { return nil }
    return cdicom_sequence_item(pointer, tag.rawValue, index).map { DicomItem(pointer: $0, file: file) }
  }

  func items(_ tag: DicomTag) -> [DicomItem] { (0..<itemCount(tag)).compactMap { item(tag, at: $0) } }

  /// DCMTK hands the conversion to iconv, and glibc's lacks JIS X 0208 alone (ISO 2022 IR 87): Foundation knows it as a whole.
  private func japaneseOrPlain(_ bytes: [UInt8]) -> String {
    if let text = String(bytes: bytes, encoding: .iso2022JP) { return text }
    return String(decoding: bytes.filter { (0x20...0x7E).contains($0) }, as: UTF8.self)
  }

  private func trim(_ text: String) -> String {
    var view = Substring(text)
    while let last = view.unicodeScalars.last, last == " " || last.value == 0 || last == "\n" || last == "\r" {
      view.unicodeScalars.removeLast()
    }
    while view.first == " " { view.removeFirst() }
    return String(view)
  }
}
