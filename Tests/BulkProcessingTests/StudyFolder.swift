import BulkProcessing
import Foundation
import SuperResolution
import Volumes

/// A folder with small scans in it, gone when the test is over.
final class StudyFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("residua-study-\(UUID().uuidString)")
      .resolvingSymlinksInPath()
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String) throws -> URL {
    let file = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    return file
  }

  func put(_ text: String, at name: String) throws { try Data(text.utf8).write(to: file(name)) }

  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: file(name).path, withDestinationPath: target)
  }

  /// A volume of three unequal sides.
  func scan(
    _ name: String, frames: Int = 1, type: ScalarType = .int16, description: String? = nil, intent: Int = 0
  ) throws {
    var header = VolumeHeader(
      size: (7, 5, 3), frames: frames,
      geometry: VolumeGeometry(affine: AffineTransform(spacing: [1, 1.5, 3], origin: .zero)),
      acquiredAxis: .k, nifti: NiftiFields())
    header.nifti?.intentCode = intent
    var output = NiftiOutput(header: header, type: type)
    output.description = description
    let writer = try NiftiWriter(output, to: file(name))
    for frame in 0..<frames {
      for k in 0..<3 {
        let values = (0..<35).map { Double($0 + 40 * k) }
        try writer.writeSlice(VolumeSlice(width: 7, height: 5, values: values), at: k, across: .k, frame: frame)
      }
    }
    try writer.finish()
  }

  func plan(output: String = "../out", _ change: (inout BatchRequest) -> Void = { _ in }) throws -> BatchPlan {
    var request = BatchRequest(source: .folder(url), output: url.appendingPathComponent(output).standardizedFileURL)
    change(&request)
    return try BatchPlanner(request).plan()
  }
}

extension BatchPlan {
  var names: [String] { jobs.map(\.name) }
  func reason(_ what: String) -> String? { refused.first { $0.what == what }?.reason }
}

/// Real scans, where there are any.
enum TestScans {
  static let folder = URL(
    fileURLWithPath: ProcessInfo.processInfo.environment["RESIDUA_DATA"] ?? "../shared/data", isDirectory: true)
  static var areThere: Bool { FileManager.default.fileExists(atPath: folder.path) }
}
