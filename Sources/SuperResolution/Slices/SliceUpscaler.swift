import Diffusion
import Foundation
import Tensors
import Volumes

/// Draws the samples of one slice after another; all slices of a volume have one size and one plan of tiles.
final class SliceUpscaler {
  let steps: Int
  private let model: LoadedModel
  private let settings: UpscaleSettings
  private let mapping: IntensityMapping
  private let layout: TileLayout
  private let noise: NoiseField
  private let bicubic: BicubicUpscaling
  private let width: Int
  private let height: Int
  private var scale: Int { model.scale }

  /// Output pixels that go through the network at once: bounds the memory of a batch.
  private static let batchPixels = 512 * 512 * 2

  init(
    model: LoadedModel, settings: UpscaleSettings, mapping: IntensityMapping, width: Int, height: Int, sliceSpacing: Double
  ) throws {
    self.model = model
    self.settings = settings
    self.mapping = mapping
    self.width = width
    self.height = height
    let multiple = model.network.shape.sideMultiple
    layout = TileLayout(width: width, height: height, scale: model.scale, tile: settings.tile, multiple: multiple)
    bicubic = BicubicUpscaling(width: width, height: height, scale: model.scale)
    steps = settings.steps ?? 20
    noise = NoiseField(seed: settings.seed, coupling: settings.noise.coupling(sliceSpacing: sliceSpacing))
  }

  /// - Parameter progress: the share of the slice that is done.
  func upscale(
    _ slice: VolumeSlice, index: Int, frame: Int, keepsSamples: Bool, timings: inout UpscaleRecord.Timings,
    progress: (Double) throws -> Void
  ) throws -> UpscaledSlice {
    let filled = slice.filled(fallback: mapping.low)
    let base = bicubic.upscaled(filled.values, valid: filled.valid)
    let residuals = try drawResiduals(
      filled.values, index: index, frame: frame, timings: &timings, progress: progress)

    var moments = RunningMoments(pixels: base.count)
    var kept: [[Double]] = []
    for residual in residuals {
      var image = base
      for p in image.indices { image[p] += Double(residual[p]) * mapping.unitsPerModelUnit }
      moments.add(image)
      if keepsSamples || (settings.estimate == .sample && kept.isEmpty) { kept.append(image) }
    }
    func output(_ values: [Double]) -> VolumeSlice {
      VolumeSlice(width: width * scale, height: height * scale, values: restored(values, of: slice, valid: filled.valid))
    }
    return UpscaledSlice(
      index: index, frame: frame, lowResolution: slice, bicubic: output(base),
      estimate: output(settings.estimate == .mean ? moments.mean : kept[0]),
      deviation: moments.count > 1 ? output(moments.deviation) : nil, samples: keepsSamples ? kept.map(output) : [])
  }

  /// Puts NaN and infinities back where they were: every output pixel of such an input pixel.
  private func restored(_ values: [Double], of slice: VolumeSlice, valid: [Bool]?) -> [Double] {
    guard let valid else { return values }
    var values = values
    for p in valid.indices where !valid[p] {
      let (x, y) = (p % width * scale, p / width * scale)
      for row in y..<y + scale {
        for column in x..<x + scale { values[row * width * scale + column] = slice.values[p] }
      }
    }
    return values
  }
}
