import Foundation

enum OutOfMemory {
  /// Processes that the system has killed for want of memory since it was started (`/proc/vmstat`).
  static var kills: Int {
    let text = (try? String(contentsOfFile: "/proc/vmstat", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("oom_kill ") }
    return line.flatMap { Int($0.dropFirst("oom_kill ".count)) } ?? 0
  }
}

/// Amounts of memory as people write them: 1500M, 8G.
package enum ByteCount {
  /// - Returns: `nil` for anything but a positive number with an optional K, M, G or T (powers of 1024).
  package static func parsed(_ text: String) -> Int? {
    let units: [Character: Double] = ["K": 1024, "M": 1_048_576, "G": 1_073_741_824, "T": 1_099_511_627_776]
    let upper = text.uppercased().replacingOccurrences(of: "IB", with: "").replacingOccurrences(of: "B", with: "")
    let unit = upper.last.flatMap { units[$0] }
    guard let number = Double(unit == nil ? upper : String(upper.dropLast())), number > 0 else { return nil }
    let bytes = number * (unit ?? 1)
    return bytes < 1e18 ? Int(bytes) : nil
  }

  package static func text(_ bytes: Int) -> String {
    bytes >= 1_073_741_824
      ? String(format: "%.1f GB", Double(bytes) / 1_073_741_824) : "\(bytes / 1_048_576) MB"
  }
}
