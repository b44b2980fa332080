import Foundation

/// The JSON sidecar of an output: what made it, from what, with which settings. Enough to replay it.
///
/// File names are given without their folders; nothing of a DICOM header but geometry and intensity enters.
public struct UpscaleRecord: Encodable, Sendable {
  public struct Tool: Encodable, Sendable {
    public var name = ToolVersion.name
    public var version = ToolVersion.number
  }

  public struct Model: Encodable, Sendable {
    public var file: String
    public var sha256: String
    public var scale: Int
  }

  public struct Input: Encodable, Sendable {
    public var file: String
    public var sha256: String
    public var size: [Int]
    public var frames: Int
    public var spacing: [Double]
    public var orientation: String
    public var findings: [String]
  }

  public struct Output: Encodable, Sendable {
    public var size: [Int]
    public var spacing: [Double]
    public var unit: String
    public var estimate: String
    /// Of the raw deviation over all finite voxels, in the unit; `nil` for one sample.
    public var meanDeviation: Double?
    public var files: [String: String]
  }

  public struct Settings: Encodable, Sendable {
    public var samples: Int
    public var sampler: String
    public var steps: Int
    public var seed: UInt64
    public var plane: String
    public var slicesAcross: String
    public var acquiredAxisFrom: String
    public var tile: Int
    public var noise: String
    public var voxelType: String
    public var allowGaps: Bool
    public var deidentify: Bool
  }

  public struct Voxels: Encodable, Sendable {
    public var minimum: Double
    public var maximum: Double
    public var nonFinite: Int
  }

  public struct Engine: Encodable, Sendable {
    public var kernels: String
    public var products: String
    public var openBLAS: String
    public var threads: Int
  }

  /// Seconds.
  public struct Timings: Encodable, Sendable {
    public var statistics = 0.0
    public var read = 0.0
    public var encode = 0.0
    public var sample = 0.0
    public var write = 0.0
    public var total = 0.0
  }

  public var tool = Tool()
  public var notice = "Research use only. Not for diagnosis."
  public var model: Model
  public var input: Input
  public var output: Output
  public var settings: Settings
  public var intensityMapping: IntensityMapping
  public var inputVoxels: Voxels
  public var engine: Engine
  public var warnings: [String]
  public var notes: [String]
  public var timings: Timings

  /// Sorted keys, so that equal records are equal bytes.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}
