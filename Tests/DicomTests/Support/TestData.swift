import Foundation
import Testing

/// The scans that tests may read, and a place to write.
enum TestData {
  static let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static let root: URL = {
    if let path = ProcessInfo.processInfo.environment["RESIDUA_DATA"], !path.isEmpty {
      return URL(fileURLWithPath: path)
    }
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
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "residua-dicom-\(name)-\(UUID().uuidString)")
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
    let (status, data) = try run(arguments, in: folder, withErrors: true)
    return (status, String(decoding: data, as: UTF8.self))
  }

  /// Stdout alone.
  func bytes(_ arguments: [String]) throws -> Data { try run(arguments, in: nil, withErrors: false).data }

  private func run(_ arguments: [String], in folder: URL?, withErrors: Bool) throws -> (status: Int32, data: Data) {
    // Into a file: a pipe would stay open in whatever other test starts meanwhile.
    let output = FileManager.default.temporaryDirectory.appendingPathComponent("residua-output-\(UUID().uuidString)")
    FileManager.default.createFile(atPath: output.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: output) }
    let handle = try FileHandle(forWritingTo: output)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = handle
    process.standardError = withErrors ? handle : FileHandle.nullDevice
    if let folder { process.currentDirectoryURL = folder }
    try Tool.start(process)
    process.waitUntilExit()
    try handle.close()
    return (process.terminationStatus, try Data(contentsOf: output))
  }

  private static let starting = NSLock()

  /// One at a time: what Foundation opens to watch one child must not pass to another that starts at the same moment.
  static func start(_ process: Process) throws {
    starting.lock()
    defer { starting.unlock() }
    try process.run()
  }
}
