import Foundation
import SuperResolution

/// One scan of a batch: what is read, and under which names its results appear.
///
/// A job is known by its `name` alone: the same name in a later run is the same job, whatever folder the batch was started from.
package struct BatchJob: Codable, Hashable, Sendable {
  /// Unique in a batch, also where a file system does not tell capitals apart: a relative path without an ending, `sub-01/anat/sub-01_T1w`.
  /// It mirrors the input tree and never holds header text.
  package let name: String
  /// The NIfTI file, or the folder that holds the series.
  package let input: URL
  /// Which series of a DICOM folder, as `DicomArchive.select` takes it; `nil` for NIfTI.
  package let series: String?
  /// Of a DICOM series: all that it may be read from, relative to `input`, so that nothing else there has to be looked at; `nil` for whatever
  /// lies there.
  package var files: [String]?
  /// Results by role, as paths relative to the output folder.
  package let outputs: Outputs
  /// What there is to compute, as the header says; `nil` where no header was read.
  package var scan: ScanShape?
  /// What goes along with the scan.
  package var companions = Companions()
  /// For a BIDS derivative: what its sidecars say besides; `UpscaleJob` takes it.
  package var bids: BidsProvenance?

  /// Where results go; `nil` for what was not asked for.
  package struct Outputs: Codable, Hashable, Sendable {
    package let estimate: String
    package var uncertainty: String?
    package var preview: String?
    /// The folder for the samples.
    package var samples: String?
    /// The root-mean-square error to expect.
    package var calibratedUncertainty: String?
    /// The ends of the interval.
    package var lower: String?
    package var upper: String?
    /// The table of `--regions`.
    package var regions: String?
    /// The labels on the new grid.
    package var labels: String?

    package init(estimate: String, uncertainty: String? = nil, preview: String? = nil, samples: String? = nil) {
      self.estimate = estimate
      self.uncertainty = uncertainty
      self.preview = preview
      self.samples = samples
    }

    /// Volumes of deviations and bounds.
    var maps: [String] { [uncertainty, calibratedUncertainty, lower, upper].compactMap(\.self) }

    /// All of them.
    package var all: [String] { [estimate] + maps + [preview, samples, regions, labels].compactMap(\.self) }
  }

  /// Plans of earlier versions know neither companions nor files.
  package init(from decoder: Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    input = try values.decode(URL.self, forKey: .input)
    series = try values.decodeIfPresent(String.self, forKey: .series)
    files = try values.decodeIfPresent([String].self, forKey: .files)
    outputs = try values.decode(Outputs.self, forKey: .outputs)
    scan = try values.decodeIfPresent(ScanShape.self, forKey: .scan)
    companions = try values.decodeIfPresent(Companions.self, forKey: .companions) ?? Companions()
    bids = try values.decodeIfPresent(BidsProvenance.self, forKey: .bids)
  }

  package init(name: String, input: URL, series: String? = nil, outputs: Outputs, scan: ScanShape? = nil) {
    self.name = name
    self.input = input
    self.series = series
    self.outputs = outputs
    self.scan = scan
  }
}

/// The slices of a scan across the axis that is upscaled.
package struct ScanShape: Codable, Hashable, Sendable {
  /// Pixels of a slice before upscaling.
  package var width: Int
  package var height: Int
  /// Slices of one volume.
  package var slices: Int
  /// Volumes: 1 but for a 4-D scan.
  package var frames: Int
  /// Bytes of a voxel as stored in the input.
  package var voxelBytes: Int

  package init(width: Int, height: Int, slices: Int, frames: Int = 1, voxelBytes: Int = 4) {
    self.width = width
    self.height = height
    self.slices = slices
    self.frames = frames
    self.voxelBytes = voxelBytes
  }

  /// Slices of all volumes: what an upscale counts.
  package var sliceCount: Int { slices * frames }
  package var voxels: Int { width * height * sliceCount }
}
