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
    public var consistency: String
    public var voxelType: String
    public var allowGaps: Bool
    public var deidentify: Bool
  }

  public struct Voxels: Encodable, Sendable {
    public var minimum: Double
    public var maximum: Double
    public var nonFinite: Int
  }

  public struct Background: Encodable, Sendable {
    public enum Source: String, Encodable, Sendable {
      /// By what is empty and connected to the edges of the slices.
      case found
      /// A mask file said it.
      case mask
      /// Looked for; the edges of the slices hold none.
      case none
      /// Everything was computed, as asked.
      case kept
    }

    public var from: Source
    /// The values that count as empty, from and to, in the volume's unit; one where the band is open downwards.
    public var emptyValues: [Double]?
    /// The share of the output's pixels that did not go through the network: bicubic base, deviation 0.
    public var skippedShare: Double
    /// Slices of which nothing was computed.
    public var skippedSlices: Int
  }

  public struct Interpolation: Encodable, Sendable {
    /// λ = 1 is the sample of the first, λ = 0 that of the second.
    public var seeds: [UInt64]
    /// λ by frame.
    public var weights: [Double]
    /// t at which the two were mixed.
    public var step: Int
  }

  public struct Fusion: Encodable, Sendable {
    public var other: String
    public var otherSHA256: String
    /// Whether a sample of it was pasted, not the image itself.
    public var otherIsLowResolution: Bool
    public var region: String
    public var regionSHA256: String
    public var pastedPixels: Int
    /// t that the composite was noised to.
    public var step: Int
    /// Output pixels around the region beyond which nothing changed.
    public var margin: Int
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
  public var background: Background
  public var interpolation: Interpolation?
  public var fusion: Fusion?
  public var engine: Engine
  /// Where calibrated outputs were asked for.
  public var calibration: Calibration?
  /// How the output, made smaller again, agrees with the input.
  public var consistency: ConsistencyReport?
  /// Where statistics per region were asked for.
  public var regions: RegionReport?
  public var warnings: [String]
  public var timings: Timings

  /// Sorted keys, so that equal records are equal bytes.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}
