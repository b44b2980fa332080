import Figures
import Foundation
import Tensors
import Volumes

/// What jobs on latents have in common: one sample, one NIfTI file, its sidecar and, where wanted, a picture.
struct LatentRun {
  struct Slice {
    let values: VolumeSlice
    let index: Int
    /// Of the output.
    let frame: Int
  }

  private let job: UpscaleJob
  /// Further inputs, by their role in messages.
  private let others: [(role: String, url: URL)]
  /// In the NIfTI header.
  private let what: String

  init(job: UpscaleJob, others: [(role: String, url: URL)], what: String) {
    var job = job
    job.settings.samples = 1
    job.settings.estimate = .sample
    self.job = job
    self.others = others
    self.what = what
  }

  /// - Parameters:
  ///   - header: of the output, from that of an upscale.
  ///   - prepare: called before any slice.
  ///   - next: the output's slices that the next input slice gives; `nil` after the last.
  ///   - picture: of what was made, given input and output; `nil` where there is nothing to show.
  ///   - amend: completes the record.
  func run(
    report: (UpscaleJob.Event) throws -> Void, header: (VolumeHeader) -> VolumeHeader,
    prepare: (VolumeUpscaler) throws -> Void,
    next: @escaping (VolumeUpscaler, (Double) throws -> Void) throws -> [Slice]?,
    picture: (LatentPreview) -> Montage?, amend: (inout UpscaleRecord) throws -> Void
  ) throws -> UpscaleRecord {
    let clock = Date()
    let source = try UpscaleSource(of: job)
    for finding in source.reader.header.findings where finding.severity == .warning {
      try report(.warning("\(source.name): \(finding.text)"))
    }
    let plan = try OutputPlan(of: job, sourceIsDicom: source.isDicom)
    try checkNames(plan, source)
    let model =
      try job.loadedModel
      ?? LoadedModel(
        named: job.model, scale: job.scale, engine: Engine(threads: job.threads, kernels: job.kernels))
    let upscaler = try VolumeUpscaler(
      reader: source.reader, model: model, settings: job.settings, mask: job.mask.map { try VolumeFile.open($0) },
      checkpoint: { try report(.progress(slices: 0)) })
    try upscaler.warnings.forEach { try report(.warning($0)) }
    try prepare(upscaler)

    var output = NiftiOutput(
      header: header(upscaler.header),
      type: job.voxelType == .float32 ? .float32 : source.reader.header.storedType)
    output.description = "\(ToolVersion.name) \(ToolVersion.number) SR x\(model.scale) \(what); not for diagnosis"
    output.overwrite = job.overwrite
    let writer = try NiftiWriter(output, to: job.output)
    defer { writer.discard() }
    try report(.started(slices: upscaler.sliceCount))
    var done = 0.0
    while let slices = try next(upscaler, { try report(.progress(slices: done + $0)) }) {
      for slice in slices {
        try writer.writeSlice(slice.values, at: slice.index, across: upscaler.axis, frame: slice.frame)
      }
      done += 1
      try report(.progress(slices: done))
    }
    try report(.finished)
    try writer.complete()
    var extras: [any StagedOutput] = []
    let about = LatentPreview(
      source: source.reader.header, output: upscaler.header, axis: upscaler.axis, title: source.name)
    if let url = job.preview, let montage = picture(about) {
      extras.append(try StagedFile(montage.drawn().pngBytes(), url, overwrite: job.overwrite))
      try extras.last?.complete()
    }
    var record = try job.record(of: upscaler, source: source, files: plan.fileNames(of: job))
    record.warnings += writer.findings.map(\.text)
    try amend(&record)
    record.timings.total = Date().timeIntervalSince(clock)
    // A table of gradients goes with the input's frames; where the output has others it stays behind.
    let keepsFrames = output.header.frames == source.reader.header.frames
    let sidecar = try Sidecar(record: record).staged(
      beside: job.output, of: source.isDicom || !keepsFrames ? nil : job.input, from: source.reader.header,
      to: output.header, bids: job.bids, overwrite: job.overwrite)
    for file in sidecar { try file.complete() }
    try ([writer as any StagedOutput] + extras + sidecar).publishTogether()
    for finding in writer.findings {
      try report(finding.severity == .warning ? .warning(finding.text) : .note(finding.text))
    }
    return record
  }

  private func checkNames(_ plan: OutputPlan, _ source: UpscaleSource) throws {
    var problems = OutputNames.problems(of: plan, job: job, source: source)
    if OutputForm(job.output) == .dicom {
      problems = [
        .init(
          code: .invalidSetting, sentence: "\(job.output.path): the output is NIfTI; end its name in .nii or .nii.gz.")
      ]
    }
    let names = Set(OutputNames.parts(of: job.output))
    for (role, url) in others where !names.isDisjoint(with: OutputNames.parts(of: url)) {
      problems.append(
        .init(
          code: .unwritable,
          sentence: "\(job.output.path): the output and \(role) would be the same file. Give each a name of its own."))
    }
    guard problems.isEmpty else {
      let code = problems.allSatisfy { $0.code == .outputExists } ? .outputExists : problems[0].code
      throw SuperResolutionError(code, "output", problems.map(\.sentence).joined(separator: "\n  "))
    }
  }

  /// - Throws: `SuperResolutionError` where the model has no such step.
  static func check(step: Int, of model: LoadedModel) throws {
    let last = model.configuration.timesteps - 1
    guard (0...last).contains(step) else {
      throw SuperResolutionError(
        .invalidSetting, "--step",
        "is one of the model's steps, 0 (nearly clean) to \(last) (nearly noise), not \(step).")
    }
  }

  /// Of a file; of the files of a folder, in the order of their names.
  static func digest(_ url: URL) throws -> String {
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
    guard isFolder.boolValue else { return try FileDigest.sha256(of: [url]) }
    let names = try FileManager.default.subpathsOfDirectory(atPath: url.path).sorted()
    let files = names.map { url.appendingPathComponent($0) }.filter { file in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder) && !isFolder.boolValue
    }
    return try FileDigest.sha256(of: files)
  }
}
