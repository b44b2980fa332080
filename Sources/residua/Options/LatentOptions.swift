import ArgumentParser
import Foundation
import SuperResolution

/// How one sample is drawn, for commands that work on what lies between noise and image.
struct LatentSamplingOptions: ParsableArguments {
  @OptionGroup var choice: ModelOptions

  @Option(help: "Steps of the sampler. (default: the sampler's own)")
  var steps: Int?

  @Option(help: "How the steps go: \(UpscaleSettings.SamplerName.allCases.map(\.rawValue).joined(separator: ", ")).")
  var sampler: UpscaleSettings.SamplerName = UpscaleSettings().sampler

  @Option(help: "The plane whose slices are upscaled: acquired, axial, coronal, sagittal.")
  var plane: UpscaleSettings.Plane = .acquired

  @Option(help: "Largest side of a tile in output pixels, \(UpscaleSettings.smallestTile) or more: less memory.")
  var tile = UpscaleSettings().tile

  @Option(help: "Noise between slices: independent, shared, correlated or correlated:MM.")
  var noise: UpscaleSettings.SliceNoise = UpscaleSettings().noise

  @Option(help: "Slices and tiles with nothing but background: skip or keep, as for upscale.")
  var background: UpscaleSettings.Background = UpscaleSettings().background

  func validate() throws {
    if let steps, steps < 1 { throw ValidationError("--steps is at least 1, not \(steps).") }
    if tile < UpscaleSettings.smallestTile {
      throw ValidationError("--tile is at least \(UpscaleSettings.smallestTile) output pixels, not \(tile).")
    }
  }

  func apply(to job: inout UpscaleJob, seed: UInt64) {
    job.model = choice.model
    job.scale = choice.scale
    job.settings.steps = steps
    job.settings.sampler = sampler
    job.settings.plane = plane
    job.settings.tile = tile
    job.settings.noise = noise
    job.settings.background = background
    job.settings.seed = seed
  }
}

/// Where the one output of such a command goes, and what is said on the way.
struct LatentFileOptions: ParsableArguments {
  @Option(help: "Voxel type of the output: float32, or input for the input's own (rounded).")
  var type: OutputVoxelType = .float32

  @Option(help: "Write a picture of one slice: what went in, what came out, and what differs.")
  var preview: String?

  @Option(help: "The DICOM series to take where there are several: a number, a UID, or as `residua info` shows it.")
  var series: String?

  @Flag(help: "Fill missing slices of a DICOM series by interpolation.")
  var allowGaps = false

  @Flag(help: "Replace outputs that exist.")
  var overwrite = false

  @Flag(help: "Say nothing but warnings and errors.")
  var quiet = false

  func job(input: String, output: String, _ computing: ComputingOptions) -> UpscaleJob {
    var job = UpscaleJob(
      input: URL(fileURLWithPath: input), output: URL(fileURLWithPath: output),
      preview: preview.map { URL(fileURLWithPath: $0) }, voxelType: type, overwrite: overwrite,
      threads: computing.threads, kernels: computing.kernels)
    job.series = series
    job.allowGaps = allowGaps
    return job
  }

  /// Runs a job, with its events on the terminal.
  func follow(_ output: String, _ run: ((UpscaleJob.Event) throws -> Void) throws -> UpscaleRecord) throws {
    var display = EventDisplay(isQuiet: quiet)
    display.wrote(output, try run { try display.show($0) })
  }
}
