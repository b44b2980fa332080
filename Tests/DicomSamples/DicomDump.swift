import Foundation

/// Reads explicit VR little endian back, for what the library has written. Sequences give their items.
package struct DicomDump: Equatable {
  package var values: [UInt32: [UInt8]] = [:]
  package var items: [UInt32: [DicomDump]] = [:]

  package init(_ url: URL) throws { self.init([UInt8](try Data(contentsOf: url)).dropFirst(132)) }

  package init(_ bytes: ArraySlice<UInt8>) {
    var at = bytes.startIndex
    func word(_ i: Int) -> UInt32 { UInt32(bytes[i]) | UInt32(bytes[i + 1]) << 8 }
    func long(_ i: Int) -> Int { Int(word(i)) | Int(word(i + 2)) << 16 }
    while at + 8 <= bytes.endIndex {
      let tag = word(at) << 16 | word(at + 2)
      let vr = String(decoding: bytes[(at + 4)..<(at + 6)], as: UTF8.self)
      let isLong = ["OB", "OW", "OF", "OD", "SQ", "UN", "UT", "UC", "UR"].contains(vr)
      let length = isLong ? long(at + 8) : Int(word(at + 6))
      let start = at + (isLong ? 12 : 8)
      let end = min(start + length, bytes.endIndex)
      if vr == "SQ" {
        var inner = start
        var found: [DicomDump] = []
        while inner + 8 <= end {
          let size = long(inner + 4)
          found.append(DicomDump(bytes[(inner + 8)..<min(inner + 8 + size, end)]))
          inner += 8 + size
        }
        items[tag] = found
      } else {
        values[tag] = Array(bytes[start..<end])
      }
      at = end
    }
  }

  package func text(_ tag: UInt32) -> String? {
    values[tag].map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: CharacterSet(charactersIn: " \0")) }
  }
  package func numbers(_ tag: UInt32) -> [Double] { text(tag)?.split(separator: "\\").compactMap { Double($0) } ?? [] }
  package func words(_ tag: UInt32) -> [Int] {
    let bytes = values[tag] ?? []
    return stride(from: 0, to: bytes.count - 1, by: 2).map { Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8 }
  }
  package func floats(_ tag: UInt32) -> [Float] {
    (values[tag] ?? []).withUnsafeBytes { raw in
      (0..<(raw.count / 4)).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
  }
  /// Every tag, nested ones too.
  package var allTags: Set<UInt32> {
    Set(values.keys).union(items.keys).union(items.values.flatMap { $0.flatMap(\.allTags) })
  }
  /// Every text, nested too.
  package var allBytes: [[UInt8]] { Array(values.values) + items.values.flatMap { $0.flatMap(\.allBytes) } }
}
