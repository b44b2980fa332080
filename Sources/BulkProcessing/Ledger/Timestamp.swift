import Foundation

/// A moment in UTC to the millisecond, as ISO 8601 text, whose order is the moments' order.
package struct Timestamp: Codable, Hashable, Comparable, Sendable, CustomStringConvertible {
  /// `2026-01-31T23:59:59.123Z`.
  package let text: String

  package static func now() -> Timestamp {
    var moment = timespec()
    clock_gettime(CLOCK_REALTIME, &moment)
    var fields = tm()
    gmtime_r(&moment.tv_sec, &fields)
    var buffer = [CChar](repeating: 0, count: 32)
    strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%S", &fields)
    let seconds = buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    let milliseconds = String(moment.tv_nsec / 1_000_000)
    return Timestamp(text: "\(seconds).\(String(repeating: "0", count: 3 - milliseconds.count))\(milliseconds)Z")
  }

  /// - Parameter text: as `text` gives it.
  package init(text: String) { self.text = text }

  package init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }

  package static func < (a: Timestamp, b: Timestamp) -> Bool { a.text < b.text }

  package var description: String { text }

  /// For file names: `20260131T235959`.
  var compact: String { String(text.filter { $0 != "-" && $0 != ":" }.prefix(15)) }
}
