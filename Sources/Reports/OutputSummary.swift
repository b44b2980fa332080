import Figures
import Foundation
import SuperResolution
import Volumes

/// What a list of outputs says of one: figures of its sidecar, and small pictures of its middle slice.
package struct OutputSummary: Sendable {
  /// Mean over all voxels of the standard deviation over samples, in `unit`; `nil` for one sample.
  package let meanDeviation: Double?
  /// Of the scan's intensities; empty where there is none.
  package let unit: String
  /// `meanDeviation` in shares of the range that the model took for black to white: comparable between scans.
  package let deviationShare: Double?
  /// LR-PSNR over the slices, in dB.
  package let medianConsistency: Double?
  package let lowestConsistency: Double?
  package let warnings: [String]
  /// Seconds that the upscale took.
  package let seconds: Double?
  package let recipe: Recipe
  /// Each a PNG.
  let pictures: [Thumbnail]

  /// What outputs can have in common: model, version and settings.
  package struct Recipe: Hashable, Sendable {
    let model: String
    let digest: String
    let version: String
    let settings: [String: String]

    /// What says something of a scan, not of how it was treated.
    private static let ofTheScan: Set = ["slicesAcross", "acquiredAxisFrom"]

    init(of record: [String: Any]) {
      let about = record["model"] as? [String: Any] ?? [:]
      model = about["file"] as? String ?? "unknown"
      digest = about["sha256"] as? String ?? ""
      version = (record["tool"] as? [String: Any])?["version"] as? String ?? ""
      settings = (record["settings"] as? [String: Any] ?? [:]).filter { !Self.ofTheScan.contains($0.key) }
        .mapValues(Self.text)
    }

    private static func text(_ value: Any) -> String {
      // JSON's true and 1 are both NSNumber, which knows what it was made of.
      if let number = value as? NSNumber, String(cString: number.objCType) == "c" {
        return number.boolValue ? "yes" : "no"
      }
      return "\(value)"
    }
  }

  /// - Parameter side: of the small pictures in pixels; 0 for none.
  /// - Throws: `VolumeError` where the output cannot be read.
  package init(of output: UpscaleOutput, thumbnailSide side: Int) throws {
    let record = output.record
    let about = record["output"] as? [String: Any] ?? [:]
    meanDeviation = about["meanDeviation"] as? Double
    let named = about["unit"] as? String ?? ""
    unit = named == IntensityUnit.arbitrary.description ? "" : named
    let mapping = record["intensityMapping"] as? [String: Any] ?? [:]
    let range = (mapping["high"] as? Double ?? 0) - (mapping["low"] as? Double ?? 0)
    deviationShare = range > 0 ? meanDeviation.map { $0 / range } : nil
    let consistency = ConsistencyReport(recorded: record)
    (medianConsistency, lowestConsistency) = (consistency?.median, consistency?.lowest)
    warnings = record["warnings"] as? [String] ?? []
    seconds = (record["timings"] as? [String: Any])?["total"] as? Double
    recipe = Recipe(of: record)
    pictures = side > 0 ? try Thumbnail.pictures(of: output, side: side) : []
  }
}
