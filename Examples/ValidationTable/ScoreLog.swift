import Foundation

/// Scores by subject and slice, kept in a CSV file as they come.
struct ScoreLog {
  private static let allColumns = [
    "bicubic", "encoder", "mean", "sample", "sigma", "spearman", "ause/constant", "outside", "slope", "lr-psnr", "crps",
    "coverage90", "seconds",
  ]
  /// All, or those of the file that was there.
  private var columns = Self.allColumns
  private let path: String?
  private var rows: [(subject: String, slice: Int, scores: [String: Double])] = []

  init(path: String?) throws {
    self.path = path
    guard let path else { return }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      try Data("subject,slice,\(columns.joined(separator: ","))\n".utf8).write(to: URL(fileURLWithPath: path))
      return
    }
    let header = text.prefix { $0 != "\n" }.split(separator: ",").map(String.init)
    columns = Array(header.dropFirst(2))
    for line in text.split(separator: "\n").dropFirst() {
      let parts = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == columns.count + 2, let slice = Int(parts[1]) else { continue }
      let values = zip(columns, parts.dropFirst(2)).compactMap { name, text in Double(text).map { (name, $0) } }
      rows.append((parts[0], slice, Dictionary(uniqueKeysWithValues: values)))
    }
  }

  subscript(subject: String, slice: Int) -> [String: Double]? {
    rows.first { $0.subject == subject && $0.slice == slice }?.scores
  }

  mutating func add(_ scores: [String: Double], subject: String, slice: Int) throws {
    rows.append((subject, slice, scores))
    guard let path, let file = FileHandle(forWritingAtPath: path) else { return }
    defer { try? file.close() }
    try file.seekToEnd()
    let values = columns.map { scores[$0].map { "\($0)" } ?? "" }.joined(separator: ",")
    try file.write(contentsOf: Data("\(subject),\(slice),\(values)\n".utf8))
  }

  /// Means over slices per subject, and over subjects, as a Markdown table.
  var table: String {
    let subjects = Dictionary(grouping: rows, by: \.subject).sorted { $0.key < $1.key }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    let means = subjects.map { subject, rows in
      (subject, columns.map { column in mean(rows.compactMap { $0.scores[column] }) })
    }
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    func numbers(_ values: [Double]) -> [String] { values.map { $0.isNaN ? "" : String(format: "%.3f", $0) } }
    var lines = [line(["subject"] + columns), line(["---"] + columns.map { _ in "---" })]
    lines += means.map { line([$0.0] + numbers($0.1)) }
    let overall = columns.indices.map { column in mean(means.map { $0.1[column] }) }
    lines.append(line(["mean"] + numbers(overall)))
    return lines.joined(separator: "\n")
  }
}
