import ArgumentParser
import BulkProcessing
import Foundation
import SuperResolution

struct BatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "batch",
    abstract: "Upscales a whole study: a tree of volumes.",
    discussion: """
      Every volume below INPUT is upscaled into the same place below OUTPUT. What OUTPUT/.residua says is done stays done: the same command \
      again does what is missing and nothing else, whatever ended it before.

      Exit codes: 0 done, 2 nothing found, 3 some failed, 130 and 143 paused by a signal.
      """
  )

  @Argument(help: "The folder with the volumes.")
  var input: String

  @Argument(help: "The folder for the results; it is made where it is missing.")
  var output: String

  @OptionGroup(title: "Results") var results: ResultOptions

  @OptionGroup(title: "Sampling") var sampling: SamplingOptions

  @OptionGroup(title: "DICOM") var dicom: DicomOptions

  @OptionGroup(title: "Computing") var computing: ComputingOptions

  @Flag(help: "Say nothing but warnings and errors.")
  var quiet = false

  func validate() throws {
    if results.uncertainty && sampling.samples < 2 {
      throw ValidationError("--uncertainty is a deviation over samples: it needs --samples 2 or more.")
    }
  }

  func run() throws {
    Interruption.listen()
    let plan = try plan()
    for refusal in plan.refused { StandardError.warn("\(refusal.what): \(refusal.reason)") }
    guard !plan.jobs.isEmpty else {
      StandardError.write("residua: \(input): no volume to upscale was found.\n")
      throw ExitCode(2)
    }
    let folder = URL(fileURLWithPath: output, isDirectory: true)
    for job in plan.jobs {
      var upscale = upscale(job, into: folder)
      upscale.overwrite = true
      try FileManager.default.createDirectory(
        at: upscale.output.deletingLastPathComponent(), withIntermediateDirectories: true)
      _ = try upscale.run { _ in try Interruption.check() }
    }
  }

  /// What there is to do.
  private func plan() throws -> BatchPlan {
    let root = URL(fileURLWithPath: input, isDirectory: true).standardizedFileURL
    let files = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
    let jobs = files.filter { $0.hasSuffix(".nii") || $0.hasSuffix(".nii.gz") }.map { path in
      let name = path.hasSuffix(".gz") ? String(path.dropLast(7)) : String(path.dropLast(4))
      return BatchJob(
        name: name, input: root.appendingPathComponent(path),
        outputs: .init(
          estimate: name + ".nii.gz", uncertainty: results.uncertainty ? name + "_sigma.nii.gz" : nil,
          preview: results.preview ? name + ".png" : nil))
    }
    return BatchPlan(jobs: jobs)
  }

  /// One scan's upscale with the options of this batch, its results below `folder`.
  func upscale(_ job: BatchJob, into folder: URL) -> UpscaleJob {
    var upscale = UpscaleJob(
      input: job.input, output: folder.appendingPathComponent(job.outputs.estimate),
      uncertainty: job.outputs.uncertainty.map { folder.appendingPathComponent($0) },
      preview: job.outputs.preview.map { folder.appendingPathComponent($0) }, voxelType: results.type,
      model: sampling.model, scale: sampling.scale, settings: sampling.settings, threads: computing.threads,
      kernels: computing.kernels)
    upscale.series = job.series
    dicom.apply(to: &upscale)
    return upscale
  }
}
