import Foundation

/// Where everything goes that is not a result.
enum StandardError {
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  static func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }

  /// A remark that matters, on a line of its own.
  static func warn(_ text: String) { write("warning: \(text)\n") }
}
