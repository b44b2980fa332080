import Foundation
import Neural
import SuperResolution
import Volumes

/// What one scan contributes to a calibration: raw deviation and error at every scored voxel, as shares of the intensity range.
///
/// Kept exactly (8 bytes a voxel), so that any curve can be fitted later without sampling again.
package struct CalibrationPairs: Sendable {
  package let subject: UncertaintyCalibration.Subject
  package let conditions: CalibrationConditions
  /// s and |truth − mean|, one per voxel.
  package let deviation: [Float]
  package let error: [Float]

  private struct Description: Codable {
    var subject: UncertaintyCalibration.Subject
    var conditions: CalibrationConditions
  }

  package init(
    subject: UncertaintyCalibration.Subject, conditions: CalibrationConditions, deviation: [Float], error: [Float]
  ) {
    precondition(deviation.count == error.count, "pairs")
    self.subject = subject
    self.conditions = conditions
    self.deviation = deviation
    self.error = error
  }

  /// What an earlier run left; `nil` where there is nothing, or nothing whole.
  package init?(contentsOf url: URL) {
    guard let file = try? SafetensorsFile(contentsOf: url), let text = file.metadata["calibration"],
      let description = try? JSONDecoder().decode(Description.self, from: Data(text.utf8)),
      let deviation = try? file.floats("deviation"), let error = try? file.floats("error"),
      deviation.count == error.count, deviation.count == description.subject.voxels,
      (deviation + error).allSatisfy({ $0.isFinite && $0 >= 0 })
    else { return nil }
    self.init(
      subject: description.subject, conditions: description.conditions, deviation: deviation, error: error)
  }

  package func write(to url: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let description = try encoder.encode(Description(subject: subject, conditions: conditions))
    var writer = SafetensorsWriter(metadata: ["calibration": String(decoding: description, as: UTF8.self)])
    writer.add("deviation", shape: [deviation.count], values: deviation)
    writer.add("error", shape: [error.count], values: error)
    try writeAtomically(writer.encoded(), to: url, overwrite: true)
  }
}
