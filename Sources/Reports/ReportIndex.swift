import Foundation
import SuperResolution

/// One self-contained page about many outputs: a row for each, those that failed too, to be sorted by what it says.
///
/// The rows come from whoever knows what was to be done, such as a batch's ledger; this page knows nothing of ledgers.
package struct ReportIndex: Sendable {
  /// How far an output is; the order is that of what needs a person.
  package enum State: String, CaseIterable, Sendable {
    case failed, interrupted, paused, running, open, done
  }

  package struct Row: Sendable {
    package var name: String
    package var state: State
    /// Why it failed, or why there is nothing to see.
    package var reason: String?
    /// The page about it, as a path from the index's folder.
    package var page: String?
    package var summary: OutputSummary?
    /// When it came to its state, ISO 8601.
    package var changed: String?

    package init(name: String, state: State) {
      self.name = name
      self.state = state
    }
  }

  package var title: String
  package var rows: [Row] = []
  /// Found, but not processed: what, and why.
  package var refused: [(what: String, reason: String)] = []

  package init(title: String) { self.title = title }

  /// Sides that small pictures can have, in pixels.
  private static let sides = [112, 80, 56, 40]
  /// About what a pixel of two pictures, and a row's text, take in the page.
  private static let (bytesPerPixel, bytesPerRow) = (3.0, 1200.0)

  /// The side of small pictures with which an index of so many rows stays below a size in bytes; 0 where there is no room for any.
  package static func thumbnailSide(rows: Int, sizeLimit: Int) -> Int {
    let room = Double(sizeLimit) / Double(max(1, rows)) - bytesPerRow
    return sides.first { Double($0 * $0) * bytesPerPixel <= room } ?? 0
  }

  /// The page.
  package var html: [UInt8] {
    let recipes = recipes
    func number(_ row: Row) -> Int? { row.summary.flatMap { recipes.firstIndex(of: $0.recipe) } }
    return PageTemplate(Self.text(PackageResources.index_html)).filled([
      "title": PageTemplate.escaped(title),
      "generator": PageMark.generator,
      "style": Self.text(PackageResources.style_css) + Self.text(PackageResources.index_css),
      "counts": PageTemplate.escaped(counts),
      "columns": IndexColumn.all.map(\.head).joined(separator: "\n"),
      "rows": rows.map { IndexRow($0, recipe: recipes.count > 1 ? number($0) : nil).html }.joined(separator: "\n"),
      "states": State.allCases.filter { state in rows.contains { $0.state == state } }
        .map { "<option value=\"\($0.rawValue)\">\($0.rawValue)</option>" }.joined(),
      "recipes": recipes.enumerated().map { html(of: $1, number: $0, isAlone: recipes.count == 1) }
        .joined(separator: "\n"),
      "refused": refusedList,
      "tool": PageTemplate.escaped("\(ToolVersion.name) \(ToolVersion.number). Research use only. Not for diagnosis."),
      "script": Self.text(PackageResources.index_js),
    ])
  }

  /// `12 volumes: 10 done, 2 failed`.
  private var counts: String {
    let parts = State.allCases.reversed().compactMap { state -> String? in
      let count = rows.count { $0.state == state }
      return count > 0 ? "\(count) \(state.rawValue)" : nil
    }
    return "\(rows.count) volume\(rows.count == 1 ? "" : "s")"
      + (parts.isEmpty ? "" : ": \(parts.joined(separator: ", "))")
  }

  private var recipes: [OutputSummary.Recipe] {
    var found: [OutputSummary.Recipe] = []
    for recipe in rows.compactMap({ $0.summary?.recipe }) where !found.contains(recipe) { found.append(recipe) }
    return found
  }

  private func html(of recipe: OutputSummary.Recipe, number: Int, isAlone: Bool) -> String {
    let own = rows.filter { $0.summary?.recipe == recipe }
    let times = own.compactMap(\.changed).sorted()
    var facts = [("volumes", "\(own.count)"), ("model", recipe.model), ("SHA-256 of the model", recipe.digest)]
    facts.append((ToolVersion.name, recipe.version))
    if let first = times.first, let last = times.last {
      facts.append(
        ("when (UTC)", first == last ? IndexRow.time(first) : "\(IndexRow.time(first)) to \(IndexRow.time(last))"))
    }
    facts += recipe.settings.sorted { $0.key < $1.key }
    let rows = facts.map {
      "<tr><th scope=\"row\">\(PageTemplate.escaped($0.0))</th><td>\(PageTemplate.escaped($0.1))</td></tr>"
    }
    return "<section>\(isAlone ? "" : "<h3>Way \(number + 1)</h3>")<table>\(rows.joined())</table></section>"
  }

  private var refusedList: String {
    guard !refused.isEmpty else { return "" }
    let items = refused.map { "<li><b>\(PageTemplate.escaped($0.what))</b>: \(PageTemplate.escaped($0.reason))</li>" }
    return "<details><summary>Found, but not processed: \(refused.count)</summary><ul>\(items.joined())</ul></details>"
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
