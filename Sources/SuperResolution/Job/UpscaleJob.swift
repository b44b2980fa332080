import Diffusion
import Foundation
import Tensors
import Volumes

/// One volume from file to files: opens, upscales, writes, and records how.
public struct UpscaleJob {
  /// What a job says while it runs.
  public enum Event {
    /// A sentence that the user should read.
    case warning(String)
    /// Worth knowing; no cause for worry.
    case note(String)
    /// Work begins on so many slices.
    case started(slices: Int)
    /// Slices done, with the share of the one in work.
    case progress(slices: Double)
    /// All slices are done; names are given next.
    case finished
  }

  /// A NIfTI file, a DICOM file, or a folder with a DICOM series.
  public let input: URL
  /// A NIfTI name, or any other for a folder of DICOM files.
  public let output: URL
  /// Where the deviation over the samples goes; `nil` for nowhere.
  public var uncertainty: URL?
  /// Where λ·√(s² + τ²) goes, the root-mean-square error to expect; asks for a calibration.
  public var calibratedUncertainty: URL?
  /// Bounds around the mean of the samples; asks for a calibration.
  public var interval: IntervalRequest?
  /// The calibration's file; `nil` for the one that is found for the model.
  public var calibration: URL?
  /// Statistics per labelled region.
  public var regions: RegionRequest?
  /// A label map of the input, and where it goes on the new grid.
  public var labelsAlong: (labels: URL, output: URL)?
  /// The folder that every sample goes into; `nil` for none.
  public var samplesFolder: URL?
  /// Where a picture goes (PNG); `nil` for nowhere.
  public var preview: URL?
  /// Of the estimate and the samples.
  public var voxelType: OutputVoxelType
  /// Whether outputs that exist may be replaced.
  public var overwrite: Bool
  /// A model's name or file; `nil` for the one that ships for the scale.
  public var model: String?
  /// 2, 3 or 4; `nil` for 2, or whatever the named model does.
  public var scale: Int?
  /// What changes the numbers.
  public var settings: UpscaleSettings
  /// 1 or more; `nil` for one per core.
  public var threads: Int?
  /// `nil` for the widest that this processor has.
  public var kernels: KernelSet?
  /// Which DICOM series, where there are several: a number, a UID or a selector.
  public var series: String?
  /// The files below `input` that the series is among; `nil` for all that lie there.
  package var files: [String]?
  /// What to compute, instead of what is found by itself: tissue where this volume is not 0.
  public var mask: URL?
  /// Fill gaps of a DICOM series by interpolation.
  public var allowGaps = false
  /// The DICOM series whose patient and study a DICOM output of a NIfTI input takes over.
  public var reference: URL?
  /// `nil` for a parametric map where the uncertainty is a folder.
  public var uncertaintyFormat: UncertaintyFormat?
  /// Apply the basic profile (DICOM PS3.15 annex E) to what is written.
  public var deidentify = false
  /// For an output in a BIDS derivatives dataset: what its sidecars say besides.
  public var bids: BidsProvenance?
  /// The model, where it is in memory already; `model`, `scale`, `threads` and `kernels` are not looked at then.
  public var loadedModel: LoadedModel?
  /// What remembers finished slices, for a job that may be interrupted; asked for with the digests of all that is read (`inputDigests`), since
  /// a slice of another input is none of this one's.
  public var keeper: ((_ digests: [String: String]) throws -> any SliceKeeper)?

  /// A job of these parts; each is explained at its property, and all can be changed before it is run.
  public init(
    input: URL, output: URL, uncertainty: URL? = nil, samplesFolder: URL? = nil, preview: URL? = nil,
    voxelType: OutputVoxelType = .float32, overwrite: Bool = false, model: String? = nil, scale: Int? = nil,
    settings: UpscaleSettings = UpscaleSettings(), threads: Int? = nil, kernels: KernelSet? = nil
  ) {
    self.input = input
    self.output = output
    self.uncertainty = uncertainty
    self.samplesFolder = samplesFolder
    self.preview = preview
    self.voxelType = voxelType
    self.overwrite = overwrite
    self.model = model
    self.scale = scale
    self.settings = settings
    self.threads = threads
    self.kernels = kernels
  }

