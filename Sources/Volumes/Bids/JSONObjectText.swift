import Foundation

/// A JSON object as text: keys in their order, each value byte for byte as it stood.
///
/// Carrying a file along should not reorder it nor turn 2.19999 into 2.1999899999999997, which decoding and encoding would do.
public struct JSONObjectText: Equatable, Sendable {
  /// The members in the order of the file: name, and value as it is written.
  public private(set) var members: [(key: String, value: String)]

  public static func == (a: Self, b: Self) -> Bool { a.members.elementsEqual(b.members, by: ==) }

  /// An object without members.
  public init() { members = [] }

  /// nil where the bytes are no JSON object.
  public init?(_ bytes: [UInt8]) {
    // Foundation judges; the scan below may then rely on well-formed text.
    guard (try? JSONSerialization.jsonObject(with: Data(bytes))) is [String: Any] else { return nil }
    // Foundation also takes UTF-16 and UTF-32, whose text has zeros.
    guard !bytes.contains(0) else { return nil }
    members = []
    var scanner = Scanner(bytes: bytes)
    scanner.skip(to: UInt8(ascii: "{"))
    while let key = scanner.nextKey() {
      guard let name = try? JSONDecoder().decode(String.self, from: Data(key)) else { return nil }
      members.append((name, String(decoding: scanner.value(), as: UTF8.self)))
    }
  }

  /// The text of a value; setting nil removes the key, a new key goes to the end.
  public subscript(key: String) -> String? {
    get { members.first { $0.key == key }?.value }
    set {
      guard let newValue else { return members.removeAll { $0.key == key } }
      if let index = members.firstIndex(where: { $0.key == key }) {
        members[index].value = newValue
      } else {
        members.append((key, newValue))
      }
    }
  }

  /// A member that is a number; `nil` for any other, or none.
  public func number(_ key: String) -> Double? {
    self[key].flatMap { Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) }.flatMap { $0.isFinite ? $0 : nil }
  }

  /// A member that is a list of numbers; `nil` for any other, or none.
  public func numbers(_ key: String) -> [Double]? {
    self[key].flatMap { try? JSONDecoder().decode([Double].self, from: Data($0.utf8)) }
  }

  /// A member that is a text; `nil` for any other, or none.
  public func string(_ key: String) -> String? {
    self[key].flatMap { try? JSONDecoder().decode(String.self, from: Data($0.utf8)) }
  }

  /// The object, one member per line.
  public var text: String {
    let lines = members.map { "  \(JSONObjectText.quoted($0.key)): \($0.value)" }
    return lines.isEmpty ? "{}\n" : "{\n\(lines.joined(separator: ",\n"))\n}\n"
  }

  /// A string as JSON.
  package static func quoted(_ key: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return (try? encoder.encode(key)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }

  /// Walks the members of a well-formed object.
  private struct Scanner {
    let bytes: [UInt8]
    var at = 0

    mutating func skip(to byte: UInt8) {
      while at < bytes.count, bytes[at] != byte { at += 1 }
      at += 1
    }

    /// The next key with its quotes, behind whose colon the scanner then stands; nil at the end of the object.
    mutating func nextKey() -> [UInt8]? {
      while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
        if bytes[at] == UInt8(ascii: "}") { return nil }
        at += 1
      }
      guard at < bytes.count else { return nil }
      let start = at
      skipString()
      let key = Array(bytes[start..<min(at, bytes.count)])
      skip(to: UInt8(ascii: ":"))
      return key
    }

    private mutating func skipString() {
      at += 1
      while at < bytes.count, bytes[at] != UInt8(ascii: "\"") { at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1 }
      at += 1
    }

    /// The value up to the comma or brace that ends it, without white space around it.
    mutating func value() -> ArraySlice<UInt8> {
      let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
      while at < bytes.count, isSpace(bytes[at]) { at += 1 }
      let start = min(at, bytes.count)
      var depth = 0
      scan: while at < bytes.count {
        switch bytes[at] {
        case UInt8(ascii: "\""):
          skipString()
          continue scan
        case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
          if depth == 0 { break scan }
          depth -= 1
        case UInt8(ascii: ",") where depth == 0: break scan
        default: break
        }
        at += 1
      }
      var end = min(at, bytes.count)
      while end > start, isSpace(bytes[end - 1]) { end -= 1 }
      return bytes[start..<end]
    }
  }
}
