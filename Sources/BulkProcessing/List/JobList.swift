import Foundation
import SuperResolution
import Volumes

/// A list of scans: a CSV file whose first line names its columns, `input` and, where wanted, `output`, `series` and what goes
/// along with the scan: `mask`, `regions`, `labels`.
package struct JobList {
  struct Row {
    let line: Int
    /// As written.
    let input: String
    let url: URL
    let output: String?
    let series: String?
    let companions: Companions
  }

  private(set) var rows: [Row] = []

  private static let columns = ["input", "output", "series", "mask", "regions", "labels"]
  private static let mostBytes = 256 << 20

  /// - Throws: `SuperResolutionError` that names everything wrong, with its lines.
  init(_ file: URL) throws {
    guard let handle = FileHandle(forReadingAtPath: file.path), FileIdentity(file.path)?.isFolder == false else {
      throw SuperResolutionError(.unreadable, file.path, "cannot be opened as a list. Check the path.")
    }
    let data = (try? handle.read(upToCount: Self.mostBytes)) ?? Data()
    guard let text = String(validating: data, as: UTF8.self) else {
      throw SuperResolutionError(.unreadable, file.path, "is not UTF-8 text. Export the list as CSV in UTF-8.")
    }
    let table = CSVTable(text)
    var problems = table.problems.map { ($0.line, $0.text) }
    guard let header = table.records.first else {
      throw SuperResolutionError(
        .invalidSetting, file.path,
        "is empty. The first line names the columns: input, and where wanted output, series, mask, regions and labels.")
    }
    let names = header.fields.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
    if !names.contains("input") {
      problems.append((header.line, "no column is called input (found: \(names.joined(separator: ", ")))"))
    }
    for name in Set(names) where !name.isEmpty {
      if !Self.columns.contains(name) {
        problems.append(
          (header.line, "the column \(name) is not known; there are \(Self.columns.joined(separator: ", "))"))
      } else if names.count(where: { $0 == name }) > 1 {
        problems.append((header.line, "the column \(name) is there twice"))
      }
    }
    let folder = file.deletingLastPathComponent()
    for record in table.records.dropFirst() where names.contains("input") {
      guard record.fields.count == names.count else {
        problems.append((record.line, "\(record.fields.count) fields, and the first line names \(names.count)"))
        continue
      }
      func field(_ name: String) -> String? {
        names.firstIndex(of: name).map { record.fields[$0] }.flatMap { $0.isEmpty ? nil : $0 }
      }
      guard let input = field("input") else {
        problems.append((record.line, "the input is empty"))
        continue
      }
      let output = field("output")
      if let problem = output.flatMap(Self.problem(ofOutput:)) { problems.append((record.line, problem)) }
      func url(_ path: String) -> URL {
        (path.hasPrefix("/") ? URL(fileURLWithPath: path) : folder.appendingPathComponent(path)).standardizedFileURL
      }
      rows.append(
        Row(
          line: record.line, input: input, url: url(input), output: output,
          series: field("series")?.trimmingCharacters(in: .whitespaces),
          companions: Companions(
            mask: field("mask").map(url), regions: field("regions").map(url), labels: field("labels").map(url))))
    }
    guard problems.isEmpty else { throw JobList.error(file, problems) }
  }

  static func error(_ file: URL, _ problems: [(line: Int, text: String)]) -> SuperResolutionError {
    let shown = problems.sorted { $0.line < $1.line }
    let most = 50
    var lines = shown.prefix(most).map { "line \($0.line): \($0.text)" }
    if shown.count > most { lines.append("and \(shown.count - most) more") }
    return SuperResolutionError(.invalidSetting, file.path, lines.joined(separator: "\n  "))
  }

  /// Results stay below the output folder, under names that can be seen.
  package static func problem(ofOutput output: String) -> String? {
    if output.utf8.first == UInt8(ascii: "/") { return "the output \(output) is no relative path; it is a name below OUTPUT" }
    // By bytes, as the file system sees it: a mark that joins the slash makes another character of it for Swift.
    let parts = output.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    if parts.contains(where: { $0.elementsEqual("..".utf8) }) { return "the output \(output) leads out of OUTPUT (..)" }
    if parts.contains(where: \.isEmpty) { return "the output \(output) has an empty part" }
    if parts.contains(where: { $0.first == UInt8(ascii: ".") }) {
      return "the output \(output) would be hidden (a name that begins with a dot)"
    }
    if output.unicodeScalars.contains(where: { $0.value < 32 }) {
      return "the output holds a line break or another control character"
    }
    return nil
  }
}