  /// Nothing appears under an output's name before all of it is computed.
  ///
  /// - Parameter report: called often; what it throws ends the work, removes what was begun, and comes out here.
  /// - Returns: what the sidecar says.
  /// - Throws: `SuperResolutionError`, `VolumeError`, `FigureError` or what `report` throws.
  public func run(report: (Event) throws -> Void = { _ in }) throws -> UpscaleRecord {
    let clock = Date()
    let source = try UpscaleSource(of: self)
    let reader = source.reader
    let digests = try keeper.map { _ in try inputDigests(of: source) }
    for finding in reader.header.findings where finding.severity == .warning {
      try report(.warning("\(source.name): \(finding.text)"))
    }
    let model =
      try loadedModel ?? LoadedModel(named: model, scale: scale, engine: Engine(threads: threads, kernels: kernels))
    let calibrations = try calibrations(for: model)
    let outputs = try UpscaleOutputs(job: self, source: source)
    let upscaler = try VolumeUpscaler(
      reader: reader, model: model, settings: settings, mask: mask.map { try VolumeFile.open($0) },
      checkpoint: { try report(.progress(slices: 0)) })
    try upscaler.warnings.forEach { try report(.warning($0)) }
    try upscaler.notes.forEach { try report(.note($0)) }
    let calibrated = try calibrated(among: calibrations, for: upscaler, source: reader.header, report: report)
    let labels = try labelsAlong.map {
      try LabelsAlong($0.labels, to: $0.output, source: reader.header, upscaler: upscaler, overwrite: overwrite)
    }
    defer { labels?.writer.discard() }
    var gathering = try regions.map { try RegionGathering($0, source: reader.header, upscaler: upscaler) }
    upscaler.keepsSamples = samplesFolder != nil || regions != nil
    upscaler.keeper = try digests.flatMap { try keeper?($0) }
    try outputs.open(for: upscaler, calibrated: calibrated)
    defer { outputs.discard() }
    try labels?.write { try report(.progress(slices: 0)) }

    try report(.started(slices: upscaler.sliceCount))
    var run = UpscaleRun(upscaler)
    try run.forEachSlice(progress: { try report(.progress(slices: $0)) }) { slice in
      try outputs.write(slice)
      try gathering?.add(slice)
    }
    try report(.finished)
    var record = run.amended(try record(of: upscaler, source: source, files: outputs.plan.fileNames(of: self)))
    if let digests { try checkThatNothingChanged(since: digests, source: source, input: record.input.sha256) }
    record.calibration = calibrated.map { UpscaleRecord.Calibration($0, interval: interval) }
    if let warning = record.consistency?.warning { try report(.warning(warning)) }
    if let warning = regions?.warning(under: upscaler.settings) {
      record.warnings.append(warning)
      try report(.warning(warning))
    }
    record.regions = gathering?.report(of: upscaler.header)
    var extras: [any StagedOutput] = labels.map { [$0.writer] } ?? []
    if let gathering, let regions = record.regions {
      extras.append(
        try StagedFile(
          regions.bytes(for: gathering.request.table), gathering.request.table, overwrite: overwrite))
    }
    try outputs.finish(extras: extras) { writing in
      record.timings.write = writing
      record.warnings += outputs.findings.map(\.text)
      record.timings.total = Date().timeIntervalSince(clock)
      return record
    }
    for finding in outputs.findings {
      try report(finding.severity == .warning ? .warning(finding.text) : .note(finding.text))
    }
    return record
  }

  func record(
    of upscaler: VolumeUpscaler, source input: UpscaleSource, files: [String: String]
  ) throws -> UpscaleRecord {
    var record = UpscaleRecord(
      of: upscaler, input: input.name, digest: try FileDigest.sha256(of: input.files), files: files)
    record.settings.voxelType = voxelType.rawValue
    record.settings.allowGaps = allowGaps
    record.settings.deidentify = deidentify
    return record
  }
}
