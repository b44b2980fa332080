import Foundation
import SuperResolution

/// One scan of a batch: what is read, and under which names its results appear.
///
/// A job is known by its `name` alone: the same name in a later run is the same job, whatever folder the batch was started from.
public struct BatchJob: Codable, Hashable, Sendable {
  /// Unique in a batch, also where a file system does not tell capitals apart: a relative path without an ending, `sub-01/anat/sub-01_T1w`.
  /// It mirrors the input tree and never holds header text.
  public let name: String
  /// The NIfTI file, or the folder that holds the series.
  public let input: URL
  /// Which series of a DICOM folder, as `DicomArchive.select` takes it; `nil` for NIfTI.
  public let series: String?
  /// Results by role, as paths relative to the output folder.
  public let outputs: Outputs
  /// What there is to compute, as the header says; `nil` where no header was read.
  public var scan: ScanShape?
  /// What goes along with the scan.
  public var companions = Companions()
  /// For a BIDS derivative: what its sidecars say besides; `UpscaleJob` takes it.
  public var bids: BidsProvenance?

  /// Where results go; `nil` for what was not asked for.
  public struct Outputs: Codable, Hashable, Sendable {
    public let estimate: String
    public var uncertainty: String?
    public var preview: String?
    /// The folder for the samples.
    public var samples: String?
    /// The root-mean-square error to expect.
    public var calibratedUncertainty: String?
    /// The ends of the interval.
    public var lower: String?
    public var upper: String?
    /// The table of `--regions`.
    public var regions: String?
    /// The labels on the new grid.
    public var labels: String?

    public init(estimate: String, uncertainty: String? = nil, preview: String? = nil, samples: String? = nil) {
      self.estimate = estimate
      self.uncertainty = uncertainty
      self.preview = preview
      self.samples = samples
    }

    /// Volumes of deviations and bounds.
    var maps: [String] { [uncertainty, calibratedUncertainty, lower, upper].compactMap(\.self) }

    /// All of them.
    public var all: [String] { [estimate] + maps + [preview, samples, regions, labels].compactMap(\.self) }
  }

  /// Plans of earlier versions know no companions.
  public init(from decoder: Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    input = try values.decode(URL.self, forKey: .input)
    series = try values.decodeIfPresent(String.self, forKey: .series)
    outputs = try values.decode(Outputs.self, forKey: .outputs)
    scan = try values.decodeIfPresent(ScanShape.self, forKey: .scan)
    companions = try values.decodeIfPresent(Companions.self, forKey: .companions) ?? Companions()
    bids = try values.decodeIfPresent(BidsProvenance.self, forKey: .bids)
  }

  public init(name: String, input: URL, series: String? = nil, outputs: Outputs, scan: ScanShape? = nil) {
    self.name = name
    self.input = input
    self.series = series
    self.outputs = outputs
    self.scan = scan
  }
}

/// The slices of a scan across the axis that is upscaled.
public struct ScanShape: Codable, Hashable, Sendable {
  /// Pixels of a slice before upscaling.
  public var width: Int
  public var height: Int
  /// Slices of one volume.
  public var slices: Int
  /// Volumes: 1 but for a 4-D scan.
  public var frames: Int
  /// Bytes of a voxel as stored in the input.
  public var voxelBytes: Int

  public init(width: Int, height: Int, slices: Int, frames: Int = 1, voxelBytes: Int = 4) {
    self.width = width
    self.height = height
    self.slices = slices
    self.frames = frames
    self.voxelBytes = voxelBytes
  }

  /// Slices of all volumes: what an upscale counts.
  public var sliceCount: Int { slices * frames }
  public var voxels: Int { width * height * sliceCount }
}
