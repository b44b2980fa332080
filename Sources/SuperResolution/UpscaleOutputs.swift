import Foundation
import Volumes

/// How the voxels of an output are stored.
public enum OutputVoxelType: String, CaseIterable, Sendable {
  case float32
  /// The input's own type; integers are rounded.
  case input
}

/// The files of one upscale, from the first check to their names.
final class UpscaleOutputs {
  private let job: UpscaleJob
  private var estimate: NiftiWriter?
  private var deviation: NiftiWriter?
  private var samples: [NiftiWriter] = []
  private var preview: UpscalePreview?
  private var previewed: UpscaledSlice?
  private var axis = VoxelAxis.k
  private var source: VolumeHeader?
  private var result: VolumeHeader?
  private var madeFolder = false
  private var seconds = 0.0
  private(set) var warnings: [String] = []

  /// Looks at every name before any work is done.
  /// - Throws: `SuperResolutionError` naming all that is wrong.
  init(job: UpscaleJob) throws {
    self.job = job
    var problems: [String] = []
    var seen: [String: String] = [Self.identity(job.input): "the input"]
    for (role, url) in Self.files(of: job) {
      if let other = seen.updateValue(role, forKey: Self.identity(url)) {
        problems.append("\(url.path): \(role) and \(other) are the same file. Give each a name of its own.")
      }
      problems += Self.obstacles(to: url, overwrite: job.overwrite)
    }
    if let folder = job.samplesFolder {
      for number in 1...job.settings.samples {
        problems += Self.obstacles(to: Self.sample(number, of: job, in: folder), overwrite: job.overwrite, folderMayBeMade: true)
      }
    }
    guard problems.isEmpty else {
      let code: SuperResolutionError.Code = problems.allSatisfy { $0.contains("--overwrite") } ? .outputExists : .unwritable
      throw SuperResolutionError(code, "output", problems.joined(separator: "\n  "))
    }
  }

  deinit { discard() }

  /// Creates the temporary files.
  func open(for upscaler: VolumeUpscaler, source: VolumeHeader) throws {
    axis = upscaler.axis
    (self.source, result) = (source, upscaler.header)
    let samples = job.settings.samples
    let what = job.settings.estimate == .mean ? "mean of \(samples)" : "one sample"
    estimate = try writer(job.output, upscaler.header, "SR x\(upscaler.model.scale) \(what)", type: voxelType(of: source))
    if let url = job.uncertainty {
      var header = upscaler.header
      // A deviation is another quantity than the intensities: their intent and rescale do not describe it.
      header.rescale = .identity
      header.nifti?.intentCode = 0
      header.nifti?.intentName = ""
      header.nifti?.intentParameters = .zero
      deviation = try writer(url, header, "SR x\(upscaler.model.scale) sigma of \(samples), raw", keepsDisplayRange: false)
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
          Self.sample(number, of: job, in: folder), upscaler.header, "SR x\(upscaler.model.scale) sample \(number)",
          type: voxelType(of: source))
      }
    }
    if job.preview != nil {
      preview = UpscalePreview(
        source: source, output: upscaler.header, axis: upscaler.axis, scale: upscaler.model.scale, samples: samples,
        estimate: job.settings.estimate, title: job.input.lastPathComponent)
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

  /// Gives the files their names: samples and deviation first, the estimate when they are there, its sidecar last.
  /// - Parameter record: the sidecar's content, given the seconds that writing took.
  func finish(record: (Double) throws -> UpscaleRecord) throws {
    let clock = Date()
    for writer in samples + [deviation, estimate].compactMap(\.self) {
      try writer.finish()
      warnings += writer.findings.filter { $0.severity == .warning }.map(\.text)
    }
    madeFolder = false
    if let preview, let previewed, let url = job.preview {
      try preview.montage(of: previewed).write(to: url.path, overwrite: job.overwrite)
    }
    seconds += Date().timeIntervalSince(clock)
    guard let source, let result else { return }
    try Sidecar(record: record(seconds)).write(
      beside: job.output, of: job.input, from: source, to: result, overwrite: job.overwrite)
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
    _ url: URL, _ header: VolumeHeader, _ description: String, type: ScalarType = .float32, keepsDisplayRange: Bool = true
  ) throws -> NiftiWriter {
    var output = NiftiOutput(header: header, type: type)
    output.description = "\(ToolVersion.name) \(ToolVersion.number) \(description); not for diagnosis"
    output.keepsDisplayRange = keepsDisplayRange
    output.overwrite = job.overwrite
    return try NiftiWriter(output, to: url)
  }

  // MARK: Names

  private static func files(of job: UpscaleJob) -> [(role: String, url: URL)] {
    var files = [("the output", job.output), ("its sidecar", Sidecar.url(beside: job.output))]
    let carried = BidsSidecar(beside: job.input).outputs(beside: job.output).filter { $0.pathExtension != "json" }
    files += carried.map { ("its .\($0.pathExtension) file", $0) }
    if let url = job.uncertainty { files.append(("--uncertainty", url)) }
    if let url = job.preview { files.append(("--preview", url)) }
    return files
  }

  private static func sample(_ number: Int, of job: UpscaleJob, in folder: URL) -> URL {
    let ending = job.output.lastPathComponent.hasSuffix(".nii") ? "nii" : "nii.gz"
    let digits = String(job.settings.samples).count
    let padded = String(repeating: "0", count: digits - String(number).count) + String(number)
    return folder.appendingPathComponent("sample-\(padded).\(ending)")
  }

  private static func identity(_ url: URL) -> String { url.standardizedFileURL.resolvingSymlinksInPath().path }

  private static func obstacles(to url: URL, overwrite: Bool, folderMayBeMade: Bool = false) -> [String] {
    let files = FileManager.default
    var isFolder: ObjCBool = false
    if files.fileExists(atPath: url.path, isDirectory: &isFolder) {
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
