import Foundation
import Volumes

/// The files of one upscale, from the first check to their names.
final class UpscaleOutputs {
  private let job: UpscaleJob
  private let input: UpscaleSource
  private var estimate: (any VolumeWriter)?
  private var deviation: (any VolumeWriter)?
  private var samples: [any VolumeWriter] = []
  private var preview: UpscalePreview?
  private var previewed: UpscaledSlice?
  private var axis = VoxelAxis.k
  private var result: VolumeHeader?
  private var madeFolder = false
  private var seconds = 0.0
  /// What had to be said about the outputs, each thing once.
  private(set) var findings: [VolumeFinding] = []

  /// Looks at every name before any work is done.
  /// - Throws: `SuperResolutionError` naming all that is wrong.
  init(job: UpscaleJob, source: UpscaleSource) throws {
    self.job = job
    input = source
    var problems: [String] = []
    var seen = Dictionary(
      OutputNames.ofInput(job.input, files: source.files, isDicom: source.isDicom).map { ($0, "the input") },
      uniquingKeysWith: { first, _ in first })
    let files = OutputNames.all(of: job, source: source)
    problems += OutputNames.nested(files)
    for (role, url) in files {
      for name in OutputNames.parts(of: url) {
        if let other = seen.updateValue(role, forKey: name) {
          problems.append("\(url.path): \(role) and \(other) would be the same file. Give each a name of its own.")
        }
      }
      problems += Self.obstacles(
        to: url, overwrite: job.overwrite,
        folderMayBeMade: url.deletingLastPathComponent().path == job.samplesFolder?.path)
    }
    problems += Self.mismatches(of: job, source: source)
    guard problems.isEmpty else {
      let code: SuperResolutionError.Code =
        problems.allSatisfy { $0.contains("--overwrite") } ? .outputExists : .unwritable
      throw SuperResolutionError(code, "output", problems.joined(separator: "\n  "))
    }
  }

  deinit { discard() }

