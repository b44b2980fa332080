import Foundation
import Yams

/// Takes values out of a YAML mapping by name and keeps account: of what was wrong, and of what nobody asked for.
final class SettingsReader {
  /// Where in the document this mapping stands, for messages.
  private let path: String
  private var nodes: [String: Node] = [:]
  private var children: [SettingsReader] = []
  private var problems: [String] = []
  private var known: Set<String> = []

  init(_ node: Node?, path: String = "") {
    self.path = path
    guard let node else { return }
    guard let mapping = node.mapping else {
      if node.null == nil {
        problems.append("\(path.isEmpty ? "the document" : path) should be a list of keys and values")
      }
      return
    }
    for (key, value) in mapping {
      guard let name = key.string else {
        problems.append("\(path.isEmpty ? "the document" : path) has a key that is not a word")
        continue
      }
      if nodes.updateValue(value, forKey: name) != nil { problems.append("\(place(name)) stands there twice") }
    }
  }

  private func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  /// The mapping under a key.
  func section(_ name: String) -> SettingsReader {
    known.insert(name)
    let child = SettingsReader(nodes[name], path: place(name))
    children.append(child)
    return child
  }

  /// Whether the key is there.
  func has(_ name: String) -> Bool { nodes[name] != nil }

  /// The full names of all that was asked for, but for the sections themselves.
  var allNames: [String] {
    let sections = Set(children.map(\.path))
    return known.map(place).filter { !sections.contains($0) } + children.flatMap(\.allNames)
  }

  /// All that is wrong, unknown keys included.
  var allProblems: [String] {
    let unknown = nodes.keys.filter { !known.contains($0) }.sorted().map { name in
      "\(place(name)) is not a setting; known are \(known.sorted().joined(separator: ", "))"
    }
    return problems + unknown + children.flatMap(\.allProblems)
  }

  private func read<Value>(_ name: String, _ what: String, into value: inout Value, _ convert: (Node) -> Value?) {
    known.insert(name)
    guard let node = nodes[name] else { return }
    guard let found = convert(node) else {
      problems.append("\(place(name)) is \(Self.text(node)), expected \(what)")
      return
    }
    value = found
  }

  private static func text(_ node: Node) -> String { node.string.map { "'\($0)'" } ?? "not a single value" }

  func number(_ name: String, into value: inout Double) {
    read(name, "a number", into: &value) { $0.float.flatMap { $0.isFinite ? $0 : nil } }
  }

  func integer(_ name: String, into value: inout Int) { read(name, "a whole number", into: &value) { $0.int } }

  func seed(_ name: String, into value: inout UInt64) {
    read(name, "a whole number, 0 or more", into: &value) { $0.string.flatMap { UInt64($0) } }
  }

  func flag(_ name: String, into value: inout Bool) { read(name, "true or false", into: &value) { $0.bool } }

  func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, into value: inout Choice)
  where Choice.RawValue == String {
    let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    read(name, "one of \(all)", into: &value) { $0.string.flatMap { Choice(rawValue: $0) } }
  }

  func integers(_ name: String, into value: inout [Int]) {
    read(name, "a list of whole numbers", into: &value) { node in
      guard let items = node.sequence?.map(\.int), !items.contains(nil) else { return nil }
      return items.compactMap { $0 }
    }
  }

  /// A list of texts; a single one counts as a list.
  func texts(_ name: String, into value: inout [String]) {
    read(name, "a list of paths", into: &value) { node in
      guard let sequence = node.sequence else { return node.scalar.map { [$0.string] } }
      let items = sequence.map(\.scalar?.string)
      return items.contains(nil) ? nil : items.compactMap { $0 }
    }
  }

  func text(_ name: String, into value: inout String) { read(name, "a text", into: &value) { $0.scalar?.string } }

  /// Two rising numbers, or one that is both.
  func range(_ name: String, into value: inout ClosedRange<Double>) {
    read(name, "two rising numbers", into: &value) { node in
      if let single = node.float, single.isFinite { return single...single }
      guard let items = node.sequence?.compactMap(\.float), items.count == 2, items[0] <= items[1] else { return nil }
      return items[0]...items[1]
    }
  }

  /// Every key with its text.
  func everyText(into value: inout [String: String]) {
    for (name, node) in nodes {
      known.insert(name)
      if let text = node.scalar?.string {
        value[name] = text
      } else {
        problems.append("\(place(name)) should be a text")
      }
    }
  }
}
