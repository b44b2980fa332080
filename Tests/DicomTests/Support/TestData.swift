import Foundation
import Testing

/// The scans that tests may read, and a place to write.
enum TestData {
  static let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static let root: URL = {
    if let path = ProcessInfo.processInfo.environment["RESIDUA_DATA"], !path.isEmpty { return URL(fileURLWithPath: path) }
    return packageRoot.deletingLastPathComponent().appendingPathComponent("shared/data")
  }()

  static let dicom = root.appendingPathComponent("dicom")

  /// Says so where the scans are missing, once per asking test.
  static func isPresent(_ test: String) -> Bool {
    if FileManager.default.fileExists(atPath: dicom.path) { return true }
    print("not run: \(test) needs RESIDUA_DATA")
    return false
  }

  /// A new empty folder.
  static func folder(_ name: String) throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("residua-dicom-\(name)-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  static func withFolder<R>(_ name: String, _ body: (URL) throws -> R) throws -> R {
    let url = try folder(name)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url)
  }
}

/// A program of the system, run to its end.
struct Tool {
  let path: String

  /// nil, and said, where it is not installed.
  init?(_ name: String, for test: String) {
    for folder in ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/bin"] {
      let candidate = "\(folder)/\(name)"
      if FileManager.default.isExecutableFile(atPath: candidate) {
        path = candidate
        return
      }
    }
    print("not run: \(test) needs \(name)")
    return nil
  }

  static func isInstalled(_ name: String, for test: String) -> Bool { Tool(name, for: test) != nil }

  /// Exit status, and stdout with stderr.
  @discardableResult
  func callAsFunction(_ arguments: [String], in folder: URL? = nil) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = folder }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }

  func bytes(_ arguments: [String]) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return data
  }
}
