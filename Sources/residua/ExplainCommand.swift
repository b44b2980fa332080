import ArgumentParser
import Foundation
import SuperResolution

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Draws how the model works, from one slice of a volume of yours.",
    discussion: """
      Pictures as in the paper (SRDiff, Li et al. 2022): the slice in low resolution, its bicubic base, the residual, the result and its \
      uncertainty; the forward process, in which a residual becomes noise; the reverse process, in which noise becomes a residual, at chosen \
      steps t with what the network takes the residual to be; and the schedule of both. The reverse process is the paper's own, over all \
      steps; mean and uncertainty are what `residua upscale` gives.

      Without --reduce the volume is enlarged, and the residual that is noised is the one that was drawn. With --reduce the slice is \
      taken as the truth and made smaller first, as in training: then its true residual is known.

      OUTPUT is a folder (slice.png, forward.png, reverse.png, schedule.png), or one picture where it ends in .png.

      Example:
        residua explain sub-08_T1w.nii.gz figures/ --reduce --slice 80
      """
  )

  @Argument(help: "The volume: NIfTI, or a folder of DICOM files.")
  var input: String

  @Argument(help: "The folder for the pictures, made where it is missing, or one picture that ends in .png.")
  var output: String

  @Option(help: "Which slice, from 1. (default: the middle one)")
  var slice: Int?

  @Option(help: "Which time point, from 1.")
  var frame = 1

  @Option(
    help:
      "The steps t to show, with commas: 0 (nearly clean) to one less than the model's. (default: 99,75,50,25,10,0 of 100)"
  )
  var at: NumberList<Int>?

  @Flag(help: "Take the slice as the truth, and make it smaller first.")
  var reduce = false

  @Option(help: "Steps of the reverse process that is shown. (default: all of the model's)")
  var steps: Int?

  @Option(help: "Samples for mean and uncertainty.")
  var samples = UpscaleSettings().samples

  @Option(help: "Same seed, same pictures.")
  var seed: UInt64 = 0

  @OptionGroup var choice: ModelOptions

  @Option(help: "The plane whose slice is shown: acquired, axial, coronal, sagittal.")
  var plane: UpscaleSettings.Plane = .acquired

  @Option(help: "The DICOM series to take where there are several: a number, a UID, or as `residua info` shows it.")
  var series: String?

  @Flag(help: "Fill missing slices of a DICOM series by interpolation.")
  var allowGaps = false

  @OptionGroup(title: "Computing") var computing: ComputingOptions

  @Flag(help: "Replace pictures that exist.")
  var overwrite = false

  @Flag(help: "Say nothing but warnings and errors.")
  var quiet = false

  func validate() throws {
    if let slice, slice < 1 { throw ValidationError("--slice is at least 1, not \(slice).") }
    if frame < 1 { throw ValidationError("--frame is at least 1, not \(frame).") }
    if let steps, steps < 1 { throw ValidationError("--steps is at least 1, not \(steps).") }
    if samples < 2 { throw ValidationError("--samples is at least 2, for a deviation, not \(samples).") }
  }

  func run() throws {
    Interruption.listen()
    let target = URL(fileURLWithPath: output)
    let isOnePicture = target.pathExtension.lowercased() == "png"
    let names = isOnePicture ? [target] : Explanation.names.map { target.appendingPathComponent($0) }
    if !overwrite, let taken = names.first(where: { FileManager.default.fileExists(atPath: $0.path) }) {
      throw SuperResolutionError(.outputExists, taken.path, "exists. Pass --overwrite to replace it.")
    }
    var display = EventDisplay(isQuiet: quiet)
    let explanation = try job(target).run { try display.show($0) }
    if isOnePicture {
      try explanation.picture().write(to: target.path, overwrite: overwrite)
      print(target.path)
      return
    }
    try makeFolder(target)
    for (name, image) in try explanation.pictures() {
      let file = target.appendingPathComponent(name)
      try image.write(to: file.path, overwrite: overwrite)
      print(file.path)
    }
  }

  private func job(_ target: URL) -> ExplainJob {
    var upscale = UpscaleJob(
      input: URL(fileURLWithPath: input), output: target, model: choice.model, scale: choice.scale,
      threads: computing.threads, kernels: computing.kernels)
    upscale.settings.samples = samples
    upscale.settings.seed = seed
    upscale.settings.plane = plane
    upscale.series = series
    upscale.allowGaps = allowGaps
    var job = ExplainJob(upscale)
    job.slice = slice.map { $0 - 1 }
    job.frame = frame - 1
    job.shown = at?.values
    job.steps = steps
    job.reduces = reduce
    return job
  }
}
