import Foundation
import SuperResolution
import Volumes

/// One scan to be evaluated: the truth, and where it exists the low-resolution volume that belongs to it.
package struct EvaluationScan: Sendable {
  /// Names records and pictures; unique in an evaluation.
  package let name: String
  /// Scans of one subject count as one.
  package let subject: String
  let high: FoundScan
  /// `nil` where the truth is degraded.
  let low: FoundScan?

  /// What the files and folders hold, to be degraded.
  /// - Throws: `VolumeError`; `EvaluationError` where there is nothing.
  package static func found(in inputs: [URL]) throws -> (scans: [EvaluationScan], skipped: [String]) {
    try checkPresence(of: inputs)
    let search = try ScanSearch(inputs)
    return (named(search.scans.map { (nil, $0, nil) }), search.skipped)
  }

  /// Two lists of files or folders that belong together in the order of their paths, or by equal names of their files.
  package static func paired(high: [URL], low: [URL]) throws -> (scans: [EvaluationScan], skipped: [String]) {
    try checkPresence(of: high + low)
    let (truths, inputs) = (try ScanSearch(high), try ScanSearch(low))
    let skipped = truths.skipped + inputs.skipped
    if truths.scans.count == 1, inputs.scans.count == 1 {
      return (named([(nil, truths.scans[0], inputs.scans[0])]), skipped)
    }
    // Several: equal names, whatever the folders.
    func key(_ scan: FoundScan) -> String { stem(of: scan) }
    let byName = Dictionary(grouping: inputs.scans, by: key)
    let keys = Set(truths.scans.map(key))
    var problems = truths.scans.filter { byName[key($0)]?.count != 1 }.map { scan in
      "\(scan.url.path) has \(byName[key(scan)]?.count ?? 0) low-resolution partners called \(key(scan))"
    }
    problems += inputs.scans.filter { !keys.contains(key($0)) }.map { "\($0.url.path) has no high-resolution partner" }
    if Set(truths.scans.map(key)).count < truths.scans.count {
      problems.append("several of the high-resolution volumes have the same name")
    }
    guard problems.isEmpty else {
      throw EvaluationError(
        .invalidList, "--low-resolution",
        "volumes are paired by the names of their files, but\n"
          + problems.prefix(10).map { "  - \($0)" }.joined(separator: "\n")
          + "\nRename them, or list them with --pairs.")
    }
    return (named(truths.scans.map { (nil, $0, byName[key($0)]?.first) }), skipped)
  }

  /// A CSV file with the columns `high` and `low`, and if wanted `name`, `subject`, `high_series` and `low_series`; paths start from its
  /// folder.
  package static func listed(in list: URL) throws -> [EvaluationScan] {
    let table = try CommaSeparatedTable(contentsOf: list)
    let known: Set = ["high", "low", "name", "subject", "high_series", "low_series"]
    guard table.columns.contains("high"), table.columns.contains("low"), known.isSuperset(of: table.columns) else {
      throw EvaluationError(
        .invalidList, list.path,
        "has the columns \(table.columns.joined(separator: ", ")); expected high and low, and if wanted name, subject, high_series, low_series."
      )
    }
    let folder = list.deletingLastPathComponent()
    var problems: [String] = []
    let rows = table.rows.map { line, cells -> (String?, FoundScan, FoundScan?, String?) in
      func scan(_ column: String) -> FoundScan {
        let url = URL(fileURLWithPath: cells[column] ?? "", relativeTo: folder).standardizedFileURL
        if cells[column, default: ""].isEmpty || !FileManager.default.fileExists(atPath: url.path) {
          problems.append("line \(line): there is no \(column) file \(cells[column] ?? "")")
        }
        let series = cells[column + "_series"].flatMap { $0.isEmpty ? nil : $0 }
        return FoundScan(url: url, series: series)
      }
      let text = { (column: String) in cells[column].flatMap { $0.isEmpty ? nil : $0 } }
      return (text("name"), scan("high"), scan("low"), text("subject"))
    }
    if rows.isEmpty { problems.append("it lists no pair") }
    guard problems.isEmpty else {
      throw EvaluationError(
        .invalidList, list.path, problems.prefix(10).joined(separator: "; ") + ". Paths start from the list's folder.")
    }
    let scans = named(rows.map { ($0.0, $0.1, $0.2) })
    return zip(scans, rows).map { scan, row in
      EvaluationScan(name: scan.name, subject: row.3 ?? scan.subject, high: scan.high, low: scan.low)
    }
  }

  /// The file's name, or the folder's, with the series, without what ends NIfTI names.
  private static func stem(of scan: FoundScan) -> String {
    var stem = scan.url.lastPathComponent
    for ending in [".gz", ".nii", ".hdr", ".img", ".dcm"] where stem.lowercased().hasSuffix(ending) {
      stem = String(stem.dropLast(ending.count))
    }
    return stem
  }

  /// Names that are safe as file names and differ.
  private static func named(_ scans: [(name: String?, high: FoundScan, low: FoundScan?)]) -> [EvaluationScan] {
    var taken: [String: Int] = [:]
    let counts = Dictionary(grouping: scans, by: { $0.high.url.path }).mapValues(\.count)
    return scans.map { given, high, low in
      var name = given ?? stem(of: high)
      if given == nil, counts[high.url.path, default: 1] > 1, let series = high.series { name += "-series-\(series)" }
      name = String(name.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "_" }.prefix(120))
      if name.isEmpty || name.hasPrefix(".") { name = "scan" + name }
      let times = taken[name, default: 0] + 1
      taken[name] = times
      if times > 1 { name += "-\(times)" }
      return EvaluationScan(name: name, subject: high.subject, high: high, low: low)
    }
  }

  private static func checkPresence(of inputs: [URL]) throws {
    let missing = inputs.filter { !FileManager.default.fileExists(atPath: $0.path) }
    guard missing.isEmpty else {
      throw EvaluationError(
        .noData, missing.map(\.path).joined(separator: ", "), "there is no such file or folder. Check the path.")
    }
  }
}
