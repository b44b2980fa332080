import Foundation

/// A column of an index: its head is a button that sorts by it.
struct IndexColumn {
  let name: String
  let hint: String
  /// Whether it is sorted as text, not as numbers.
  let isText: Bool

  static let all = [
    IndexColumn(name: "Name", hint: "", isText: true),
    IndexColumn(name: "State", hint: "", isText: false),
    IndexColumn(name: "Mean σ", hint: "in the scan's own unit", isText: false),
    IndexColumn(name: "σ of range", hint: "Mean σ in shares of black to white: to compare scans", isText: false),
    IndexColumn(
      name: "LR-PSNR", hint: "The output made small again, against the input: median over slices, dB", isText: false),
    IndexColumn(name: "lowest", hint: "LR-PSNR of the slice that agrees least, dB", isText: false),
    IndexColumn(name: "Warnings", hint: "", isText: false),
    IndexColumn(name: "Seconds", hint: "that the upscale took", isText: false),
    IndexColumn(name: "When (UTC)", hint: "", isText: true),
  ]

  var head: String {
    let title = hint.isEmpty ? "" : " title=\"\(PageTemplate.escaped(hint))\""
    return
      "<th scope=\"col\" aria-sort=\"none\"><button type=\"button\" data-kind=\"\(isText ? "text" : "number")\"\(title)>"
      + "\(PageTemplate.escaped(name))<span aria-hidden=\"true\"></span></button></th>"
  }
}

/// One output as a row of the index's table.
struct IndexRow {
  private let row: ReportIndex.Row
  /// By which of several ways it was made, from 0.
  private let recipe: Int?

  init(_ row: ReportIndex.Row, recipe: Int?) {
    self.row = row
    self.recipe = recipe
  }

  var html: String {
    let state = row.state
    let summary = row.summary
    let rank = ReportIndex.State.allCases.firstIndex(of: state) ?? 0
    let deviation = summary?.meanDeviation
    let warnings = summary?.warnings ?? []
    let cells = [
      "<td class=\"pictures\">\(linked(pictures))</td>",
      "<th scope=\"row\" data-value=\"\(PageTemplate.escaped(row.name))\">\(linked(PageTemplate.escaped(row.name)))\(way)\(reason)</th>",
      cell("\(rank)", "<span class=\"state \(state.rawValue)\">\(state.rawValue)</span>"),
      cell(
        deviation.map { "\($0)" },
        deviation.map {
          Self.short($0) + (summary?.unit.isEmpty == false ? " \(PageTemplate.escaped(summary?.unit ?? ""))" : "")
        }),
      cell(
        summary?.deviationShare.map { "\($0)" }, summary?.deviationShare.map { String(format: "%.2f %%", $0 * 100) }),
      number(summary?.medianConsistency, "%.1f"),
      number(summary?.lowestConsistency, "%.1f"),
      cell(summary.map { _ in "\(warnings.count)" }, warningList(warnings)),
      number(summary?.seconds, "%.0f"),
      cell(row.changed, row.changed.map { PageTemplate.escaped(Self.time($0)) }),
    ]
    return "<tr data-state=\"\(state.rawValue)\">\(cells.joined())</tr>"
  }

  private var pictures: String {
    (row.summary?.pictures ?? []).map { picture in
      let alternative = PageTemplate.escaped("\(row.name), middle slice, \(picture.what)")
      return "<img src=\"data:image/png;base64,\(Data(picture.png).base64EncodedString())\" "
        + "width=\"\(picture.width)\" height=\"\(picture.height)\" alt=\"\(alternative)\" title=\"\(PageTemplate.escaped(picture.what))\">"
    }.joined()
  }

  private var way: String { recipe.map { " <span class=\"way\">way \($0 + 1)</span>" } ?? "" }

  private var reason: String {
    row.reason.map { "<p class=\"reason\">\(PageTemplate.escaped($0))</p>" } ?? ""
  }

  private func linked(_ html: String) -> String {
    guard let page = row.page, !html.isEmpty else { return html }
    return "<a href=\"\(Self.address(page))\">\(html)</a>"
  }

  private func warningList(_ warnings: [String]) -> String? {
    guard !warnings.isEmpty else { return row.summary == nil ? nil : "0" }
    let items = warnings.map { "<li>\(PageTemplate.escaped($0))</li>" }.joined()
    return "<details><summary>\(warnings.count)</summary><ul>\(items)</ul></details>"
  }

  private func number(_ value: Double?, _ format: String) -> String {
    cell(value.map { "\($0)" }, value.map { String(format: format, $0) })
  }

  /// - Parameters:
  ///   - value: what is sorted by; `nil` where there is none, which comes last in either direction.
  private func cell(_ value: String?, _ html: String?) -> String {
    "<td\(value.map { " data-value=\"\(PageTemplate.escaped($0))\"" } ?? "")>\(html ?? "<span class=\"none\">—</span>")</td>"
  }

  /// Three digits; whole numbers where there are more.
  private static func short(_ value: Double) -> String {
    abs(value) >= 100 ? String(format: "%.0f", value) : String(format: "%.3g", value)
  }

  /// `2026-01-31T23:59:59.123Z` → `2026-01-31 23:59`.
  static func time(_ text: String) -> String { String(text.prefix(16)).replacing("T", with: " ") }

  /// A path as an address: whatever a file may be called, it is one.
  static func address(_ path: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
    return path.utf8.map { byte in
      plain.contains(byte) ? String(UnicodeScalar(byte)) : String(format: "%%%02X", byte)
    }.joined()
  }
}
