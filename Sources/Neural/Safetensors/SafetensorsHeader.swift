/// One tensor as the header describes it.
public struct SafetensorsEntry: Sendable, Equatable {
  /// Of one element.
  public let type: ElementType
  /// Outermost dimension first; empty for a single number.
  public let shape: [Int]
  /// Number of values, the product of `shape`.
  public let count: Int
  /// Where its bytes lie, counted from the start of the file.
  public let bytes: Range<Int>
}

/// The header of a safetensors file, checked against the length of the file.
///
/// The format: 8 bytes with the header's length (little endian), the header as JSON, then the bytes of all tensors without gaps
/// or overlaps. The header maps each name to `dtype`, `shape` and `data_offsets` (counted from the end of the header);
/// `__metadata__` maps texts to texts.
struct SafetensorsHeader {
  /// A header may be this long; the format's own implementation stops at 100 MB, real ones have less than 1 MB.
  static let longest = 32 << 20

  private(set) var metadata: [String: String] = [:]
  private(set) var entries: [String: SafetensorsEntry] = [:]
  private(set) var problems: [String] = []

  /// - Parameters:
  ///   - json: the header's bytes.
  ///   - dataStart: position of the first byte after the header.
  ///   - fileSize: length of the file, not less than `dataStart`.
  init(json: [UInt8], dataStart: Int, fileSize: Int) {
    let document: JSONValue
    do { document = try JSONParser.parse(json) } catch {
      problems = ["the header is not valid JSON: \(error.reason) at byte \(error.position) of it"]
      return
    }
    guard let members = document.members else {
      problems = ["the header should be a JSON object, but is \(document.described)"]
      return
    }
    noteDuplicates(members, "the header")
    for member in members {
      if member.name == "__metadata__" {
        readMetadata(member.value)
      } else if let entry = entry(member, dataStart: dataStart, fileSize: fileSize) {
        entries[member.name] = entry
      }
    }
    checkCoverage(dataStart: dataStart, fileSize: fileSize)
  }

  private mutating func noteDuplicates(_ members: [JSONValue.Member], _ place: String) {
    var counts: [String: Int] = [:]
    for member in members { counts[member.name, default: 0] += 1 }
    for (name, count) in counts.sorted(by: { $0.key < $1.key }) where count > 1 {
      problems.append("\(place) names \(JSONValue.quoted(name)) \(count) times")
    }
  }

  private mutating func readMetadata(_ value: JSONValue) {
    guard let members = value.members else {
      problems.append("__metadata__ should be an object of texts, but is \(value.described)")
      return
    }
    noteDuplicates(members, "__metadata__")
    for member in members {
      if let text = member.value.string {
        metadata[member.name] = text
      } else {
        problems.append(
          "__metadata__ entry \(JSONValue.quoted(member.name)) should be a text, but is \(member.value.described)")
      }
    }
  }

  private mutating func entry(_ member: JSONValue.Member, dataStart: Int, fileSize: Int) -> SafetensorsEntry? {
    let name = member.name
    let before = problems.count
    guard let fields = member.value.members else {
      problems.append("\(name): should be an object, but is \(member.value.described)")
      return nil
    }
    noteDuplicates(fields, name)
    for field in fields where !["dtype", "shape", "data_offsets"].contains(field.name) {
      problems.append("\(name): unknown field \(JSONValue.quoted(field.name))")
    }
    var type: ElementType?
    if let text = member.value["dtype"]?.string {
      type = ElementType(rawValue: text)
      if type == nil {
        let known = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
        problems.append("\(name): unknown type \(JSONValue.quoted(text)); known are \(known)")
      }
    } else {
      problems.append("\(name): dtype is missing or not a text")
    }
    let shape = sizes(member.value["shape"], "shape", of: name)
    let offsets = sizes(member.value["data_offsets"], "data_offsets", of: name)
    if let offsets, offsets.count != 2 {
      problems.append("\(name): data_offsets should be two numbers, but are \(offsets.count)")
    }
    guard problems.count == before, let type, let shape, let offsets else { return nil }

    var count = 1
    var overflowed = false
    for size in shape where size != 0 {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      count = product
      overflowed = overflowed || overflow
    }
    if shape.contains(0) { count = 0 }
    let (length, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
    guard !overflowed, !overflow else {
      problems.append("\(name): shape \(shape) claims more values than memory can address")
      return nil
    }
    let (begin, end) = (offsets[0], offsets[1])
    guard begin <= end else {
      problems.append("\(name): data_offsets end (\(end)) before they begin (\(begin))")
      return nil
    }
    guard end <= fileSize - dataStart else {
      problems.append(
        "\(name): data_offsets [\(begin), \(end)] reach beyond the file, which holds \(fileSize - dataStart) bytes of data"
      )
      return nil
    }
    guard end - begin == length else {
      problems.append(
        "\(name): shape \(shape) of \(type.rawValue) takes \(length) bytes, but data_offsets span \(end - begin)")
      return nil
    }
    return SafetensorsEntry(type: type, shape: shape, count: count, bytes: dataStart + begin..<dataStart + end)
  }

  private mutating func sizes(_ value: JSONValue?, _ field: String, of name: String) -> [Int]? {
    guard let items = value?.array else {
      problems.append("\(name): \(field) is missing or not a list of numbers")
      return nil
    }
    guard items.count <= 32 else {
      problems.append("\(name): \(field) has \(items.count) numbers, more than 32")
      return nil
    }
    var result: [Int] = []
    for item in items {
      guard let number = item.integer, number >= 0 else {
        problems.append("\(name): \(field) holds \(item.described), which is no size")
        return nil
      }
      result.append(number)
    }
    return result
  }

  private mutating func checkCoverage(dataStart: Int, fileSize: Int) {
    // Where an entry is broken, a gap is only its echo; an overlap of two sound ones is not.
    let complete = problems.isEmpty
    var position = dataStart
    var last = "the header"
    let ordered = entries.filter { $0.value.count > 0 }.sorted {
      ($0.value.bytes.lowerBound, $0.value.bytes.upperBound, $0.key) < (
        $1.value.bytes.lowerBound, $1.value.bytes.upperBound, $1.key
      )
    }
    for (name, entry) in ordered {
      if entry.bytes.lowerBound < position {
        problems.append("\(name): its bytes overlap those of \(last)")
      } else if complete, entry.bytes.lowerBound > position {
        problems.append("\(entry.bytes.lowerBound - position) bytes between \(last) and \(name) belong to no tensor")
      }
      if entry.bytes.upperBound > position { (position, last) = (entry.bytes.upperBound, name) }
    }
    if complete, position < fileSize {
      problems.append("\(fileSize - position) bytes after \(last) belong to no tensor")
    }
  }
}
