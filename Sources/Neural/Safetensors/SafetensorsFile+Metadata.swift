import Foundation

extension SafetensorsFile {
  /// Writes the same tensors, byte for byte and in the same order, under other metadata; `url` may be the file itself, which is replaced in one step.
  public func write(metadata: [String: String], to url: URL) throws(SafetensorsError) {
    let ordered = entries.sorted {
      ($0.value.bytes.lowerBound, $0.value.bytes.upperBound, $0.key) < (
        $1.value.bytes.lowerBound, $1.value.bytes.upperBound, $1.key
      )
    }
    // The tensors cover all that follows the header, without gaps.
    let start = ordered.first { $0.value.count > 0 }?.value.bytes.lowerBound ?? byteCount
    var fields: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map {
        "\(JSONValue.quoted($0.key)):\(JSONValue.quoted($0.value))"
      }
      fields.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    for (name, entry) in ordered {
      let shape = entry.shape.map(String.init).joined(separator: ",")
      let (begin, end) = (entry.bytes.lowerBound - start, entry.bytes.upperBound - start)
      // An empty tensor may stand anywhere; where it would lie before the first, it goes to it.
      let place = entry.count == 0 ? "0,0" : "\(begin),\(end)"
      fields.append(
        "\(JSONValue.quoted(name)):{\"dtype\":\"\(entry.type.rawValue)\",\"shape\":[\(shape)],\"data_offsets\":[\(place)]}"
      )
    }
    var header = Array("{\(fields.joined(separator: ","))}".utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    var bytes = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
    bytes += header
    bytes += try data(start..<byteCount)
    do { try Data(bytes).write(to: url, options: .atomic) } catch {
      throw SafetensorsError(
        .unwritable, subject: url.path, problems: ["cannot be written: \(error.localizedDescription)"])
    }
  }
}
