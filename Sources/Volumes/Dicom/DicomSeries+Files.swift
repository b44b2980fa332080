import Foundation

extension DicomSeries {
  /// The files that the volume's frames come from, each once, in the order of slices; empty where the series is no volume.
  public var files: [URL] {
    var seen: Set<String> = []
    return (stack?.frames ?? []).flatMap { $0 }.map(\.path).filter { seen.insert($0).inserted }.map {
      URL(fileURLWithPath: $0)
    }
  }

  /// A selector that names the same volume also where other series come and go: the UID, with the part.
  package var lastingSelector: String { part.map { "\(uid).\($0)" } ?? uid }

  /// Whether a program of this name has a hand in the first object, by the equipment that it says contributed.
  package func isMade(by tool: String) -> Bool {
    guard let first = stack?.frames.first?.first, first.imageType.first == "DERIVED",
      let file = try? DicomFile(reading: first.path, subject: first.subject)
    else { return false }
    let dataset = file.dataset
    return (0..<dataset.itemCount(.contributingEquipmentSequence)).contains {
      dataset.item(.contributingEquipmentSequence, at: $0)?.string(.manufacturer) == tool
    }
  }

  /// The deepest folder that holds all of these files.
  static func commonFolder(of paths: [String]) -> String {
    guard var common = paths.first?.split(separator: "/", omittingEmptySubsequences: false).dropLast() else {
      return ""
    }
    for path in paths.dropFirst() {
      let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      common = common.prefix(zip(common, parts).prefix { $0 == $1 }.count)
    }
    return common.joined(separator: "/")
  }
}
