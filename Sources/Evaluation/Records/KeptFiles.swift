import Foundation
import ImageQuality
import SuperResolution
import Volumes

/// What was compared, in files, so that another program can take the same measures: per scan a folder with `truth.nii`, `low.nii`,
/// `foreground.nii`, one file per method, and `sample-1.nii` …, all of them stacks of the evaluated slices in 64-bit floats, and
/// `slices.json`, which comes last.
final class KeptFiles {
  private let folder: URL
  private let count: Int
  private var writers: [String: NiftiWriter] = [:]

  /// `slices.json`.
  struct Index: Codable {
    let slices: [Int]
    let scale: Int
    let dataRange: [Double]
    let degradation: String
    let methods: [String]
    let samples: Int
  }

  static func isComplete(in folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent("slices.json").path)
  }

  /// - Parameter count: slices that will come.
  init(in folder: URL, count: Int) throws {
    self.folder = folder
    self.count = count
    do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
      throw EvaluationError(.unwritable, folder.path, "the folder cannot be made: \(error.localizedDescription)")
    }
    try? FileManager.default.removeItem(at: folder.appendingPathComponent("slices.json"))
  }

  deinit { for writer in writers.values { writer.discard() } }

  /// - Parameter position: among the evaluated slices.
  func write(_ slice: VolumeSlice, as name: String, at position: Int) throws {
    let writer: NiftiWriter
    if let known = writers[name] {
      writer = known
    } else {
      let header = VolumeHeader(
        size: (slice.width, slice.height, count), frames: 1,
        geometry: VolumeGeometry(affine: AffineTransform(spacing: [1, 1, 1], origin: [0, 0, 0])), acquiredAxis: .k)
      var output = NiftiOutput(header: header, type: .float64)
      output.overwrite = true
      writer = try NiftiWriter(output, to: folder.appendingPathComponent(name + ".nii"))
      writers[name] = writer
    }
    try writer.writeSlice(slice, at: position, across: .k, frame: 0)
  }

  func finish(_ index: Index) throws {
    for writer in writers.values { try writer.finish() }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try writeAtomically(
      Array(try encoder.encode(index)), to: folder.appendingPathComponent("slices.json"), overwrite: true)
  }
}
