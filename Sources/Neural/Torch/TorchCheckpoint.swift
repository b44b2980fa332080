import Foundation

/// The dictionaries of tensors in a file that `torch.save` wrote, in its zip form or in the older one of bare pickles.
///
/// No code of the file runs: `PickleMachine` takes note of tensors and refuses everything else. Opening checks that every storage lies in the file; numbers
/// are read when asked for, so that an optimiser's state costs nothing.
public final class TorchCheckpoint: Sendable {
  /// The file.
  public let url: URL
  /// Whether it is the zip form.
  public let isZip: Bool
  /// Every dictionary that holds tensors, by the keys that lead to it joined by points; the outermost is `""`.
  public let dictionaries: [String: [String: TorchTensor]]
  private let file: OpenedFile
  private let archive: StoredZip?
  /// Names of zip entries, or places in the file, of the storages.
  private let places: [String: Place]

  private enum Place {
    case entry(String)
    case bytes(Range<Int>)
  }

  /// Keys deeper than this are not looked at: real ones go four deep.
  private static let deepest = 8
  private static let longestPickle = 64 << 20

  /// - Throws: one sentence about the first thing that is wrong.
  public init(contentsOf url: URL) throws(TorchError) {
    self.url = url
    file = try OpenedFile(url)
    isZip = try StoredZip.isZip(file)
    let root: PickleValue
    let machine: PickleMachine
    var places: [String: Place] = [:]
    if isZip {
      let archive = try StoredZip(file)
      self.archive = archive
      (root, machine) = try Self.runArchive(archive, file, &places)
    } else {
      archive = nil
      (root, machine) = try Self.runLegacy(file, &places)
    }
    self.places = places
    dictionaries = try Self.dictionaries(root, machine, file)
    for dictionary in dictionaries.values {
      for (name, tensor) in dictionary { try check(tensor, name) }
    }
  }

  /// The numbers of a floating-point tensor in the order of its shape, rounded to Float32 where they are F64.
  public func floats(_ tensor: TorchTensor) throws(TorchError) -> [Float] {
    guard tensor.storage.type.isFloatingPoint else {
      throw TorchError(
        .malformed, subject: url.path, reason: "numbers of type \(tensor.storage.type.rawValue) are no weights")
    }
    guard tensor.count > 0 else { return [] }
    let bytes = try storageBytes(tensor.storage)
    let indices = tensor.isContiguous ? nil : tensor.indices
    return bytes.withUnsafeBytes { raw in
      (0..<tensor.count).map { k in
        let at = tensor.offset + (indices?[k] ?? k)
        func load<Stored: FixedWidthInteger>(_ type: Stored.Type) -> Stored {
          Stored(littleEndian: raw.loadUnaligned(fromByteOffset: at * MemoryLayout<Stored>.size, as: Stored.self))
        }
        switch tensor.storage.type {
        case .float16: return Float(binary16: load(UInt16.self))
        case .bfloat16: return Float(bfloat16: load(UInt16.self))
        case .float64: return Float(Double(bitPattern: load(UInt64.self)))
        default: return Float(bitPattern: load(UInt32.self))
        }
      }
    }
  }

  private func storageBytes(_ storage: TorchStorage) throws(TorchError) -> [UInt8] {
    switch places[storage.key] {
    case .entry(let name):
      guard let archive, let entry = archive.entries[name] else { break }
      return try archive.contents(name, entry)
    case .bytes(let range): return try file.bytes(range)
    case nil: break
    }
    throw TorchError(.malformed, subject: url.path, reason: "the storage \(storage.key) is missing")
  }

  private func check(_ tensor: TorchTensor, _ name: String) throws(TorchError) {
    let held: Int?
    switch places[tensor.storage.key] {
    case .entry(let entry): held = archive?.entries[entry]?.bytes.count
    case .bytes(let range): held = range.count
    case nil: held = nil
    }
    let (needed, overflow) = tensor.storage.count.multipliedReportingOverflow(by: tensor.storage.type.byteCount)
    guard let held, !overflow, needed <= held else {
      throw TorchError(
        .malformed, subject: url.path,
        reason:
          "\(name.prefix(80)) claims \(tensor.storage.count) numbers of type \(tensor.storage.type.rawValue), where the file holds "
          + "\(held ?? 0) bytes: it is cut short or made up")
    }
  }

  // MARK: The two forms

