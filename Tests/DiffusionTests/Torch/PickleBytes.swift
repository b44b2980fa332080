import Foundation
import Neural

/// Files in PyTorch's two forms, put together by hand, so that each can be wrong in one way.
enum PickleBytes {
  static func text(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    return [UInt8(ascii: "X")] + number(bytes.count, 4) + bytes
  }

  static func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  static func int(_ value: Int) -> [UInt8] {
    Int32(exactly: value).map { [UInt8(ascii: "J")] + number(Int($0), 4) } ?? [0x8A, 8] + number(value, 8)
  }

  static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }

  static func tuple(_ items: [UInt8]...) -> [UInt8] { [UInt8(ascii: "(")] + items.flatMap { $0 } + [UInt8(ascii: "t")] }

  /// A tensor over storage "0" of float32.
  static func tensor(
    shape: [Int], strides: [Int], offset: Int = 0, count: Int, key: String = "0", type: String = "FloatStorage"
  )
    -> [UInt8]
  {
    let id = tuple(text("storage"), global("torch", type), text(key), text("cpu"), int(count))
    let sizes = [UInt8(ascii: "(")] + shape.flatMap(int) + [UInt8(ascii: "t")]
    let steps = [UInt8(ascii: "(")] + strides.flatMap(int) + [UInt8(ascii: "t")]
    return global("torch._utils", "_rebuild_tensor_v2")
      + tuple(
        id + [UInt8(ascii: "Q")], int(offset), sizes, steps, [0x89],
        global("collections", "OrderedDict") + [UInt8(ascii: ")"), UInt8(ascii: "R")])
      + [UInt8(ascii: "R")]
  }

  /// `{name: value}`.
  static func dictionary(_ name: String, _ value: [UInt8]) -> [UInt8] {
    [UInt8(ascii: "}")] + text(name) + value + [UInt8(ascii: "s")]
  }

  static func pickle(_ body: [UInt8]) -> [UInt8] { [0x80, 2] + body + [UInt8(ascii: ".")] }

  /// A file of the older form around `body`, with a storage "0" of so many float32 numbers.
  static func legacy(_ body: [UInt8], keys: [String] = ["0"], numbers: Int = 4, claims: Int? = nil) -> [UInt8] {
    let magic: [UInt8] = [0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
    let list = [UInt8(ascii: "]"), UInt8(ascii: "(")] + keys.flatMap(text) + [UInt8(ascii: "e")]
    var file =
      pickle(magic) + pickle([UInt8(ascii: "M"), 0xE9, 0x03]) + pickle([UInt8(ascii: "}")]) + pickle(body)
      + pickle(list)
    for _ in keys { file += number(claims ?? numbers, 8) + [UInt8](repeating: 0, count: 4 * numbers) }
    return file
  }

  struct ZipEntry {
    var name: String
    var bytes: [UInt8]
    var method = 0
    var flags = 0
    var checksum: UInt32?
    /// Where the directory says that it lies; nil for the truth.
    var offset: Int?
    var size: Int?
  }

  static func zip(_ entries: [ZipEntry]) -> [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let name = Array(entry.name.utf8)
      let place = entry.offset ?? file.count
      let size = entry.size ?? entry.bytes.count
      let checksum = Int(entry.checksum ?? Checksum.crc32(entry.bytes))
      let common =
        number(entry.flags, 2) + number(entry.method, 2) + number(0, 4) + number(checksum, 4) + number(size, 4)
        + number(size, 4)
        + number(name.count, 2) + number(0, 2)
      file += number(0x0403_4B50, 4) + number(20, 2) + common + name + entry.bytes
      directory +=
        number(0x0201_4B50, 4) + number(20, 2) + number(20, 2) + common + number(0, 2) + number(0, 8) + number(place, 4)
        + name
    }
    let start = file.count
    file += directory
    file += number(0x0605_4B50, 4) + number(0, 4) + number(entries.count, 2) + number(entries.count, 2)
    return file + number(directory.count, 4) + number(start, 4) + number(0, 2)
  }

  /// A small file of the zip form, with changes.
  static func archive(_ body: [UInt8], change: (inout [ZipEntry]) -> Void = { _ in }) -> [UInt8] {
    var entries = [
      ZipEntry(name: "archive/data.pkl", bytes: pickle(body)),
      ZipEntry(name: "archive/byteorder", bytes: Array("little".utf8)),
      ZipEntry(name: "archive/data/0", bytes: [UInt8](repeating: 0, count: 16)),
      ZipEntry(name: "archive/version", bytes: [0x33, 0x0A]),
    ]
    change(&entries)
    return zip(entries)
  }

  /// Opens bytes as a checkpoint and reads all of it.
  static func open(_ bytes: [UInt8]) throws -> [String: [String: [Float]]] {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("residua-\(UUID().uuidString).pt")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data(bytes).write(to: url)
    let checkpoint = try TorchCheckpoint(contentsOf: url)
    return try checkpoint.dictionaries.mapValues {
      try $0.filter { $0.value.storage.type.isFloatingPoint }.mapValues(checkpoint.floats)
    }
  }
}
