import Foundation
import ImageQuality
import Volumes

/// Statistics per labelled region that were asked for beside an upscale.
public struct RegionRequest: Equatable, Sendable {
  /// A volume of whole numbers on the input's or the output's grid; 0 is no region.
  public var labels: URL
  /// A CSV file by its ending, else tab-separated.
  public var table: URL
  /// Counts the volume above this intensity, in the volume's unit.
  public var threshold: Double?
  /// Nominal coverage of the intervals.
  public var coverage = 0.9

  /// A request of these parts; each is explained at its property.
  public init(labels: URL, table: URL, threshold: Double? = nil, coverage: Double = 0.9) {
    self.labels = labels
    self.table = table
    self.threshold = threshold
    self.coverage = coverage
  }

  /// `scan_x2.nii.gz` → `scan_x2_regions.tsv`; a folder → `folder_regions.tsv` beside it.
  public static func table(beside output: URL) -> URL {
    let stem = OutputForm(output) == .nifti ? BidsSidecar.neighbour(of: output, "json").deletingPathExtension() : output
    return stem.deletingLastPathComponent().appendingPathComponent("\(stem.lastPathComponent)_regions.tsv")
  }

  /// What has to be said about the intervals of large regions under these settings; nil where nothing is known against them.
  func warning(under settings: UpscaleSettings) -> String? {
    guard settings.samples > 1 else { return nil }
    var reasons: [String] = []
    if settings.consistency == .report {
      reasons.append("samples that are not held to the input drift from its mean all the same way. Pass --consistency project")
    }
    if settings.noise == .independent {
      reasons.append("errors of neighbouring slices go together, and independent noise does not. Leave out --noise independent")
    }
    guard !reasons.isEmpty else { return nil }
    return "the intervals of large regions are too narrow: \(reasons.joined(separator: "; ")) (figures: Docs/HowTo/Regions.md)."
  }
}

/// Gathers what the samples of an upscale say about each region, slice by slice.
struct RegionGathering {
  let request: RegionRequest
  let labels: LabelVolume
  private let axis: VoxelAxis
  private var frames: [RegionSamples]

  /// - Throws: as `LabelVolume`.
  init(_ request: RegionRequest, source: VolumeHeader, upscaler: VolumeUpscaler) throws {
    self.request = request
    axis = upscaler.axis
    labels = try LabelVolume(
      request.labels, source: source, output: upscaler.header, scale: upscaler.model.scale, axis: upscaler.axis)
    frames = (0..<upscaler.header.frames).map { _ in
      RegionSamples(sampleCount: upscaler.settings.samples, threshold: request.threshold)
    }
  }

  mutating func add(_ slice: UpscaledSlice) throws {
    frames[slice.frame].add(
      samples: slice.samples.map(\.values), labels: try labels.labels(slice.index, across: axis, frame: slice.frame))
  }

  func report(of header: VolumeHeader) -> RegionReport {
    RegionReport(frames, of: header, coverage: request.coverage)
  }
}

extension RegionReport {
  /// The table's bytes in the form that the name asks for: commas for `.csv`, else tabs.
  func bytes(for url: URL) -> [UInt8] {
    Array(table(separator: url.pathExtension.lowercased() == "csv" ? "," : "\t").utf8)
  }

  /// - Throws: `VolumeError` where it cannot be written.
  public func write(to url: URL, overwrite: Bool) throws {
    try writeAtomically(bytes(for: url), to: url, overwrite: overwrite)
  }

  /// Of samples that were kept, read slice by slice.
  /// - Parameters:
  ///   - samples: volumes of one grid, one per sample.
  ///   - labels: on the same grid.
  /// - Throws: `VolumeError`, `SuperResolutionError` where the grids differ.
  public init(samples: [URL], labels: URL, threshold: Double?, coverage: Double) throws {
    let readers = try samples.map { try VolumeFile.open($0) }
    guard let first = readers.first?.header else {
      throw SuperResolutionError(
        .unreadable, "samples", "there are none. Name volumes, or the folder of --keep-samples.")
    }
    for (url, reader) in zip(samples, readers)
    where GridMatch(of: first, in: reader.header, ratios: [1, 1, 1]) == nil || reader.header.frames != first.frames {
      throw SuperResolutionError(
        .invalidLabels, url.path,
        "lies on another grid than \(samples[0].lastPathComponent). Name the samples of one volume.")
    }
    let map = try LabelVolume(labels, source: nil, output: first, scale: 1, axis: .k)
    var frames: [RegionSamples] = []
    for frame in 0..<first.frames {
      var statistics = RegionSamples(sampleCount: samples.count, threshold: threshold)
      for k in 0..<first.size.2 {
        statistics.add(
          samples: try readers.map { try $0.readSlice(k, across: .k, frame: frame).values },
          labels: try map.labels(k, across: .k, frame: frame))
      }
      frames.append(statistics)
    }
    self.init(frames, of: first, coverage: coverage)
  }
}