  private static func runArchive(
    _ archive: StoredZip, _ file: OpenedFile, _ places: inout [String: Place]
  ) throws(TorchError) -> (PickleValue, PickleMachine) {
    let pickles = archive.entries.keys.filter { $0.hasSuffix("/data.pkl") && $0.split(separator: "/").count == 2 }
    guard let pickle = pickles.first, pickles.count == 1, let entry = archive.entries[pickle] else {
      throw TorchError(
        .malformed, subject: file.path,
        reason: "is a zip archive, but none that PyTorch saved: NAME/data.pkl is missing")
    }
    guard entry.bytes.count <= longestPickle else {
      throw TorchError(.refused, subject: file.path, reason: "has a pickle of \(entry.bytes.count) bytes")
    }
    _ = try archive.contents(pickle, entry)
    let prefix = pickle.dropLast("data.pkl".count)
    if let order = archive.entries[prefix + "byteorder"], order.bytes.count <= 16 {
      guard try file.bytes(order.bytes) == Array("little".utf8) else { throw bigEndian(file) }
    }
    if archive.entries[prefix + "constants.pkl"] != nil {
      throw TorchError(
        .refused, subject: file.path,
        reason: "is a TorchScript program, not a file of weights; save its state_dict instead")
    }
    for name in archive.entries.keys where name.hasPrefix(prefix + "data/") {
      places[String(name.dropFirst(prefix.count + 5))] = .entry(name)
    }
    return try PickleMachine.run(ByteSource(file, entry.bytes))
  }

  /// `torch/serialization.py`, `_legacy_save`: magic number, version, the machine's properties, the object, the keys of the storages, then each storage
  /// as its length (8 bytes) and its numbers.
  private static func runLegacy(
    _ file: OpenedFile, _ places: inout [String: Place]
  ) throws(TorchError) -> (PickleValue, PickleMachine) {
    guard file.size > 2, try file.bytes(0..<1) == [0x80] else {
      throw TorchError(
        .malformed, subject: file.path, reason: "is neither of the two forms in which PyTorch saves (zip, or pickles)")
    }
    let source = ByteSource(file, 0..<file.size)
    let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
    guard try PickleMachine.run(source).result == .long(magic) else {
      throw TorchError(
        .malformed, subject: file.path, reason: "is a pickle, but none that PyTorch saved (its magic number is missing)"
      )
    }
    guard try PickleMachine.run(source).result == .int(1001) else {
      throw TorchError(.malformed, subject: file.path, reason: "is of another version of PyTorch's old form than 1001")
    }
    let (system, systemMachine) = try PickleMachine.run(source)
    if case .dictionary(let number) = system {
      let order = systemMachine.dictionaries[number].first { $0.key == .string("little_endian") }
      if order?.value == .bool(false) { throw bigEndian(file) }
    }
    let (root, machine) = try PickleMachine.run(source)
    let (list, listMachine) = try PickleMachine.run(source)
    guard case .list(let number) = list else {
      throw TorchError(.malformed, subject: file.path, reason: "does not list its storages")
    }
    let types = machine.storageTypes
    for value in listMachine.sequences[number] {
      guard let key = value.text, let type = types[key] else {
        throw TorchError(.malformed, subject: file.path, reason: "lists a storage that nothing refers to")
      }
      let count = try source.number(8)
      let (bytes, overflow) = count.multipliedReportingOverflow(by: UInt64(type.byteCount))
      guard !overflow, bytes <= UInt64(source.remaining) else {
        throw TorchError(
          .malformed, subject: file.path,
          reason:
            "a storage claims \(count) numbers at byte \(source.position), where \(source.remaining) bytes are left: the file is cut short"
        )
      }
      let range = source.position..<source.position + Int(bytes)
      guard places.updateValue(.bytes(range), forKey: key) == nil else {
        throw TorchError(.malformed, subject: file.path, reason: "lists a storage twice")
      }
      source.skip(Int(bytes))
    }
    return (root, machine)
  }

  private static func bigEndian(_ file: OpenedFile) -> TorchError {
    TorchError(
      .refused, subject: file.path, reason: "was saved on a big-endian machine; load it with PyTorch and save it again")
  }

  // MARK: Dictionaries

  private static func dictionaries(
    _ root: PickleValue, _ machine: PickleMachine, _ file: OpenedFile
  ) throws(TorchError) -> [String: [String: TorchTensor]] {
    var found: [String: [String: TorchTensor]] = [:]
    var seen: Set<Int> = []
    var waiting: [(path: [String], value: PickleValue)] = [([], root)]
    while let (path, value) = waiting.popLast() {
      guard case .dictionary(let number) = value, path.count <= deepest, seen.insert(number).inserted else { continue }
      var tensors: [String: TorchTensor] = [:]
      for (key, item) in machine.dictionaries[number] {
        guard let name = key.text else { continue }
        if case .tensor(let tensor) = item {
          guard tensors.updateValue(tensor, forKey: name) == nil else {
            throw TorchError(.malformed, subject: file.path, reason: "names the tensor \(name.prefix(80)) twice")
          }
        } else {
          waiting.append((path + [name], item))
        }
      }
      if !tensors.isEmpty { found[path.joined(separator: ".")] = tensors }
    }
    return found
  }
}

extension TorchTensor {
  /// Where each number lies, relative to the first, in the order of the shape.
  fileprivate var indices: [Int] {
    var places = [0]
    places.reserveCapacity(count)
    for (size, stride) in zip(shape, strides) {
      places = places.flatMap { start in (0..<size).map { start + $0 * stride } }
    }
    return places
  }
}
