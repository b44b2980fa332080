/// Brings values that break their own value representation into order, so that an output has no errors where its source had.
///
/// Nothing is invented: over-long codes move to the attribute made for them, text is cut to length, and what cannot be read as
/// what it claims to be is emptied.
enum DicomRepair {
  static func repair(_ item: DicomItem) {
    for tag in item.tags {
      if tag.isPrivate || tag.rawValue & 0xFFFF == 0 {
        item.remove(tag)
        continue
      }
      let representation = item.representation(tag)
      if representation == "SQ" {
        for child in item.items(tag) { repair(child) }
        continue
      }
      guard let bytes = item.bytes(tag), !bytes.isEmpty else { continue }
      if let repaired = repaired(bytes, representation, tag: tag, item: item), repaired != bytes {
        if repaired.isEmpty { try? item.putEmpty(tag) } else { try? item.put(tag, bytes: repaired) }
      }
    }
  }

  /// The value as it should be; nil where it is left alone.
  private static func repaired(
    _ bytes: [UInt8], _ representation: String, tag: DicomTag, item: DicomItem
  ) -> [UInt8]? {
    if tag == .codeValue, bytes.count > 16 {
      try? item.put(DicomTag(0x0008_0119), bytes: bytes)
      item.remove(tag)
      return nil
    }
    let values = bytes.split(separator: UInt8(ascii: "\\"), omittingEmptySubsequences: false).map { Array($0) }
    func each(_ body: ([UInt8]) -> [UInt8]) -> [UInt8] {
      Array(values.map(body).joined(separator: [UInt8(ascii: "\\")]))
    }
    func emptiedUnless(_ isValid: ([UInt8]) -> Bool) -> [UInt8] {
      values.allSatisfy { $0.isEmpty || isValid($0) } ? bytes : []
    }
    switch representation {
    case "CS":
      // Enumerated (PS3.3 C.7.1.1), and empty where it is none of them: "N/A" is written often.
      if tag == .patientSex {
        return emptiedUnless { ["M", "F", "O"].contains(String(decoding: trimmed($0), as: UTF8.self)) }
      }
      return each { value in
        let upper = trimmed(value).map { (97...122).contains($0) ? $0 - 32 : $0 }
        let allowed = upper.map { isCode($0) ? $0 : UInt8(ascii: "_") }
        return Array(allowed.prefix(16))
      }
    case "LO": return each { plain($0) ? Array($0.prefix(64)) : $0 }
    case "SH": return each { plain($0) ? Array($0.prefix(16)) : $0 }
    case "DS":
      return each { value in
        let text = String(decoding: trimmed(value), as: UTF8.self)
        guard let number = Double(text), number.isFinite else { return [] }
        return text.utf8.count <= 16 ? Array(text.utf8) : Array(decimalString(number).utf8)
      }
    case "IS":
      return each { value in
        let text = String(decoding: trimmed(value), as: UTF8.self)
        if Int32(text) != nil { return Array(text.utf8) }
        guard let number = Double(text), abs(number) < 2e9 else { return [] }
        return Array(String(Int(number.rounded())).utf8)
      }
    case "DA": return emptiedUnless { isDate(trimmed($0)) }
    case "TM":
      return each { value in
        let digits = trimmed(value).filter { $0 != UInt8(ascii: ":") }
        return isTime(digits) ? digits : []
      }
    case "UI": return emptiedUnless { $0.count <= 64 && $0.allSatisfy { isDigit($0) || $0 == UInt8(ascii: ".") } }
    case "AS":
      return emptiedUnless { $0.count == 4 && $0.prefix(3).allSatisfy(isDigit) && "DWMY".utf8.contains($0[3]) }
    default: return nil
    }
  }

  private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
    var view = bytes[...]
    while let last = view.last, last == 0x20 || last == 0 { view.removeLast() }
    while view.first == 0x20 { view.removeFirst() }
    return Array(view)
  }

  private static func plain(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { (0x20...0x7E).contains($0) } }
  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
  private static func isCode(_ byte: UInt8) -> Bool {
    isDigit(byte) || (65...90).contains(byte) || byte == 0x20 || byte == UInt8(ascii: "_")
  }

  private static func isDate(_ bytes: [UInt8]) -> Bool {
    guard bytes.count == 8, bytes.allSatisfy(isDigit) else { return false }
    let month = Int(bytes[4] - 48) * 10 + Int(bytes[5] - 48)
    let day = Int(bytes[6] - 48) * 10 + Int(bytes[7] - 48)
    return (1...12).contains(month) && (1...31).contains(day)
  }

  private static func isTime(_ bytes: [UInt8]) -> Bool {
    let whole = bytes.prefix { $0 != UInt8(ascii: ".") }
    let fraction = bytes.dropFirst(whole.count).dropFirst()
    guard [2, 4, 6].contains(whole.count), whole.allSatisfy(isDigit), fraction.count <= 6, fraction.allSatisfy(isDigit)
    else { return false }
    let digits = whole.map { Int($0) - 48 }
    for (pair, most) in [23, 59, 60].enumerated() where 2 * pair + 1 < digits.count {
      if digits[2 * pair] * 10 + digits[2 * pair + 1] > most { return false }
    }
    return true
  }
}
