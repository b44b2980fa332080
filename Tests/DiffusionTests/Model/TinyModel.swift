import Diffusion
import Foundation
import Neural

/// The committed tiny models and what the reference computed with them (Golden/COMMANDS).
enum TinyModel {
  static let names = ["tiny-x2", "tiny-x3", "tiny-x4"]

  static func url(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Golden/\(name).safetensors")
  }

  /// All tensors of a file, for building a changed copy.
  static func contents(_ name: String) throws -> FileContents {
    let file = try SafetensorsFile(contentsOf: url(name))
    var contents = FileContents(metadata: file.metadata)
    for name in file.names {
      guard let entry = file.entries[name] else { continue }
      if entry.type.isFloatingPoint {
        contents.floats[name] = (entry.shape, try file.floats(name))
      } else {
        contents.integers[name] = (entry.shape, try file.integers(name))
      }
    }
    return contents
  }
}

/// What a safetensors file holds, to be changed and written.
struct FileContents {
  var metadata: [String: String] = [:]
  var floats: [String: (shape: [Int], values: [Float])] = [:]
  var integers: [String: (shape: [Int], values: [Int])] = [:]

  /// Calls `body` with a file of these contents, in a folder that is removed afterwards.
  func withFile<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("residua-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appendingPathComponent("file.safetensors")
    var writer = SafetensorsWriter(metadata: metadata)
    for (name, tensor) in floats { writer.add(name, shape: tensor.shape, values: tensor.values) }
    for (name, tensor) in integers { writer.add(name, shape: tensor.shape, integers: tensor.values) }
    try writer.write(to: url)
    return try body(url)
  }
}
