/// Comma-separated values by RFC 4180, with the line on which every record begins.
///
/// Beyond the RFC: a line may end in LF or CR alone, a byte order mark is dropped, empty lines are skipped, and the separator is a semicolon
/// where the first line holds one and no comma (what spreadsheets write where the comma separates decimals).
package struct CSVTable {
  package struct Record: Equatable {
    /// From 1.
    package let line: Int
    package let fields: [String]
  }

  package private(set) var records: [Record] = []
  /// What breaks the rules, with its line.
  package private(set) var problems: [(line: Int, text: String)] = []

  package init(_ text: String) {
    // Scalars: a CR and an LF are one character, and an accent joins the quote before it.
    var scalars = Array(text.unicodeScalars)
    if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
    let firstLine = scalars.prefix { $0 != "\n" && $0 != "\r" }
    let separator: Unicode.Scalar = firstLine.contains(";") && !firstLine.contains(",") ? ";" : ","
    var at = 0
    var line = 1
    while at < scalars.count {
      let start = line
      var fields: [String] = []
      var ended = false
      while !ended {
        fields.append(field(scalars, &at, &line, separator))
        if at < scalars.count, scalars[at] == separator {
          at += 1
        } else {
          ended = true
        }
      }
      skipLineEnd(scalars, &at, &line)
      if fields != [""] { records.append(Record(line: start, fields: fields)) }
    }
  }

  /// One field; `at` then stands on a separator, an end of line or the end.
  private mutating func field(
    _ scalars: [Unicode.Scalar], _ at: inout Int, _ line: inout Int, _ separator: Unicode.Scalar
  ) -> String {
    var value = String.UnicodeScalarView()
    func ends(_ scalar: Unicode.Scalar) -> Bool { scalar == separator || scalar == "\n" || scalar == "\r" }
    guard at < scalars.count, scalars[at] == "\"" else {
      while at < scalars.count, !ends(scalars[at]) {
        if scalars[at] == "\"" { problems.append((line, "a quote inside a field that does not begin with one")) }
        value.append(scalars[at])
        at += 1
      }
      return String(value)
    }
    let start = line
    at += 1
    while true {
      guard at < scalars.count else {
        problems.append((start, "a quote that is opened here and never closed"))
        return String(value)
      }
      if scalars[at] == "\"" {
        at += 1
        guard at < scalars.count, scalars[at] == "\"" else { break }
        value.append("\"")
        at += 1
      } else {
        if scalars[at] == "\n" || (scalars[at] == "\r" && !(at + 1 < scalars.count && scalars[at + 1] == "\n")) {
          line += 1
        }
        value.append(scalars[at])
        at += 1
      }
    }
    if at < scalars.count, !ends(scalars[at]) {
      problems.append((line, "text behind a closing quote"))
      while at < scalars.count, !ends(scalars[at]) { at += 1 }
    }
    return String(value)
  }

  private func skipLineEnd(_ scalars: [Unicode.Scalar], _ at: inout Int, _ line: inout Int) {
    guard at < scalars.count else { return }
    if scalars[at] == "\r", at + 1 < scalars.count, scalars[at + 1] == "\n" { at += 1 }
    at += 1
    line += 1
  }
}
