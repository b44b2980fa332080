import Foundation

/// The JSON sidecar of an output: what made it, from what, with which settings. Enough to replay it.
///
/// File names are given without their folders; nothing of a DICOM header but geometry and intensity enters.
public struct UpscaleRecord: Encodable, Sendable {
  /// What made the output.
  public struct Tool: Encodable, Sendable {
    /// Residua.
    public var name = ToolVersion.name
    /// Semantic version.
    public var version = ToolVersion.number
  }

  /// The model that was used.
  public struct Model: Encodable, Sendable {
    /// Its name, without folders.
    public var file: String
    /// Of the file, 64 hexadecimal digits.
    public var sha256: String
    /// How many times as wide and high a slice becomes.
    public var scale: Int
  }

  /// What was upscaled.
  public struct Input: Encodable, Sendable {
    /// Its name, without folders; of DICOM the series' number, of a volume in memory that.
    public var file: String
    /// Of its files in order, 64 hexadecimal digits; of a volume in memory, of its values (`FileDigest`).
    public var sha256: String
    /// Voxels along i, j, k.
    public var size: [Int]
    /// Time points.
    public var frames: Int
    /// Millimetres along i, j, k.
    public var spacing: [Double]
    /// Where i, j, k lead to, such as `RAS`.
    public var orientation: String
    /// What was odd about the file.
    public var findings: [String]
  }

  /// What came out.
  public struct Output: Encodable, Sendable {
    /// Voxels along i, j, k.
    public var size: [Int]
    /// Millimetres along i, j, k.
    public var spacing: [Double]
    /// Of the values, and of the deviation.
    public var unit: String
    /// `mean`, or `sample`.
    public var estimate: String
    /// Of the raw deviation, in the unit, over the finite voxels of tissue: of cells of 8×8 input pixels with some in them, of all where nothing
    /// is known about the background. `nil` for one sample.
    public var meanDeviation: Double?
    /// Names without folders, by what they hold.
    public var files: [String: String]
  }

  /// What changed the numbers, as `UpscaleSettings` names it.
  public struct Settings: Encodable, Sendable {
    /// Drawn per slice.
    public var samples: Int
    /// The reverse process.
    public var sampler: String
    /// That it took.
    public var steps: Int
    /// Of all noise.
    public var seed: UInt64
    /// As it was asked for.
    public var plane: String
    /// `i`, `j` or `k`.
    public var slicesAcross: String
    /// How the acquired axis was known.
    public var acquiredAxisFrom: String
    /// Largest side of a tile in output pixels.
    public var tile: Int
    /// Between slices.
    public var noise: String
    /// `report`, or `project`.
    public var consistency: String
    /// `float32`, or `input`.
    public var voxelType: String
    /// Whether missing DICOM slices were filled.
    public var allowGaps: Bool
    /// Whether the basic confidentiality profile was applied.
    public var deidentify: Bool
  }

  /// The input's values.
  public struct Voxels: Encodable, Sendable {
    /// Of the finite ones.
    public var minimum: Double
    /// Of the finite ones.
    public var maximum: Double
    /// How many are NaN or infinite.
    public var nonFinite: Int
  }

  /// What was computed and what was not.
  public struct Background: Encodable, Sendable {
    /// How it was told.
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

    /// How it was told.
    public var from: Source
    /// The values that count as empty, from and to, in the volume's unit; one where the band is open downwards.
    public var emptyValues: [Double]?
    /// The share of the output's pixels that did not go through the network: bicubic base, deviation 0.
    public var skippedShare: Double
    /// Slices of which nothing was computed.
    public var skippedSlices: Int
  }

  /// Of `residua interpolate`.
  public struct Interpolation: Encodable, Sendable {
    /// λ = 1 is the sample of the first, λ = 0 that of the second.
    public var seeds: [UInt64]
    /// λ by frame.
    public var weights: [Double]
    /// t at which the two were mixed.
    public var step: Int
  }

  /// Of `residua fuse`.
  public struct Fusion: Encodable, Sendable {
    /// Name of the second image.
    public var other: String
    /// Of its files, 64 hexadecimal digits.
    public var otherSHA256: String
    /// Whether a sample of it was pasted, not the image itself.
    public var otherIsLowResolution: Bool
    /// Name of the region's volume.
    public var region: String
    /// Of its files, 64 hexadecimal digits.
    public var regionSHA256: String
    /// Output pixels that came from the other.
    public var pastedPixels: Int
    /// t that the composite was noised to.
    public var step: Int
    /// Output pixels around the region beyond which nothing changed.
    public var margin: Int
  }

  /// What it was computed with.
  public struct Engine: Encodable, Sendable {
    /// `portable`, `avx2` or `avx512`; same bytes for the same ones.
    public var kernels: String
    /// What computed matrix products.
    public var products: String
    /// Its build, and the core that it chose.
    public var openBLAS: String
    /// That computed; they change nothing.
    public var threads: Int
  }

  /// Seconds.
  public struct Timings: Encodable, Sendable {
    /// Passes over the volume before the first slice.
    public var statistics = 0.0
    /// Reading slices.
    public var read = 0.0
    /// The encoder.
    public var encode = 0.0
    /// The sampler's steps.
    public var sample = 0.0
    /// Writing the outputs.
    public var write = 0.0
    /// From the start to the sidecar.
    public var total = 0.0
  }

  /// What made the output.
  public var tool = Tool()
  /// What the output is not for.
  public var notice = "Research use only. Not for diagnosis."
  /// The model that was used.
  public var model: Model
  /// What was upscaled.
  public var input: Input
  /// What came out.
  public var output: Output
  /// What changed the numbers.
  public var settings: Settings
  /// Between the volume's values and the model's.
  public var intensityMapping: IntensityMapping
  /// The input's values.
  public var inputVoxels: Voxels
  /// What was computed and what was not.
  public var background: Background
  /// Of `residua interpolate` alone.
  public var interpolation: Interpolation?
  /// Of `residua fuse` alone.
  public var fusion: Fusion?
  /// What it was computed with.
  public var engine: Engine
  /// Where calibrated outputs were asked for.
  public var calibration: Calibration?
  /// How the output, made smaller again, agrees with the input.
  public var consistency: ConsistencyReport?
  /// Where statistics per region were asked for.
  public var regions: RegionReport?
  /// What the user should know.
  public var warnings: [String]
  /// What is worth knowing and no cause for worry.
  public var notes: [String]
  /// Where the time went.
  public var timings: Timings

  /// Sorted keys, so that equal records are equal bytes.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}
