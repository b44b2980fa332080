import ArgumentParser
import SuperResolution

/// What a batch writes for every scan beside the volume. Names are derived from the scan's.
struct ResultOptions: ParsableArguments {
  @Flag(help: "Write the standard deviation over the samples beside every volume.")
  var uncertainty = false

  @Flag(help: "Write a picture of every volume: low resolution, bicubic, super-resolved, uncertainty.")
  var preview = false

  @Flag(help: "Write every sample of every volume, into a folder beside it.")
  var keepSamples = false

  @Option(help: "Voxel type of the volumes: float32, or input for the input's own (rounded).")
  var type: OutputVoxelType = .float32
}
