import Foundation

/// Figures per subject, as a validation left them in a table: what a model's card says of its quality.
public struct MeasuredFigures: Equatable, Sendable {
  /// Names of the figures.
  public let columns: [String]
  /// In the order of the subjects' names; the means over slices, NaN where there is no number.
  public let subjects: [(name: String, values: [Double])]

  /// Reads comma-separated lines under a line of names: `subject` first, perhaps `slice`, then figures. Lines of one subject are averaged.
  /// - Returns: nil where that is not what the text is.
  public init?(csv text: String) {
    let lines = text.split(whereSeparator: \.isNewline).map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    guard let header = lines.first?.map({ $0.trimmingCharacters(in: .whitespaces) }), header.first == "subject",
      lines.count > 1
    else { return nil }
    let first = header.count > 1 && header[1] == "slice" ? 2 : 1
    guard header.count > first else { return nil }
    var sums: [String: [(sum: Double, count: Int)]] = [:]
    for line in lines.dropFirst() {
      guard line.count == header.count else { return nil }
      let name = line[0].trimmingCharacters(in: .whitespaces)
      var sum = sums[name] ?? Array(repeating: (0, 0), count: header.count - first)
      for (k, field) in line.dropFirst(first).enumerated() {
        guard let value = Double(field.trimmingCharacters(in: .whitespaces)), value.isFinite else { continue }
        sum[k] = (sum[k].sum + value, sum[k].count + 1)
      }
      sums[name] = sum
    }
    // A mean that the table brings along is made anew.
    sums["mean"] = nil
    guard !sums.isEmpty else { return nil }
    columns = Array(header.dropFirst(first))
    subjects = sums.sorted { $0.key < $1.key }.map { name, sums in
      (name, sums.map { $0.count == 0 ? .nan : $0.sum / Double($0.count) })
    }
  }

  public static func == (a: Self, b: Self) -> Bool { a.csv == b.csv }

  /// Over the subjects, each counting once.
  public var means: [Double] {
    columns.indices.map { k in
      let values = subjects.map { $0.values[k] }.filter(\.isFinite)
      return values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
    }
  }

  private static func text(_ value: Double) -> String { value.isFinite ? String(format: "%.3f", value) : "" }

  private var rows: [(name: String, values: [Double])] { subjects + [("mean", means)] }

  /// A line per subject and one of means, three digits after the point: what a model's metadata holds.
  public var csv: String {
    ([["subject"] + columns] + rows.map { [$0.name] + $0.values.map(Self.text) }).map { $0.joined(separator: ",") }
      .joined(separator: "\n")
  }

  /// A table for a model's card.
  public var markdown: String {
    func line(_ cells: [String]) -> String {
      "| " + cells.map { $0.replacingOccurrences(of: "|", with: "\\|") }.joined(separator: " | ") + " |"
    }
    let head = [line(["subject"] + columns), line(["---"] + columns.map { _ in "---" })]
    return (head + rows.map { line([$0.name] + $0.values.map(Self.text)) }).joined(separator: "\n")
  }
}
