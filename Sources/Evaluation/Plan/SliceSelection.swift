import Foundation

/// Which slices of a scan are evaluated; those without any foreground never are.
package enum SliceSelection: Sendable {
  /// Every n-th, beginning in the middle of the first n.
  case every(Int)
  /// By name of the scan or its subject.
  case listed([String: [Int]])

  /// A CSV file with the columns `subject` (or the scan's name) and `slices`, numbers from 0 separated by spaces.
  /// - Throws: `EvaluationError`.
  package static func list(at url: URL) throws -> SliceSelection {
    let table = try CommaSeparatedTable(contentsOf: url)
    guard table.columns.contains("subject"), table.columns.contains("slices") else {
      throw EvaluationError(
        .invalidList, url.path,
        "has the columns \(table.columns.joined(separator: ", ")); expected subject and slices.")
    }
    var slices: [String: [Int]] = [:]
    for (line, cells) in table.rows {
      let words = cells["slices", default: ""].split(separator: " ")
      let numbers = words.compactMap { Int($0) }.filter { $0 >= 0 }
      guard numbers.count == words.count, !numbers.isEmpty else {
        throw EvaluationError(
          .invalidList, url.path,
          "line \(line): \"\(cells["slices", default: ""])\" are no numbers from 0, separated by spaces.")
      }
      slices[cells["subject", default: ""], default: []] += numbers
    }
    guard !slices.isEmpty else { throw EvaluationError(.invalidList, url.path, "lists no slice.") }
    return .listed(slices)
  }

  /// The chosen slices in ascending order; `nil` where the list has nothing for this scan.
  func slices(of scan: EvaluationScan, count: Int) throws -> [Int]? {
    switch self {
    case .every(let step): return Array(stride(from: min(step, count) / 2, to: count, by: step))
    case .listed(let lists):
      guard let wanted = lists[scan.name] ?? lists[scan.subject] else { return nil }
      if let beyond = wanted.first(where: { $0 >= count }) {
        throw EvaluationError(
          .invalidList, scan.name, "slice \(beyond) is on the list, but the scan has \(count) slices, counted from 0.")
      }
      return Set(wanted).sorted()
    }
  }
}
