import Foundation

/// Slices done and time left: a bar that moves on a terminal, a line now and then elsewhere.
struct ProgressDisplay {
  private let total: Int
  private let isQuiet: Bool
  private let isTerminal: Bool
  private let start = Date()
  private var lastLine = Date.distantPast
  private static let barWidth = 24
  private static let secondsBetweenLines = 30.0
  private static let secondsBetweenBars = 0.2

  init(slices: Int, isQuiet: Bool) {
    total = slices
    self.isQuiet = isQuiet
    isTerminal = StandardError.isTerminal
  }

  /// - Parameter done: slices, with the fraction of the one in work.
  mutating func show(_ done: Double) {
    guard !isQuiet else { return }
    let now = Date()
    guard now.timeIntervalSince(lastLine) >= (isTerminal ? Self.secondsBetweenBars : Self.secondsBetweenLines) else {
      return
    }
    lastLine = now
    let elapsed = now.timeIntervalSince(start)
    let share = done / Double(total)
    let left = done > 0 ? " · \(Self.duration(elapsed / done * (Double(total) - done))) left" : ""
    let slices = "slice \(min(Int(done) + 1, total))/\(total)"
    if isTerminal {
      let filled = Int(share * Double(Self.barWidth))
      let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.barWidth - filled)
      StandardError.write("\r\(bar) \(Int(share * 100)) % · \(slices)\(left)\u{1B}[K")
    } else if done > 0 {
      StandardError.write("\(slices) · \(Int(share * 100)) %\(left)\n")
    }
  }

  func finish() {
    guard !isQuiet, isTerminal else { return }
    StandardError.write("\r\u{1B}[K")
  }

  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "?" }
    let s = Int(seconds.rounded())
    switch s {
    case ..<60: return "\(s) s"
    case ..<3600: return "\(s / 60) min \(s % 60) s"
    default: return "\(s / 3600) h \(s % 3600 / 60) min"
    }
  }
}
