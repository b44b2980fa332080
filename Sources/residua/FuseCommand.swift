import ArgumentParser
import Foundation
import SuperResolution

struct FuseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuse",
    abstract: "Blends a region of another image into a sample of a volume.",
    discussion: """
      Into a sample of A in high resolution a region of B is pasted; the composite is noised to one step and denoised so that it agrees with A in low \
      resolution (content fusion, SRDiff): the region blends in. The nearer the step is to 0, the more of B stays; the nearer to \
      the last, the more A decides. Outside of the region and --margin pixels around it the output is the plain sample of A, bit for bit as \
      `residua upscale --estimate sample` gives it.

      A is the volume in low resolution. B has A's intensities and lies either on the output's grid, in high resolution, and is pasted as it is; or on A's \
      own grid, and then a sample of it is pasted. The region lies on either grid too. What comes out is neither a measurement nor an estimate of one: it shows \
      what the model can reconcile with A.

      Example:
        residua fuse a.nii.gz b_x2.nii.gz fused.nii.gz --region lesion.nii.gz --step 50
      """
  )

  @Argument(help: "A: the volume in low resolution, NIfTI or a folder of DICOM files.")
  var a: String

  @Argument(help: "B: the image to paste from, on A's grid or on the output's.")
  var b: String

  @Argument(help: "The NIfTI volume to write: .nii, .nii.gz or .hdr.")
  var output: String

  @Option(help: "Pasted is where this volume, on A's grid or on the output's, is not 0.")
  var region: String

  @Option(help: "The step to noise to, 0 (nearly clean) to one less than the model's. (default: half of the model's)")
  var step: Int?

  @Option(help: "Output pixels around the region over which the result falls back to the plain sample.")
  var margin = FuseJob.usualMargin

  @Option(help: "Same seed, same bytes, whatever the number of threads.")
  var seed: UInt64 = 0

  @OptionGroup(title: "Sampling") var sampling: LatentSamplingOptions

  @OptionGroup var files: LatentFileOptions

  @OptionGroup(title: "Computing") var computing: ComputingOptions

  func validate() throws {
    if !(0...FuseJob.largestMargin).contains(margin) {
      throw ValidationError("--margin is 0 to \(FuseJob.largestMargin) output pixels, not \(margin).")
    }
  }

  func run() throws {
    Interruption.listen()
    var job = files.job(input: a, output: output, computing)
    sampling.apply(to: &job, seed: seed)
    let fusion = FuseJob(
      job: job, other: URL(fileURLWithPath: b), region: URL(fileURLWithPath: region), step: step, margin: margin)
    try files.follow(output) { try fusion.run(report: $0) }
  }
}
