import Foundation

/// `.bidsignore`: patterns as in a `.gitignore` (gitignore(5)); the last that matches decides.
package struct BidsIgnore {
  private let rules: [Rule]

  private struct Rule {
    let pattern: [Substring]
    let isNegated: Bool
    let onlyFolders: Bool
  }

  package init(_ text: String) {
    rules = text.split(whereSeparator: \.isNewline).compactMap { line in
      var line = Substring(line)
      while line.last == " " || line.last == "\t" { line.removeLast() }
      guard let first = line.first, first != "#" else { return nil }
      let isNegated = first == "!"
      if isNegated { line.removeFirst() }
      let onlyFolders = line.last == "/"
      if onlyFolders { line.removeLast() }
      guard !line.isEmpty else { return nil }
      // A slash at the beginning or in the middle ties a pattern to the root.
      let isTied = line.contains("/")
      if line.first == "/" { line.removeFirst() }
      let parts = line.split(separator: "/", omittingEmptySubsequences: true)
      return Rule(pattern: isTied ? parts : ["**"] + parts, isNegated: isNegated, onlyFolders: onlyFolders)
    }
  }

  /// - Parameter path: of a file, relative to the dataset.
  package func ignores(_ path: String) -> Bool {
    let parts = path.split(separator: "/")
    // What lies in an ignored folder is ignored.
    return (1...max(1, parts.count)).contains { count in
      let isFolder = count < parts.count
      let rule = rules.last { (!$0.onlyFolders || isFolder) && Self.matches(parts.prefix(count), $0.pattern[...]) }
      return rule.map { !$0.isNegated } ?? false
    }
  }

  private static func matches(_ path: ArraySlice<Substring>, _ pattern: ArraySlice<Substring>) -> Bool {
    guard let first = pattern.first else { return path.isEmpty }
    if first == "**" {
      // At the end it stands for something inside, not for the folder itself.
      if pattern.count == 1 { return !path.isEmpty }
      return (0...path.count).contains { matches(path.dropFirst($0), pattern.dropFirst()) }
    }
    guard let part = path.first, fnmatch(String(first), String(part), 0) == 0 else { return false }
    return matches(path.dropFirst(), pattern.dropFirst())
  }
}
