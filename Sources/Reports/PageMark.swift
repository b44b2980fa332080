import Foundation
import SuperResolution

/// What stands at the head of every page of ours: by it a page is known as one that may be replaced, and what it shows.
public struct PageMark: Equatable, Sendable {
  /// Names of the volumes that a page holds, such as `estimate sigma input`; empty for an index.
  public let shows: String

  /// Whether a page with this mark shows all that one with the other does.
  public func covers(_ other: PageMark) -> Bool {
    Set(shows.split(separator: " ")).isSuperset(of: other.shows.split(separator: " "))
  }

  static let generator = "\(ToolVersion.name) report"
  /// The mark lies within so many bytes.
  private static let reach = 2048

  /// Of a page that is there; `nil` where there is none, or one that is not ours.
  public init?(of url: URL) {
    guard let handle = FileHandle(forReadingAtPath: url.path) else { return nil }
    defer { try? handle.close() }
    let head = String(decoding: (try? handle.read(upToCount: Self.reach)) ?? Data(), as: UTF8.self)
    guard head.contains("name=\"generator\" content=\"\(Self.generator)\"") else { return nil }
    let mark = "name=\"shows\" content=\""
    guard let start = head.firstRange(of: mark), let end = head[start.upperBound...].firstIndex(of: "\"") else {
      shows = ""
      return
    }
    shows = String(head[start.upperBound..<end])
  }

  /// Of the page that an output would get now.
  public init(of output: UpscaleOutput) {
    shows =
      "estimate" + (output.uncertainty == nil ? "" : " sigma") + (output.input == nil ? "" : " input")
  }
}
