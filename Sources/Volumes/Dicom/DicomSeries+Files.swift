import Foundation

extension DicomSeries {
  /// The files that the volume's frames come from, each once, in the order of slices; empty where the series is no volume.
  public var files: [URL] {
    var seen: Set<String> = []
    return (stack?.frames ?? []).flatMap { $0 }.map(\.path).filter { seen.insert($0).inserted }.map { URL(fileURLWithPath: $0) }
  }
}