  /// Creates the temporary files.
  func open(for upscaler: VolumeUpscaler) throws {
    let source = input.reader.header
    axis = upscaler.axis
    result = upscaler.header
    let samples = job.settings.samples
    let what = job.settings.estimate == .mean ? "mean of \(samples)" : "one sample"
    if OutputForm(job.output) == .nifti {
      estimate = try writer(
        job.output, upscaler.header, "SR x\(upscaler.model.scale) \(what)", type: voxelType(of: source))
    } else {
      estimate = try dicomSeries(job.output, upscaler, content: .picture, what: what)
    }
    if let url = job.uncertainty, OutputForm(url) == .dicom {
      deviation =
        job.uncertaintyFormat == .series
        ? try dicomSeries(url, upscaler, content: .uncertainty, what: "of \(samples)")
        : try parametricMap(url, upscaler)
    } else if let url = job.uncertainty {
      var header = upscaler.header
      // A deviation is another quantity than the intensities: their intent and rescale do not describe it.
      header.rescale = .identity
      header.nifti?.intentCode = 0
      header.nifti?.intentName = ""
      header.nifti?.intentParameters = .zero
      deviation = try writer(
        url, header, "SR x\(upscaler.model.scale) sigma of \(samples), raw", keepsDisplayRange: false)
    }
    if let folder = job.samplesFolder {
      madeFolder = !FileManager.default.fileExists(atPath: folder.path)
      do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      } catch {
        throw SuperResolutionError(.unwritable, folder.path, "cannot be created: \(error.localizedDescription)")
      }
      self.samples = try (1...samples).map { number in
        try writer(
          OutputNames.sample(number, of: job, in: folder), upscaler.header,
          "SR x\(upscaler.model.scale) sample \(number)",
          type: voxelType(of: source))
      }
    }
    if job.preview != nil {
      preview = UpscalePreview(
        source: source, output: upscaler.header, axis: upscaler.axis, scale: upscaler.model.scale, samples: samples,
        estimate: job.settings.estimate, title: input.name)
    }
  }

  func write(_ slice: UpscaledSlice) throws {
    let clock = Date()
    try estimate?.writeSlice(slice.estimate, at: slice.index, across: axis, frame: slice.frame)
    if let deviation = slice.deviation {
      try self.deviation?.writeSlice(deviation, at: slice.index, across: axis, frame: slice.frame)
    }
    for (writer, sample) in zip(samples, slice.samples) {
      try writer.writeSlice(sample, at: slice.index, across: axis, frame: slice.frame)
    }
    if slice.frame == 0, slice.index == preview?.sliceIndex { previewed = slice }
    seconds += Date().timeIntervalSince(clock)
  }

  /// Gives the files their names: samples first, then the estimate and the deviation (whose map refers to the estimate's slices), the
  /// sidecar last.
  /// - Parameter record: the sidecar's content, given the seconds that writing took.
  func finish(record: (Double) throws -> UpscaleRecord) throws {
    let clock = Date()
    // The picture first: where it cannot be written, nothing else has appeared yet.
    if let preview, let previewed, let url = job.preview {
      try preview.montage(of: previewed).write(to: url.path, overwrite: job.overwrite)
    }
    for writer in samples + [estimate].compactMap(\.self) { try finish(writer) }
    if let map = deviation as? DicomParametricMapWriter, let series = estimate as? DicomSeriesWriter {
      map.derivedReferences = series.references
      map.derivedSeriesUID = series.seriesUID
    }
    if let deviation { try finish(deviation) }
    madeFolder = false
    seconds += Date().timeIntervalSince(clock)
    guard let result else { return }
    // A JSON beside a folder of DICOM files is none of BIDS' sidecars.
    try Sidecar(record: record(seconds)).write(
      beside: job.output, of: input.isDicom ? nil : job.input, from: input.reader.header, to: result,
      overwrite: job.overwrite)
  }

  private func finish(_ writer: any VolumeWriter) throws {
    try writer.finish()
    let findings =
      (writer as? NiftiWriter)?.findings ?? (writer as? DicomSeriesWriter)?.findings
      ?? (writer as? DicomParametricMapWriter)?.findings ?? []
    for finding in findings where !self.findings.contains(finding) { self.findings.append(finding) }
  }

  /// Removes what is unfinished.
  func discard() {
    (samples + [deviation, estimate].compactMap(\.self)).forEach { $0.discard() }
    if madeFolder, let folder = job.samplesFolder {
      madeFolder = false
      rmdir(folder.path)
    }
  }

  private func voxelType(of source: VolumeHeader) -> ScalarType {
    job.voxelType == .float32 ? .float32 : source.storedType
  }

  private func writer(
    _ url: URL, _ header: VolumeHeader, _ description: String, type: ScalarType = .float32,
    keepsDisplayRange: Bool = true
  ) throws -> NiftiWriter {
    var output = NiftiOutput(header: header, type: type)
    output.description = "\(ToolVersion.name) \(ToolVersion.number) \(description); not for diagnosis"
    output.keepsDisplayRange = keepsDisplayRange
    output.overwrite = job.overwrite
    return try NiftiWriter(output, to: url)
  }

  // MARK: DICOM

  private func derivation(_ upscaler: VolumeUpscaler, content: DicomDerivation.Content, what: String)
    -> DicomDerivation
  {
    DicomDerivation(
      content: content, toolName: ToolVersion.name, toolVersion: ToolVersion.number,
      modelDigest: "sha256:\(upscaler.model.digest)", scale: upscaler.model.scale,
      method: "\(what) samples, \(upscaler.steps) steps, seed \(job.settings.seed)",
      sourceRange: upscaler.statistics.minimum...upscaler.statistics.maximum, deidentify: job.deidentify)
  }

  private func dicomSeries(
    _ folder: URL, _ upscaler: VolumeUpscaler, content: DicomDerivation.Content, what: String
  ) throws -> DicomSeriesWriter {
    guard let series = input.series else { throw Self.lacksReference(folder) }
    return try DicomSeriesWriter(
      folder: folder, header: upscaler.header, source: series,
      derivation: derivation(upscaler, content: content, what: what), overwrite: job.overwrite)
  }

  private func parametricMap(_ folder: URL, _ upscaler: VolumeUpscaler) throws -> DicomParametricMapWriter {
    guard let series = input.series else { throw Self.lacksReference(folder) }
    return try DicomParametricMapWriter(
      folder: folder, header: upscaler.header, source: series,
      derivation: derivation(upscaler, content: .uncertainty, what: "of \(job.settings.samples)"),
      overwrite: job.overwrite)
  }

  private static func lacksReference(_ url: URL) -> SuperResolutionError {
    SuperResolutionError(
      .invalidSetting, url.path,
      "is the name of a DICOM folder, but the input is NIfTI. End it in .nii or .nii.gz, or name the DICOM series whose patient and "
        + "study it shall take over with --reference.")
  }

  /// Options that do not go together.
  private static func mismatches(of job: UpscaleJob, source: UpscaleSource) -> [String] {
    var problems: [String] = []
    for url in [job.output, job.uncertainty].compactMap(\.self) where OutputForm(url) == .dicom && source.series == nil
    {
      problems.append(lacksReference(url).description)
    }
    if let url = job.uncertainty, let format = job.uncertaintyFormat, (format == .nifti) != (OutputForm(url) == .nifti)
    {
      problems.append(
        "\(url.path): --uncertainty-format \(format.rawValue) needs "
          + (format == .nifti ? "a name that ends in .nii or .nii.gz." : "the name of a folder."))
    }
    return problems
  }

  // MARK: Names

  private static func obstacles(to url: URL, overwrite: Bool, folderMayBeMade: Bool = false) -> [String] {
    let files = FileManager.default
    var isFolder: ObjCBool = false
    if files.fileExists(atPath: url.path, isDirectory: &isFolder) {
      // Whether a folder may take a series is for its writer to say.
      if isFolder.boolValue, OutputForm(url) == .dicom, url.pathExtension != "png" { return [] }
      if isFolder.boolValue { return ["\(url.path): is a folder; name a file."] }
      return overwrite ? [] : ["\(url.path): exists. Pass --overwrite to replace it."]
    }
    let folder = url.deletingLastPathComponent()
    guard files.fileExists(atPath: folder.path, isDirectory: &isFolder) else {
      return folderMayBeMade ? [] : ["\(url.path): its folder does not exist. Create it first."]
    }
    if !isFolder.boolValue { return ["\(url.path): \(folder.path) is not a folder."] }
    return files.isWritableFile(atPath: folder.path) ? [] : ["\(url.path): its folder may not be written to."]
  }
}
