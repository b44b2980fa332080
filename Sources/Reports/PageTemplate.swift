/// A page with places in double braces. Values are put in once: what looks like a place inside a value stays as it is.
struct PageTemplate {
  private let text: String

  init(_ text: String) { self.text = text }

  func filled(_ values: [String: String]) -> [UInt8] {
    var result: [UInt8] = []
    var rest = text[...]
    while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
      result += rest[..<open.lowerBound].utf8
      let name = String(rest[open.upperBound..<close.lowerBound])
      guard let value = values[name] else { preconditionFailure("the page has no value for \(name)") }
      result += value.utf8
      rest = rest[close.upperBound...]
    }
    return result + rest.utf8
  }

  /// Text as HTML text.
  static func escaped(_ text: String) -> String {
    // Scalar by scalar: a mark that joins `<` or `"` makes another character of it for Swift, and none for a browser.
    text.unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }

  /// JSON inside a script element: no `<` can end the element.
  static func inScript(_ json: String) -> String {
    json.unicodeScalars.reduce(into: "") { result, scalar in
      if scalar == "<" { result += "\\u003c" } else { result.unicodeScalars.append(scalar) }
    }
  }
}
