import ArgumentParser
import Foundation
import SuperResolution

struct InterpolateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "interpolate",
    abstract: "Writes samples between two samples of one volume.",
    discussion: """
      Draws one sample for each of two seeds, mixes them at one step of the way from noise to image, λ·x + (1 − λ)·x′, and goes on from there \
      (latent interpolation, SRDiff). With λ = 1 the sample of the first seed comes out, with λ = 0 that of the second, bit for bit as \
      `residua upscale --estimate sample --seed SEED` gives them. The output has one frame (fourth dimension) per weight. A \
      late step, near 0, mixes finished detail; an early one, near the last, mixes noise.

      Example:
        residua interpolate scan.nii.gz between.nii.gz --seeds 1,2 --weights 0,0.25,0.5,0.75,1 --step 60
      """
  )

  @Argument(help: "The volume: NIfTI, or a folder of DICOM files.")
  var input: String

  @Argument(help: "The NIfTI volume to write: .nii, .nii.gz or .hdr.")
  var output: String

  @Option(help: "Two seeds: of the sample with λ = 1, and of that with λ = 0.")
  var seeds: NumberList<UInt64>

  @Option(help: "λ of every frame of the output.")
  var weights = NumberList([0, 0.25, 0.5, 0.75, 1])

  @Option(
    help: "The step to mix at, 0 (nearly clean) to one less than the model's; the nearest that the sampler visits.")
  var step: Int

  @OptionGroup(title: "Sampling") var sampling: LatentSamplingOptions

  @OptionGroup var files: LatentFileOptions

  @OptionGroup(title: "Computing") var computing: ComputingOptions

  func validate() throws {
    if seeds.values.count != 2 { throw ValidationError("--seeds takes two numbers, as in 1,2.") }
    if weights.values.isEmpty { throw ValidationError("--weights takes one number or more, as in 0,0.5,1.") }
  }

  func run() throws {
    Interruption.listen()
    var job = files.job(input: input, output: output, computing)
    sampling.apply(to: &job, seed: seeds.values[0])
    let interpolation = InterpolateJob(job: job, otherSeed: seeds.values[1], weights: weights.values, step: step)
    try files.follow(output) { try interpolation.run(report: $0) }
  }
}

/// Numbers with commas between them.
struct NumberList<Number: LosslessStringConvertible>: ExpressibleByArgument, CustomStringConvertible {
  let values: [Number]

  init(_ values: [Number]) { self.values = values }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    values = parts.compactMap { Number(String($0)) }
    if values.count != parts.count { return nil }
  }

  var description: String { values.map(\.description).joined(separator: ",") }
  var defaultValueDescription: String { description }
}
