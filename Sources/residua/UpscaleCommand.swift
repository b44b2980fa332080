import ArgumentParser
import Diffusion
import Foundation
import SuperResolution
import Tensors
import Volumes

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

  @Option(help: "How many times as wide and high a slice becomes: 2, 3 or 4. Must agree with --model. (default: 2)")
  var scale: Int?

  @Option(help: "A model file, or the name of one that `residua model list` shows. (default: the one that ships for the scale)")
  var model: String?

  @Option(help: "Samples drawn per slice.")
  var samples = 8

  @Option(help: "Steps of the sampler. (default: the sampler's own)")
  var steps: Int?

  @Option(help: "How the steps go: \(UpscaleSettings.SamplerName.allCases.map(\.rawValue).joined(separator: ", ")).")
  var sampler: UpscaleSettings.SamplerName = UpscaleSettings().sampler

  @Option(help: "Same seed, same bytes, whatever the number of threads.")
  var seed: UInt64 = 0

  @Option(help: "The plane whose slices are upscaled: acquired, axial, coronal, sagittal.")
  var plane: UpscaleSettings.Plane = .acquired

  @Option(help: "What is written: mean (best per voxel) or sample (keeps the texture).")
  var estimate: UpscaleSettings.Estimate = .mean

  @Option(help: "Largest side of a tile in output pixels, \(UpscaleSettings.smallestTile) or more: less memory.")
  var tile = UpscaleSettings().tile

  @Option(help: "Noise between slices: independent, shared, correlated or correlated:MM.")
  var noise: UpscaleSettings.SliceNoise = UpscaleSettings().noise

  @Option(help: "Threads to compute with. (default: one per core)")
  var threads: Int?

  @Option(help: "Kernels to compute with: portable, avx2 or avx512; same bytes for the same ones. (default: the widest here)")
  var kernels: KernelSet?

  @Option(help: "Write the standard deviation over the samples, in the input's unit.")
  var uncertainty: String?

  @Option(help: "How --uncertainty is written beside DICOM: pmap (a parametric map), series or nifti. (default: pmap)")
  var uncertaintyFormat: UncertaintyFormat?

  @Option(help: "The DICOM series to take where there are several: a number, a UID, or as `residua info` shows it.")
  var series: String?

  @Option(help: "For DICOM out of NIfTI: the folder with the series whose patient, study and equipment the output takes over.")
  var reference: String?

  @Flag(help: "Fill missing slices of a DICOM series by interpolation.")
  var allowGaps = false

  @Flag(help: "Apply the removals of DICOM's basic confidentiality profile to what is written.")
  var deidentify = false

  @Option(help: "Write every sample as a NIfTI volume into this folder.")
  var keepSamples: String?

  @Option(help: "Write a picture: low resolution, bicubic, super-resolved, uncertainty.")
  var preview: String?

  @Option(help: "Voxel type of the output: float32, or input for the input's own (rounded).")
  var type: OutputVoxelType = .float32

  @Flag(help: "Replace outputs that exist.")
  var overwrite = false

  @Flag(help: "Say nothing but warnings and errors.")
  var quiet = false

  func validate() throws {
    if let scale, ![2, 3, 4].contains(scale) { throw ValidationError("--scale is 2, 3 or 4, not \(scale).") }
    if samples < 1 { throw ValidationError("--samples is at least 1, not \(samples).") }
    if uncertainty != nil && samples < 2 {
      throw ValidationError("--uncertainty is a deviation over samples: it needs --samples 2 or more.")
    }
    if let steps, steps < 1 { throw ValidationError("--steps is at least 1, not \(steps).") }
    if let threads, threads < 1 || threads > 1024 { throw ValidationError("--threads is 1 to 1024, not \(threads).") }
    if tile < UpscaleSettings.smallestTile {
      throw ValidationError("--tile is at least \(UpscaleSettings.smallestTile) output pixels, not \(tile).")
    }
  }

  func run() throws {
    Interruption.listen()
    var settings = UpscaleSettings()
    settings.samples = samples
    settings.sampler = sampler
    settings.steps = steps
    settings.seed = seed
    settings.plane = plane
    settings.estimate = estimate
    settings.tile = tile
    settings.noise = noise

    var job = UpscaleJob(
      input: URL(fileURLWithPath: input), output: URL(fileURLWithPath: output),
      uncertainty: uncertainty.map { URL(fileURLWithPath: $0) }, samplesFolder: keepSamples.map { URL(fileURLWithPath: $0) },
      preview: preview.map { URL(fileURLWithPath: $0) }, voxelType: type, overwrite: overwrite, model: model, scale: scale,
      settings: settings, threads: threads, kernels: kernels)
    job.series = series
    job.reference = reference.map { URL(fileURLWithPath: $0) }
    job.uncertaintyFormat = uncertaintyFormat
    job.allowGaps = allowGaps
    job.deidentify = deidentify
    var display: ProgressDisplay?
    let record = try job.run { event in
      try Interruption.check()
      switch event {
      case .warning(let text): StandardError.warn(text)
      case .note(let text): if !quiet { StandardError.write("note: \(text)\n") }
      case .started(let slices): display = ProgressDisplay(slices: slices, isQuiet: quiet)
      case .progress(let slices): display?.show(slices)
      case .finished: display?.finish()
      }
    }
    if !quiet {
      StandardError.write("wrote \(output): \(record.output.size.map(String.init).joined(separator: "×")) voxels, ")
      StandardError.write("in \(ProgressDisplay.duration(record.timings.total)). Research use only, not for diagnosis.\n")
    }
  }
}

extension UpscaleSettings.SamplerName: ExpressibleByArgument {}
extension UpscaleSettings.Plane: ExpressibleByArgument {}
extension UpscaleSettings.Estimate: ExpressibleByArgument {}
extension OutputVoxelType: ExpressibleByArgument {}
extension UncertaintyFormat: ExpressibleByArgument {}
extension KernelSet: ExpressibleByArgument {}
extension UpscaleSettings.SliceNoise: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
