import ArgumentParser
import Diffusion
import Foundation
import SuperResolution
import Tensors

struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Measures how fast a model runs here, and what limits it.",
    discussion: """
      Takes seconds to a minute on a machine with nothing else to do. GFLOP/s count the operations of a direct convolution, so that they compare with other \
      programs; the share of the peak counts the products that are really computed, against what this machine's arithmetic was measured to do.
      """)

  @Option(help: "Height and width of the output slice in pixels.")
  var size = 256

  @Option(
    help: "A model file, or the name of one that `residua model list` shows. (default: the one that ships for ×2)")
  var model: String?

  @Flag(help: "Instead of a model, the published network for ×4 (dim 64, 8 encoder blocks), with random weights.")
  var published = false

  @Option(help: "Samples drawn per slice.")
  var samples = UpscaleSettings().samples

  @Option(help: "Steps of the sampler. (default: the sampler's own)")
  var steps: Int?

  @Option(help: "How often each time is taken; medians are reported.")
  var repetitions = 5

  @OptionGroup(title: "Computing") var computing: ComputingOptions

  @Flag(help: "As JSON. Times are in milliseconds where the name says so, everything else in seconds and bytes.")
  var json = false

  /// Larger slices go through the network in tiles of this size anyway.
  private static let largestSize = 16384

  func validate() throws {
    if size < 1 || size > Self.largestSize {
      throw ValidationError("--size is 1 to \(Self.largestSize) pixels, not \(size).")
    }
    if samples < 1 || samples > UpscaleSettings.mostSamples {
      throw ValidationError("--samples is 1 to \(UpscaleSettings.mostSamples), not \(samples).")
    }
    if let steps, steps < 1 { throw ValidationError("--steps is at least 1, not \(steps).") }
    if repetitions < 1 || repetitions > 1000 {
      throw ValidationError("--repetitions is 1 to 1000, not \(repetitions).")
    }
    if published && model != nil { throw ValidationError("--published stands for a model: leave --model out.") }
  }

  func run() throws {
    let engine = try computing.engine
    var settings = UpscaleSettings()
    settings.samples = samples
    settings.steps = steps
    let benchmark: UpscaleBenchmark
    if published {
      let configuration = ModelConfiguration(network: NetworkShape(scale: 4))
      var network = try SRDiffModel(shape: configuration.network, engine: engine)
      var generator = SystemRandomNumberGenerator()
      network.initialize(using: &generator)
      benchmark = try UpscaleBenchmark(
        of: network, named: "published sizes, random weights", schedule: configuration.schedule, size: size,
        settings: settings, repetitions: repetitions)
    } else {
      let model = try LoadedModel(named: model, scale: nil, engine: engine)
      benchmark = try UpscaleBenchmark(
        of: model.network, named: model.url.lastPathComponent, schedule: model.configuration.schedule, size: size,
        settings: settings, repetitions: repetitions)
    }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(benchmark), as: UTF8.self))
    } else {
      print(BenchmarkDescription(benchmark).text)
    }
  }
}
