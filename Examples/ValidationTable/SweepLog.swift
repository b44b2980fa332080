import ArgumentParser
import Foundation
import SuperResolution

/// Scores by sampler, steps, subject and slice, kept in a CSV file as they come.
struct SweepLog {
  static let columns = [
    "mean", "sample", "sigma", "outside", "slope", "spearman", "ause/constant", "crps", "lr-psnr", "processor seconds",
  ]
  private static let header = ["sampler", "steps", "subject", "slice"] + columns

  private struct Key: Hashable {
    let sampler: String
    let steps: Int
    let subject: String
    let slice: Int
  }
  private let path: String
  private var scores: [Key: [String: Double]] = [:]

  init(path: String) throws {
    self.path = path
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      try Data((Self.header.joined(separator: ",") + "\n").utf8).write(to: URL(fileURLWithPath: path))
      return
    }
    let lines = text.split(separator: "\n").map { line in
      line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    guard let names = lines.first, names == Self.header else {
      throw ValidationError(
        "\(path) has other columns: \(Self.header.joined(separator: ",")) were expected. Name another --csv.")
    }
    for parts in lines.dropFirst() {
      guard parts.count == names.count, let steps = Int(parts[1]), let slice = Int(parts[3]) else { continue }
      let values = zip(names, parts).dropFirst(4).compactMap { name, text in Double(text).map { (name, $0) } }
      let key = Key(sampler: parts[0], steps: steps, subject: parts[2], slice: slice)
      scores[key] = Dictionary(uniqueKeysWithValues: values)
    }
  }

  subscript(row: SweepRow, subject: String, slice: Int) -> [String: Double]? {
    scores[Key(sampler: row.name, steps: row.steps, subject: subject, slice: slice)]
  }

  mutating func add(_ found: [String: Double], _ row: SweepRow, _ subject: String, _ slice: Int) throws {
    scores[Key(sampler: row.name, steps: row.steps, subject: subject, slice: slice)] = found
    guard let file = FileHandle(forWritingAtPath: path) else { return }
    defer { try? file.close() }
    try file.seekToEnd()
    let values = Self.columns.map { found[$0].map { String(format: "%.5f", $0) } ?? "" }.joined(separator: ",")
    try file.write(contentsOf: Data("\(row.name),\(row.steps),\(subject),\(slice),\(values)\n".utf8))
  }
}

/// The log as a Markdown table, with what it was made from above it.
struct SweepTable {
  let model: LoadedModel
  let samples: Int
  let subset: [(subject: String, slices: [Int])]

  /// Means over a subject's slices, then over subjects.
  func text(of rows: [SweepRow], _ log: SweepLog) -> String {
    let wanted = subset.reduce(0) { $0 + $1.slices.count }
    let slices = subset.map { "\($0.subject) \($0.slices.map(String.init).joined(separator: " "))" }
    var lines = [
      "Model `\(model.url.lastPathComponent)` (SHA-256 \(model.digest.prefix(12))…), \(samples) samples, independent noise, "
        + "\(wanted) slices, the same in all rows: \(slices.joined(separator: ", ")).", "",
      line(["sampler", "steps"] + SweepLog.columns), line(["---", "---"] + SweepLog.columns.map { _ in "---" }),
    ]
    for row in rows {
      let found = subset.map { subject, slices in slices.compactMap { log[row, subject, $0] } }
      let count = found.reduce(0) { $0 + $1.count }
      guard count > 0 else { continue }
      let numbers = SweepLog.columns.map { column in
        mean(found.map { scores in mean(scores.compactMap { $0[column] }) }.filter { !$0.isNaN })
      }
      let steps = count < wanted ? "\(row.steps) (\(count) of \(wanted) slices so far)" : "\(row.steps)"
      lines.append(line([row.name, steps] + numbers.map { $0.isNaN ? "" : String(format: "%.3f", $0) }))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
  private func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
}
