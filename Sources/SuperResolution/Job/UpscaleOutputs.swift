import Figures
import Foundation
import Volumes

/// The files of one upscale, from the first check to their names.
final class UpscaleOutputs {
  private let job: UpscaleJob
  private let input: UpscaleSource
  private(set) var plan: OutputPlan
  private var volumes: [(entry: OutputPlan.Entry, writer: any OutputWriters.Writer)] = []
  private var preview: UpscalePreview?
  private var previewed: UpscaledSlice?
  private var axis = VoxelAxis.k
  private var result: VolumeHeader?
  private var scale = 1
  private var madeFolder = false
  private var seconds = 0.0
  /// What had to be said about the outputs, each thing once.
  private(set) var findings: [VolumeFinding] = []

  /// Looks at every name before any work is done.
  /// - Throws: `SuperResolutionError` naming all that is wrong.
  init(job: UpscaleJob, source: UpscaleSource) throws {
    self.job = job
    input = source
    plan = try OutputPlan(of: job, sourceIsDicom: source.isDicom)
    let problems =
      OutputNames.problems(of: plan, job: job, source: source)
      + OutputWriters.problems(of: plan, job: job, source: source)
    guard problems.isEmpty else {
      let code = problems.allSatisfy { $0.code == .outputExists } ? .outputExists : problems[0].code
      throw SuperResolutionError(code, "output", problems.map(\.sentence).joined(separator: "\n  "))
    }
  }

  deinit { discard() }

  /// Creates the temporary files.
  /// - Parameter calibrated: where calibrated outputs were asked for.
  func open(for upscaler: VolumeUpscaler, calibrated: CalibratedUncertainty?) throws {
    plan = try OutputPlan(of: job, sourceIsDicom: input.isDicom, calibrated: calibrated)
    axis = upscaler.axis
    result = upscaler.header
    scale = upscaler.model.scale
    if let folder = job.samplesFolder {
      madeFolder = !FileManager.default.fileExists(atPath: folder.path)
      try makeFolder(folder)
    }
    let writers = OutputWriters(job: job, source: input, upscaler: upscaler)
    for entry in plan.volumes { volumes.append((entry, try writers.writer(for: entry))) }
    if job.preview != nil {
      preview = UpscalePreview(
        source: input.reader.header, output: upscaler.header, axis: upscaler.axis, scale: upscaler.model.scale,
        samples: job.settings.samples, estimate: job.settings.estimate, title: input.name)
    }
  }

  func write(_ slice: UpscaledSlice) throws {
    let clock = Date()
    for (entry, writer) in volumes {
      guard let values = entry.role.values(slice) else { continue }
      try writer.writeSlice(values, at: slice.index, across: axis, frame: slice.frame)
    }
    if slice.frame == 0, slice.index == preview?.sliceIndex { previewed = slice }
    seconds += Date().timeIntervalSince(clock)
  }

  /// Completes everything, then gives the names: samples first, then the estimate and the maps, the sidecar last. Where a name is
  /// refused, those already given are taken back.
  /// - Parameters:
  ///   - extras: further files that belong to the outputs, complete or to be completed.
  ///   - record: the sidecar's content, given the seconds that writing took.
  func finish(extras: [any StagedOutput] = [], record: (Double) throws -> UpscaleRecord) throws {
    let clock = Date()
    guard let result else { return }
    for (_, writer) in volumes {
      refer(writer)
      try writer.complete()
      collectFindings(of: writer)
    }
    var staged: [any StagedOutput] = volumes.map(\.writer)
    if let preview, let previewed, let url = job.preview {
      staged.append(
        try StagedFile(preview.montage(of: previewed).drawn().pngBytes(), url, overwrite: job.overwrite))
      try staged.last?.complete()
    }
    for file in extras { try file.complete() }
    staged += extras
    seconds += Date().timeIntervalSince(clock)
    // A JSON beside a folder of DICOM files is none of BIDS' sidecars, whose fields may name the patient.
    let sidecar =
      try mapSidecars()
      + Sidecar(record: record(seconds)).staged(
        beside: job.output, of: input.isDicom || OutputForm(job.output) == .dicom ? nil : job.input,
        from: input.reader.header, to: result, bids: job.bids,
        overwrite: job.overwrite)
    for file in sidecar { try file.complete() }
    try (staged + sidecar).publishTogether()
    madeFolder = false
  }

  /// In BIDS every volume has a sidecar; elsewhere the estimate's speaks for all.
  private func mapSidecars() throws -> [any StagedOutput] {
    guard let bids = job.bids else { return [] }
    return try volumes.filter(\.entry.hasBidsSidecar).map { entry, _ in
      let json = bids.sidecar(
        describing: entry.role.spelledOut ?? entry.role.description, scale: scale, source: job.input)
      return try StagedFile(
        Array(json.text.utf8), BidsSidecar.neighbour(of: entry.url, "json"), overwrite: job.overwrite)
    }
  }

  /// A parametric map names the slices of the series that it describes.
  private func refer(_ writer: any OutputWriters.Writer) {
    guard let map = writer as? DicomParametricMapWriter,
      let series = volumes.first(where: { $0.entry.role.key == "estimate" })?.writer as? DicomSeriesWriter
    else { return }
    map.derivedReferences = series.references
    map.derivedSeriesUID = series.seriesUID
  }

  private func collectFindings(of writer: any OutputWriters.Writer) {
    for finding in writer.findings where !findings.contains(finding) { findings.append(finding) }
  }

  /// Removes what is unfinished.
  func discard() {
    volumes.forEach { $0.writer.discard() }
    if madeFolder, let folder = job.samplesFolder {
      madeFolder = false
      rmdir(folder.path)
    }
  }
}
