/// The entries of a zip archive that are stored as they are, which is how PyTorch saves (APPNOTE.TXT 6.3; zip64 included).
///
/// Nothing is ever unpacked: a compressed entry is refused, so that no small file can become a large one. Entries may not overlap, nor share a name, nor
/// be called what a path could be made of.
struct StoredZip {
  struct Entry: Equatable {
    let bytes: Range<Int>
    let checksum: UInt32
  }

  private(set) var entries: [String: Entry] = [:]
  private let file: OpenedFile

  private static let endSignature: UInt64 = 0x0605_4B50
  private static let end64Signature: UInt64 = 0x0606_4B50
  private static let locatorSignature: UInt64 = 0x0706_4B50
  private static let centralSignature: UInt64 = 0x0201_4B50
  private static let localSignature: UInt64 = 0x0403_4B50
  /// A model has a few hundred entries.
  private static let mostEntries = 100_000

  static func isZip(_ file: OpenedFile) throws(TorchError) -> Bool {
    guard file.size >= 22 else { return false }
    return try file.bytes(0..<4) == [0x50, 0x4B, 0x03, 0x04]
  }

  init(_ file: OpenedFile) throws(TorchError) {
    self.file = file
    let directory = try Self.directory(of: file)
    let source = ByteSource(file, directory.bytes)
    for _ in 0..<directory.count { try readCentral(source) }
    guard source.remaining == 0 else { throw failure("its directory is longer than its entries") }
    var position = 0
    for (name, entry) in entries.sorted(by: { $0.value.bytes.lowerBound < $1.value.bytes.lowerBound }) {
      guard entry.bytes.lowerBound >= position, entry.bytes.upperBound <= directory.bytes.lowerBound else {
        throw failure("the entry \(Self.shown(name)) overlaps another or the directory")
      }
      position = entry.bytes.upperBound
    }
  }

  private func failure(_ reason: String) -> TorchError { Self.failure(file, reason) }

  private static func failure(_ file: OpenedFile, _ reason: String) -> TorchError {
    TorchError(.malformed, subject: file.path, reason: "is no sound zip archive: \(reason)")
  }

  private static func shown(_ name: String) -> String { String(name.prefix(60).filter { !$0.isNewline }) }

  /// Where the central directory lies, and of how many entries it is.
  private static func directory(of file: OpenedFile) throws(TorchError) -> (bytes: Range<Int>, count: Int) {
    // The end record is 22 bytes and a comment of at most 65535.
    let start = max(0, file.size - 22 - 65535)
    let tail = try file.bytes(start..<file.size)
    var at = tail.count - 22
    while at >= 0, tail[at..<at + 4] != [0x50, 0x4B, 0x05, 0x06] { at -= 1 }
    guard at >= 0 else { throw failure(file, "its directory is missing, so the file is cut short") }
    func number(_ offset: Int, _ count: Int) -> UInt64 {
      (0..<count).reduce(0) { $0 | UInt64(tail[at + offset + $1]) << UInt64(8 * $1) }
    }
    var count = number(10, 2)
    var (size, offset) = (number(12, 4), number(16, 4))
    let end = start + at
    if count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF, end >= 20 {
      let locator = ByteSource(file, end - 20..<end)
      if try locator.number(4) == locatorSignature {
        _ = try locator.number(4)
        let place = try locator.number(8)
        guard place <= UInt64(end - 20), Int(place) + 56 <= end - 20 else {
          throw failure(file, "its 64-bit directory lies outside of it")
        }
        let record = ByteSource(file, Int(place)..<end)
        guard try record.number(4) == end64Signature else { throw failure(file, "its 64-bit directory is missing") }
        _ = try record.bytes(28)
        count = try record.number(8)
        size = try record.number(8)
        offset = try record.number(8)
      }
    }
    guard count <= UInt64(mostEntries) else { throw failure(file, "it announces \(count) entries") }
    guard offset <= UInt64(end), size <= UInt64(end) - offset else {
      throw failure(file, "its directory lies outside of it")
    }
    return (Int(offset)..<Int(offset + size), Int(count))
  }

