import Diffusion
import Foundation
import Tensors

/// One tile of a slice through the network: the encoder once, then the samples in batches.
struct TileSampler {
  let model: LoadedModel
  let plan: SamplingPlan
  let noise: NoiseField
  /// Output pixels that go through the network at once: bounds the memory of a batch, and with it that of the whole program.
  static let batchPixels = 1 << 18

  /// Samples of a tile of so many output pixels that go through the network together.
  static func batch(samples: Int, pixels: Int) -> Int { max(1, min(samples, batchPixels / pixels)) }

  /// - Parameters:
  ///   - tile: low-resolution pixels as the model sees them, `width × height`, in [−1, 1].
  ///   - origin: row and column of the tile's first pixel in the output slice.
  ///   - each: called with every sample's difference to the base in model units, `[H·W]`, in ascending order.
  ///   - progress: called after every step with the samples done (with the share of those in work).
  func draw(
    tile: [Float], width: Int, height: Int, origin: (row: Int, column: Int), samples: Int, slice: Int, frame: Int,
    timings: inout UpscaleRecord.Timings, each: (Int, UnsafeBufferPointer<Float>) -> Void,
    progress: (Double) throws -> Void
  ) throws {
    let channels = model.network.shape.channels
    let (outputWidth, outputHeight) = (width * model.scale, height * model.scale)
    let rows = origin.row..<origin.row + outputHeight
    let columns = origin.column..<origin.column + outputWidth
    let pixels = outputWidth * outputHeight
    let condition = try condition(of: tile, width: width, height: height, timings: &timings)
    let clock = Date()
    defer { timings.sample += Date().timeIntervalSince(clock) }

    let batch = Self.batch(samples: samples, pixels: pixels)
    for first in stride(from: 0, to: samples, by: batch) {
      let items = first..<min(first + batch, samples)
      let sampler = try Sampler(
        of: model.network, plan: plan, conditions: [condition],
        conditionIndex: [Int](repeating: 0, count: items.count),
        noise: { pointer, item, step in
          noise.fill(
            pointer, rows: rows, columns: columns, channels: channels, sample: items.lowerBound + item, slice: slice,
            frame: frame, step: step)
        }, height: outputHeight, width: outputWidth, channels: channels)
      while try sampler.next() != nil {
        try progress(Double(first) + Double(items.count * sampler.stepsDone) / Double(plan.steps.count))
      }
      let differences = differences(sampler.state)
      for item in items {
        let start = (item - first) * pixels
        differences.withUnsafeBufferPointer { each(item, UnsafeBufferPointer(rebasing: $0[start..<start + pixels])) }
      }
    }
  }

  /// The encoder's word on a tile.
  func condition(of tile: [Float], width: Int, height: Int, timings: inout UpscaleRecord.Timings) throws
    -> SRDiffModel.Condition
  {
    let clock = Date()
    defer { timings.encode += Date().timeIntervalSince(clock) }
    let channels = model.network.shape.channels
    // A model with several channels sees the same gray in each.
    let input = channels == 1 ? tile : tile.flatMap { [Float](repeating: $0, count: channels) }
    return try model.network.encode(lr: Tensor(input, n: 1, h: height, w: width, c: channels))
  }

  /// What is added to the base, in model units; the mean over the channels.
  func differences(_ residual: Tensor) -> [Float] {
    let channels = model.network.shape.channels
    let mapping = model.configuration.residual
    let values = UnsafeBufferPointer(start: residual.pointer, count: residual.count)
    if channels == 1 { return values.map { mapping.difference(ofResidual: $0) } }
    return (0..<residual.count / channels).map { p in
      let sum = (0..<channels).reduce(Float(0)) { $0 + mapping.difference(ofResidual: values[p * channels + $1]) }
      return sum / Float(channels)
    }
  }
}
