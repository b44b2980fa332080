import Foundation

/// A CSV file with a header line (RFC 4180: quotes, commas and doubled quotes inside them, either line ending).
struct CommaSeparatedTable {
  let columns: [String]
  /// Line number, from 1, and cells by column.
  let rows: [(line: Int, cells: [String: String])]

  /// - Throws: `EvaluationError` when the file cannot be read, or a row has another number of cells than the header.
  init(contentsOf url: URL) throws {
    let text: String
    do { text = try String(contentsOf: url, encoding: .utf8) } catch {
      throw EvaluationError(.invalidList, url.path, "cannot be read as text. Give a CSV file with a header line.")
    }
    var lines = Self.parsed(text)
    guard !lines.isEmpty else {
      throw EvaluationError(.invalidList, url.path, "is empty. Its first line names the columns.")
    }
    let header = lines.removeFirst().cells.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
    guard Set(header).count == header.count else {
      throw EvaluationError(.invalidList, url.path, "names a column twice in its first line.")
    }
    columns = header
    rows = try lines.map { line, cells in
      guard cells.count == header.count else {
        throw EvaluationError(
          .invalidList, url.path,
          "line \(line) has \(cells.count) cells, the first line has \(header.count) (\(header.joined(separator: ", ")))."
        )
      }
      return (
        line, Dictionary(uniqueKeysWithValues: zip(header, cells.map { $0.trimmingCharacters(in: .whitespaces) }))
      )
    }
  }

  private static func parsed(_ text: String) -> [(line: Int, cells: [String])] {
    var result: [(Int, [String])] = []
    var cells: [String] = []
    var cell = ""
    var quoted = false
    var (line, start) = (1, 1)
    func isBlank() -> Bool { cells.isEmpty && cell.trimmingCharacters(in: .whitespaces).isEmpty }
    func endRow() {
      if !isBlank() { result.append((start, cells + [cell])) }
      cells = []
      cell = ""
      start = line
    }
    // A carriage return and a line feed are one Character.
    var characters = Array(text.hasPrefix("\u{FEFF}") ? text.dropFirst() : Substring(text))[...]
    while let character = characters.popFirst() {
      if quoted {
        if character == "\"", characters.first == "\"" {
          cell.append("\"")
          characters.removeFirst()
        } else if character == "\"" {
          quoted = false
        } else {
          if character.isNewline { line += 1 }
          cell.append(character)
        }
      } else if character == "\"", cell.isEmpty {
        quoted = true
      } else if character == "," {
        cells.append(cell)
        cell = ""
      } else if character.isNewline {
        line += 1
        endRow()
      } else {
        cell.append(character)
      }
    }
    endRow()
    return result
  }
}
