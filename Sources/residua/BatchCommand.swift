import ArgumentParser
import BulkProcessing
import Foundation
import SuperResolution

struct BatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "batch",
    abstract: "Upscales a whole study: a tree of NIfTI files, a DICOM archive, a BIDS dataset or a list.",
    discussion: """
      Every scan below INPUT is upscaled into the same place below OUTPUT; what is none, or is not to be upscaled, is listed with the reason. \
      --dry-run shows what would be done. What OUTPUT/.residua says is done stays done: the same command \
      again does what is missing and nothing else, whatever ended it before.

      Exit codes: 0 done, 2 nothing found, 3 some failed (damaged files among them), 130 and 143 paused by a signal.
      """
  )

  @OptionGroup(title: "Study") var study: StudyOptions

  @OptionGroup(title: "Results") var results: ResultOptions

  @OptionGroup(title: "Sampling") var sampling: SamplingOptions

  @OptionGroup(title: "Calibrated uncertainty") var calibrated: IntervalOptions

  @OptionGroup(title: "What goes along with every scan") var along: CompanionOptions

  @OptionGroup(title: "DICOM") var dicom: DicomOptions

  @OptionGroup(title: "Computing") var computing: ComputingOptions

  @OptionGroup(title: "Work") var work: WorkOptions

  @OptionGroup(title: "Cluster") var slurm: SlurmOptions

  @Flag(help: "Say nothing but warnings and errors.")
  var quiet = false

  func validate() throws {
    try sampling.drawing.check(
      isCalibrated: calibrated.isWanted, hasMask: along.mask != nil, hasUncertainty: results.uncertainty)
  }

  func run() throws {
    Interruption.listen()
    if work.worker { return runAsWorker() }
    if try tellOfLedger(in: study.output) { return }
    let request = try request()
    let plan =
      try slurm.plan.map { try BatchPlan(contentsOf: URL(fileURLWithPath: $0)) }
      ?? BatchPlanner(request).plan(checkpoint: Interruption.check)
    if study.dryRun { return try tell(of: plan, for: request) }
    // A task's log lies among the results.
    if !slurm.slurmTask {
      for refusal in plan.refused where !refusal.isDamage || slurm.slurm {
        StandardError.warn("\(refusal.what): \(refusal.reason)")
      }
      for note in plan.notes where !quiet { StandardError.write("note: \(note)\n") }
    }
    guard !plan.jobs.isEmpty || !plan.damaged.isEmpty else {
      StandardError.write("residua: \(study.inputName): no volume to upscale was found.\n")
      throw ExitCode(2)
    }
    if slurm.slurm, !plan.jobs.isEmpty { return try submit(plan, in: study.output) }
    try perform(plan, in: study.output)
  }

  /// What is to be found and made.
  private func request() throws -> BatchRequest {
    var request = study.request
    request.results = .init(uncertainty: results.uncertainty, preview: results.preview, samples: results.keepSamples)
    request.results.calibratedUncertainty = calibrated.calibratedUncertainty
    request.results.interval = calibrated.interval != nil
    request.companions = along.patterns
    request.settings = sampling.settings
    request.scale = try sampling.choice.scaleOfModel
    request.uncertaintyFormat = dicom.uncertaintyFormat
    request.allowGaps = dicom.allowGaps
    request.deidentify = dicom.deidentify
    return request
  }

  /// One scan's upscale with the options of this batch, its results below `folder`.
  func upscale(_ job: BatchJob, into folder: URL) -> UpscaleJob {
    var upscale = UpscaleJob(
      input: job.input, output: folder.appendingPathComponent(job.outputs.estimate),
      uncertainty: job.outputs.uncertainty.map { folder.appendingPathComponent($0) },
      preview: job.outputs.preview.map { folder.appendingPathComponent($0) }, voxelType: results.type,
      model: sampling.choice.model, scale: sampling.choice.scale, settings: sampling.settings, threads: computing.threads,
      kernels: computing.kernels)
    upscale.samplesFolder = job.outputs.samples.map { folder.appendingPathComponent($0) }
    upscale.series = job.series
    upscale.files = job.files
    upscale.bids = job.bids
    dicom.apply(to: &upscale)
    // It is about DICOM; what lies beside in NIfTI stays so.
    if job.series == nil { upscale.uncertaintyFormat = nil }
    calibrated.apply(to: &upscale, job.outputs, in: folder)
    upscale.mask = job.companions.mask
    if let labels = job.companions.regions, let table = job.outputs.regions {
      upscale.regions = RegionRequest(
        labels: labels, table: folder.appendingPathComponent(table), threshold: along.regionThreshold,
        coverage: along.regionCoverage)
    }
    if let labels = job.companions.labels, let output = job.outputs.labels {
      upscale.labelsAlong = (labels, folder.appendingPathComponent(output))
    }
    return upscale
  }
}
