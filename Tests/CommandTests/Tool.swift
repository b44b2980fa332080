import Foundation
import SuperResolution
import Volumes

/// The built tool, run as a user runs it.
struct Tool {
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String
  }

  /// The folder of the test's own program is where the build puts the tool.
  static var program: URL {
    ModelSearchPath.runningProgram.deletingLastPathComponent().appendingPathComponent("residua")
  }

  /// - Parameters:
  ///   - unset: variables of the test's own environment that the tool does not get.
  ///   - limit: of the size of any file it writes, in units of 1024 bytes.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], unset: [String] = [], fileSizeLimit limit: Int? = nil,
    program: URL = Tool.program
  ) throws -> Outcome {
    let process = start(arguments, environment: environment, fileSizeLimit: limit)
    for name in unset where environment[name] == nil { process.environment?[name] = nil }
    if limit == nil { process.executableURL = program }
    let (out, err) = (Pipe(), Pipe())
    process.standardOutput = out
    process.standardError = err
    try process.run()
    // Read the two one after the other: neither fills its pipe in these tests.
    let errors = err.fileHandleForReading.readDataToEndOfFile()
    let output = out.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: String(decoding: output, as: UTF8.self),
      errors: String(decoding: errors, as: UTF8.self))
  }

  static func start(_ arguments: [String], environment: [String: String] = [:], fileSizeLimit limit: Int? = nil)
    -> Process
  {
    let process = Process()
    if let limit {
      process.executableURL = URL(fileURLWithPath: "/bin/bash")
      process.arguments = ["-c", "ulimit -f \(limit); exec \"$0\" \"$@\"", program.path] + arguments
    } else {
      process.executableURL = program
      process.arguments = arguments
    }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    return process
  }
}

extension Tool {
  /// With no signal blocked, whatever the test's own threads block: as a shell starts it.
  static func startAsFromAShell(_ arguments: [String]) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/perl")
    process.arguments =
      ["-MPOSIX", "-e", "POSIX::sigprocmask(POSIX::SIG_SETMASK(), POSIX::SigSet->new()); exec @ARGV", program.path]
      + arguments
    return process
  }
}

/// A folder that is gone when the test is over.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("residua-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// All names in it, the hidden ones too.
  var contents: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted() }
}

/// A head-like volume: a bright ellipsoid with stripes in it, on zero.
func phantom(_ size: (Int, Int, Int), frames: Int = 1, change: (inout Volume) -> Void = { _ in }) -> Volume {
  let header = VolumeHeader(
    size: size, frames: frames,
    geometry: VolumeGeometry(affine: AffineTransform(spacing: [1.5, 1.25, 3], origin: [-20, 5, 7])),
    acquiredAxis: .k)
  var volume = Volume(header: header)
  for frame in 0..<frames {
    for k in 0..<size.2 {
      for j in 0..<size.1 {
        for i in 0..<size.0 {
          let x = (Double(i) + 0.5) / Double(size.0) * 2 - 1
          let y = (Double(j) + 0.5) / Double(size.1) * 2 - 1
          let inside = x * x + y * y < 0.8
          volume[i, j, k, frame: frame] = inside ? 600 + 150 * Double((i / 2 + j / 3 + k) % 3) : 0
        }
      }
    }
  }
  change(&volume)
  return volume
}

func write(_ volume: Volume, to path: String, type: ScalarType = .int16) throws {
  var output = NiftiOutput(header: volume.header, type: type)
  output.overwrite = true
  let writer = try NiftiWriter(output, to: URL(fileURLWithPath: path))
  for frame in 0..<volume.header.frames {
    for k in 0..<volume.header.size.2 {
      try writer.writeSlice(volume.readSlice(k, across: .k, frame: frame), at: k, across: .k, frame: frame)
    }
  }
  try writer.finish()
}

func readVolume(_ path: String) throws -> Volume { try Volume(reading: VolumeFile.open(URL(fileURLWithPath: path))) }
