import Foundation

/// Gathers tensors and writes them as one safetensors file; the same tensors give the same bytes, whatever the order of adding.
///
/// Tensors lie in the file by falling size of their numbers, then by name, so that all of them are aligned.
public struct SafetensorsWriter: Sendable {
  private struct Item: Sendable {
    let name: String
    let type: ElementType
    let shape: [Int]
    let bytes: [UInt8]
  }

  /// Texts about the file.
  public var metadata: [String: String]
  private var items: [Item] = []

  /// An empty file with these texts in its header.
  public init(metadata: [String: String] = [:]) { self.metadata = metadata }

  /// Adds floating-point values, rounded to nearest (ties to even) into `type`.
  /// - Precondition: the name is new, `shape` counts `values.count` numbers, `type` is a floating-point type.
  public mutating func add(_ name: String, shape: [Int], values: [Float], as type: ElementType = .float32) {
    precondition(type.isFloatingPoint, "integers are added as such")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * type.byteCount)
    for value in values {
      switch type {
      case .float16: Self.append(value.binary16, to: &bytes)
      case .bfloat16: Self.append(value.bfloat16, to: &bytes)
      case .float64: Self.append(Double(value).bitPattern, to: &bytes)
      default: Self.append(value.bitPattern, to: &bytes)
      }
    }
    add(name, shape: shape, count: values.count, type: type, bytes: bytes)
  }

  /// Adds integers as I64.
  /// - Precondition: the name is new, `shape` counts `integers.count` numbers.
  public mutating func add(_ name: String, shape: [Int], integers: [Int]) {
    var bytes: [UInt8] = []
    for value in integers { Self.append(UInt64(bitPattern: Int64(value)), to: &bytes) }
    add(name, shape: shape, count: integers.count, type: .int64, bytes: bytes)
  }

  private mutating func add(_ name: String, shape: [Int], count: Int, type: ElementType, bytes: [UInt8]) {
    precondition(
      shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == count, "\(name): shape \(shape), \(count) values")
    precondition(name != "__metadata__" && !items.contains { $0.name == name }, "\(name): added twice or reserved")
    items.append(Item(name: name, type: type, shape: shape, bytes: bytes))
  }

  private static func append<Number: FixedWidthInteger>(_ number: Number, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// The whole file.
  public func encoded() -> [UInt8] {
    let ordered = items.sorted { ($1.type.byteCount, $0.name) < ($0.type.byteCount, $1.name) }
    var fields: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map {
        "\(JSONValue.quoted($0.key)):\(JSONValue.quoted($0.value))"
      }
      fields.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var position = 0
    for item in ordered {
      let shape = item.shape.map(String.init).joined(separator: ",")
      let end = position + item.bytes.count
      fields.append(
        "\(JSONValue.quoted(item.name)):{\"dtype\":\"\(item.type.rawValue)\",\"shape\":[\(shape)],\"data_offsets\":[\(position),\(end)]}"
      )
      position = end
    }
    var header = Array("{\(fields.joined(separator: ","))}".utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + header.count + position)
    Self.append(UInt64(header.count), to: &bytes)
    bytes.append(contentsOf: header)
    for item in ordered { bytes.append(contentsOf: item.bytes) }
    return bytes
  }

  /// Writes to a temporary file beside `url` and renames it, so that no half file ever stands under the name.
  public func write(to url: URL) throws(SafetensorsError) {
    do { try Data(encoded()).write(to: url, options: .atomic) } catch {
      throw SafetensorsError(
        .unwritable, subject: url.path, problems: ["cannot be written: \(error.localizedDescription)"])
    }
  }
}
