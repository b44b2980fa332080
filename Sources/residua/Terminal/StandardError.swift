import Foundation

/// Where everything goes that is not a result.
enum StandardError {
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  static func write(_ text: String) {
    // A closed or full standard error is no reason to lose the work.
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
      let count = bytes[start...].withUnsafeBytes { Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if count <= 0 { return }
      start += count
    }
  }

  /// A remark that matters, on a line of its own.
  static func warn(_ text: String) { write("warning: \(text)\n") }
}
