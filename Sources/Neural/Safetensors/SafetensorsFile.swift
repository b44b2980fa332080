import Foundation

/// A safetensors file that has passed every check of its header; values are read on demand.
///
/// Reading goes through `pread`, not through a mapping: a file that shrinks while it is read gives an error instead of a signal.
/// It may be used from several threads at once.
public final class SafetensorsFile: Sendable {
  /// The file.
  public let url: URL
  /// Length of the file in bytes.
  public let byteCount: Int
  /// `__metadata__`; empty where the file has none.
  public let metadata: [String: String]
  /// The tensors by name.
  public let entries: [String: SafetensorsEntry]
  private let descriptor: Int32

  /// Opens a file and checks its header.
  /// - Throws: one error that lists all that is wrong.
  public init(contentsOf url: URL) throws(SafetensorsError) {
    let subject = url.path
    func unreadable(_ reason: String) -> SafetensorsError {
      SafetensorsError(.unreadable, subject: subject, problems: [reason])
    }
    // Non-blocking, so that a named pipe is refused below instead of waited for.
    let descriptor = open(subject, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw unreadable(
        errno == ENOENT ? "there is no such file" : "cannot be opened: \(String(cString: strerror(errno)))")
    }
    var keep = false
    defer { if !keep { close(descriptor) } }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw unreadable("cannot be examined: \(String(cString: strerror(errno)))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw unreadable(
        status.st_mode & S_IFMT == S_IFDIR ? "is a folder; name the file in it" : "is not a regular file")
    }
    let size = Int(status.st_size)
    func malformed(_ problems: [String]) -> SafetensorsError {
      SafetensorsError(.malformed, subject: subject, problems: problems)
    }
    guard size >= 8 else {
      throw malformed(["is \(size) bytes long; a safetensors file begins with the 8 bytes of its header's length"])
    }
    let prefix = try Self.bytes(0..<8, of: descriptor, subject)
    let claimed = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard claimed <= UInt64(size - 8) else {
      throw malformed([
        "the header claims \(claimed) bytes, but only \(size - 8) follow: the file is truncated or not a safetensors file"
      ])
    }
    guard claimed <= UInt64(SafetensorsHeader.longest) else {
      throw malformed([
        "the header claims \(claimed) bytes, more than the \(SafetensorsHeader.longest) that are accepted"
      ])
    }
    let dataStart = 8 + Int(claimed)
    let json = try Self.bytes(8..<dataStart, of: descriptor, subject)
    let header = SafetensorsHeader(json: json, dataStart: dataStart, fileSize: size)
    guard header.problems.isEmpty else { throw malformed(header.problems) }
    self.url = url
    self.byteCount = size
    self.metadata = header.metadata
    self.entries = header.entries
    self.descriptor = descriptor
    keep = true
  }

  deinit { close(descriptor) }

  /// The names of all tensors, sorted.
  public var names: [String] { entries.keys.sorted() }

  /// The values of a floating-point tensor, rounded to Float32 where they are F64.
  public func floats(_ name: String) throws(SafetensorsError) -> [Float] {
    let (entry, bytes) = try read(name) { $0.isFloatingPoint }
    return bytes.withUnsafeBytes { raw in
      Self.map(entry, raw, UInt16.self, .float16) { Float(binary16: $0) }
        ?? Self.map(entry, raw, UInt16.self, .bfloat16) { Float(bfloat16: $0) }
        ?? Self.map(entry, raw, UInt32.self, .float32) { Float(bitPattern: $0) }
        ?? Self.map(entry, raw, UInt64.self, .float64) { Float(Double(bitPattern: $0)) } ?? []
    }
  }

  /// The values of a floating-point tensor, exactly.
  public func doubles(_ name: String) throws(SafetensorsError) -> [Double] {
    let (entry, bytes) = try read(name) { $0.isFloatingPoint }
    return bytes.withUnsafeBytes { raw in
      Self.map(entry, raw, UInt16.self, .float16) { Double(Float(binary16: $0)) }
        ?? Self.map(entry, raw, UInt16.self, .bfloat16) { Double(Float(bfloat16: $0)) }
        ?? Self.map(entry, raw, UInt32.self, .float32) { Double(Float(bitPattern: $0)) }
        ?? Self.map(entry, raw, UInt64.self, .float64) { Double(bitPattern: $0) } ?? []
    }
  }

  /// The values of an integer tensor; one beyond Int64 is an error.
  public func integers(_ name: String) throws(SafetensorsError) -> [Int] {
    let (entry, bytes) = try read(name) { !$0.isFloatingPoint }
    let values: [Int?] = bytes.withUnsafeBytes { raw in
      Self.map(entry, raw, UInt8.self, .bool) { $0 == 0 ? 0 : 1 }
        ?? Self.map(entry, raw, UInt8.self, .uint8) { Int($0) }
        ?? Self.map(entry, raw, Int8.self, .int8) { Int($0) }
        ?? Self.map(entry, raw, UInt16.self, .uint16) { Int($0) }
        ?? Self.map(entry, raw, Int16.self, .int16) { Int($0) }
        ?? Self.map(entry, raw, UInt32.self, .uint32) { Int($0) }
        ?? Self.map(entry, raw, Int32.self, .int32) { Int($0) }
        ?? Self.map(entry, raw, UInt64.self, .uint64) { Int(exactly: $0) }
        ?? Self.map(entry, raw, Int64.self, .int64) { Int($0) } ?? []
    }
    let result = values.compactMap { $0 }
    guard result.count == values.count else {
      throw SafetensorsError(.unsuitable, subject: url.path, problems: ["\(name): holds a number beyond 2⁶³ − 1"])
    }
    return result
  }

  /// Bytes of the file as they stand.
  func data(_ range: Range<Int>) throws(SafetensorsError) -> [UInt8] {
    try Self.bytes(range, of: descriptor, url.path)
  }

  private func read(
    _ name: String, accepting: (ElementType) -> Bool
  ) throws(SafetensorsError) -> (SafetensorsEntry, [UInt8]) {
    guard let entry = entries[name] else {
      throw SafetensorsError(.unsuitable, subject: url.path, problems: ["there is no tensor \(JSONValue.quoted(name))"])
    }
    guard accepting(entry.type) else {
      throw SafetensorsError(
        .unsuitable, subject: url.path,
        problems: ["\(name): numbers of type \(entry.type.rawValue) cannot be used here"])
    }
    return (entry, try Self.bytes(entry.bytes, of: descriptor, url.path))
  }

  /// Little-endian numbers of one type, converted; nil where the entry is of another type.
  private static func map<Stored: FixedWidthInteger, Value>(
    _ entry: SafetensorsEntry, _ raw: UnsafeRawBufferPointer, _ stored: Stored.Type, _ type: ElementType,
    _ convert: (Stored) -> Value
  ) -> [Value]? {
    guard entry.type == type else { return nil }
    return (0..<entry.count).map {
      convert(Stored(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Stored>.size, as: Stored.self)))
    }
  }

  private static func bytes(
    _ range: Range<Int>, of descriptor: Int32, _ subject: String
  ) throws(SafetensorsError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: range.count)
    var done = 0
    while done < range.count {
      let got = result.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + done, range.count - done, off_t(range.lowerBound + done))
      }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else {
        let reason = got < 0 ? String(cString: strerror(errno)) : "the file ended early; it changed while it was read"
        throw SafetensorsError(.unreadable, subject: subject, problems: ["cannot be read: \(reason)"])
      }
      done += got
    }
    return result
  }
}