  private mutating func readCentral(_ source: ByteSource) throws(TorchError) {
    guard try source.number(4) == Self.centralSignature else { throw failure("its directory is damaged") }
    _ = try source.number(4)
    let flags = try source.number(2)
    let method = try source.number(2)
    _ = try source.number(4)
    let checksum = UInt32(try source.number(4))
    var packed = try source.number(4)
    var size = try source.number(4)
    let nameLength = Int(try source.number(2))
    let extraLength = Int(try source.number(2))
    let commentLength = Int(try source.number(2))
    _ = try source.bytes(8)
    var offset = try source.number(4)
    guard let name = String(validating: try source.bytes(nameLength), as: UTF8.self) else {
      throw failure("an entry's name is not UTF-8")
    }
    let extra = try source.bytes(extraLength)
    _ = try source.bytes(commentLength)
    Self.readZip64(extra, &size, &packed, &offset)
    let isPath = name.split(separator: "/", omittingEmptySubsequences: false).contains { $0 == ".." || $0.isEmpty }
    guard !name.isEmpty, !name.hasPrefix("/"), !name.contains("\\"), !name.contains("\0"), !isPath else {
      throw failure("the name of the entry \(Self.shown(name)) could lead out of it")
    }
    guard flags & 1 == 0 else { throw failure("the entry \(Self.shown(name)) is encrypted") }
    guard method == 0, packed == size else {
      throw failure(
        "the entry \(Self.shown(name)) is compressed, which PyTorch never does; save the model again with torch.save")
    }
    guard offset <= UInt64(file.size - 30), size <= UInt64(file.size) else {
      throw failure("the entry \(Self.shown(name)) lies outside of it")
    }
    let local = ByteSource(file, Int(offset)..<file.size)
    guard try local.number(4) == Self.localSignature else {
      throw failure("the entry \(Self.shown(name)) is not where it should be")
    }
    _ = try local.bytes(22)
    let skipped = Int(try local.number(2)) + Int(try local.number(2))
    let start = local.position + skipped
    guard start <= file.size, Int(size) <= file.size - start else {
      throw failure("the entry \(Self.shown(name)) reaches beyond the end of the file")
    }
    guard entries.updateValue(Entry(bytes: start..<start + Int(size), checksum: checksum), forKey: name) == nil else {
      throw failure("two entries are called \(Self.shown(name))")
    }
  }

  /// Sizes and offset beyond 32 bits stand in the extra field 1, in this order, where the plain ones are all ones.
  private static func readZip64(_ extra: [UInt8], _ size: inout UInt64, _ packed: inout UInt64, _ offset: inout UInt64)
  {
    func number(_ at: Int, _ count: Int) -> UInt64 {
      (0..<count).reduce(0) { $0 | UInt64(extra[at + $1]) << UInt64(8 * $1) }
    }
    var at = 0
    while at + 4 <= extra.count {
      let (kind, length) = (number(at, 2), Int(number(at + 2, 2)))
      at += 4
      guard at + length <= extra.count else { return }
      if kind == 1 {
        var field = at
        func take(_ value: inout UInt64) {
          guard value == 0xFFFF_FFFF, field + 8 <= at + length else { return }
          value = number(field, 8)
          field += 8
        }
        take(&size)
        take(&packed)
        take(&offset)
      }
      at += length
    }
  }

  /// The bytes of an entry, held against its checksum.
  func contents(_ name: String, _ entry: Entry) throws(TorchError) -> [UInt8] {
    let bytes = try file.bytes(entry.bytes)
    guard Checksum.crc32(bytes) == entry.checksum else {
      throw failure("the entry \(Self.shown(name)) is damaged (its checksum differs)")
    }
    return bytes
  }
}

/// CRC-32 as zip has it (reflected polynomial 0xEDB88320).
package enum Checksum {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
  }

  package static func crc32(_ bytes: [UInt8]) -> UInt32 {
    let table = table
    return ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }
}
