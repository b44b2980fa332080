import ArgumentParser
import Foundation
import SuperResolution

struct UpscaleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "upscale",
    abstract: "Writes the super-resolved volume, and how sure it is.",
    discussion: """
      Reads a NIfTI volume or a folder with a DICOM series, draws N samples of every slice in high resolution, and writes their mean. With --uncertainty the \
      standard deviation over the samples, voxel by voxel, in the input's own unit. The outer faces of the volume stay where \
      they are; a JSON sidecar beside the output says how it was made.

      Example:
        residua upscale sub-08_T1w.nii.gz sub-08_T1w_x2.nii.gz --uncertainty sub-08_sigma.nii.gz --preview sub-08.png
      """
  )

  @Argument(help: "The volume to upscale: NIfTI-1 or -2 (.nii, .nii.gz, .hdr/.img), or a folder of DICOM files.")
  var input: String

  @Argument(help: "The volume to write: .nii, .nii.gz or .hdr for NIfTI, any other name for a folder of DICOM files.")
  var output: String

  @OptionGroup(title: "Sampling") var sampling: SamplingOptions

  @Option(help: "Write the standard deviation over the samples, in the input's unit.")
  var uncertainty: String?

  @Option(help: "The DICOM series to take where there are several: a number, a UID, or as `residua info` shows it.")
  var series: String?

  @Option(
    help: "For DICOM out of NIfTI: the folder with the series whose patient, study and equipment the output takes over."
  )
  var reference: String?

  @Option(
    help: "What to compute, instead of what is found by itself: a volume on the input's grid, tissue where it is not 0."
  )
  var mask: String?

  @Option(help: "Write every sample as a NIfTI volume into this folder.")
  var keepSamples: String?

  @Option(help: "Write a picture: low resolution, bicubic, super-resolved, uncertainty.")
  var preview: String?

  @Option(help: "Voxel type of the output: float32, or input for the input's own (rounded).")
  var type: OutputVoxelType = .float32

  @OptionGroup(title: "Calibrated uncertainty") var calibrated: UncertaintyOptions

  @OptionGroup(title: "Regions") var labelled: RegionOptions

  @OptionGroup(title: "DICOM") var dicom: DicomOptions

  @OptionGroup(title: "Computing") var computing: ComputingOptions

  @Flag(help: "Replace outputs that exist.")
  var overwrite = false

  @Flag(help: "Say nothing but warnings and errors.")
  var quiet = false

  func validate() throws {
    try sampling.drawing.check(
      isCalibrated: calibrated.needsSamples, hasMask: mask != nil, hasUncertainty: uncertainty != nil)
  }

  func run() throws {
    Interruption.listen()
    var job = UpscaleJob(
      input: URL(fileURLWithPath: input), output: URL(fileURLWithPath: output),
      uncertainty: uncertainty.map { URL(fileURLWithPath: $0) },
      samplesFolder: keepSamples.map { URL(fileURLWithPath: $0) },
      preview: preview.map { URL(fileURLWithPath: $0) }, voxelType: type, overwrite: overwrite, model: sampling.choice.model,
      scale: sampling.choice.scale, settings: sampling.settings, threads: computing.threads, kernels: computing.kernels)
    job.series = series
    job.mask = mask.map { URL(fileURLWithPath: $0) }
    job.reference = reference.map { URL(fileURLWithPath: $0) }
    calibrated.apply(to: &job)
    labelled.apply(to: &job)
    dicom.apply(to: &job)
    var display = EventDisplay(isQuiet: quiet)
    let record = try job.run { try display.show($0) }
    if !quiet, let agreement = record.consistency { StandardError.write("\(agreement.summary)\n") }
    if !quiet, let regions = record.regions { StandardError.write("\(regions.summary())\n") }
    display.wrote(output, record)
  }
}

extension OutputVoxelType: ExpressibleByArgument {}
