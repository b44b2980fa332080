import Diffusion
import Foundation
import Tensors
import Volumes

/// Draws the samples of one slice after another; all slices of a volume have one size.
package final class SliceUpscaler {
  package let steps: Int
  let model: LoadedModel
  let settings: UpscaleSettings
  let mapping: IntensityMapping
  let tiles: TileSampler
  /// Plans of tiles made so far, by the size of what they cover.
  var plans: [PixelSize: TilePlan] = [:]
  let bicubic: BicubicResampling
  package let consistency: DataConsistency
  let width: Int
  let height: Int
  var scale: Int { model.scale }

  package init(
    model: LoadedModel, settings: UpscaleSettings, mapping: IntensityMapping, width: Int, height: Int,
    sliceSpacing: Double, precision: Double? = nil
  ) throws {
    self.model = model
    self.settings = settings
    self.mapping = mapping
    self.width = width
    self.height = height
    bicubic = BicubicResampling(height: height, width: width, enlargedBy: model.scale)
    consistency = DataConsistency(
      degradation: settings.degradation ?? Degradation(of: model.configuration.degradation), scale: model.scale,
      width: width, height: height, tolerance: precision ?? (mapping.high - mapping.low) * 1e-6)
    let plan = try settings.samplingPlan(for: model.schedule)
    steps = plan.steps.count
    tiles = TileSampler(
      model: model, plan: plan,
      noise: NoiseField(seed: settings.seed, coupling: settings.noise.coupling(sliceSpacing: sliceSpacing)))
  }

  /// Without clocks and progress.
  package func upscale(_ slice: VolumeSlice, index: Int, keepsSamples: Bool) throws -> UpscaledSlice {
    var timings = UpscaleRecord.Timings()
    return try upscale(slice, index: index, frame: 0, keepsSamples: keepsSamples, timings: &timings) { _ in }
  }

  /// - Parameters:
  ///   - region: where there is tissue; elsewhere the base stands alone. `nil` for everywhere.
  ///   - progress: the share of the slice that is done.
  package func upscale(
    _ slice: VolumeSlice, index: Int, frame: Int = 0, region: TissueRegion? = nil, keepsSamples: Bool,
    timings: inout UpscaleRecord.Timings, progress: (Double) throws -> Void
  ) throws -> UpscaledSlice {
    let filled = slice.filled(fallback: mapping.low)
    let base = base(of: slice, filled: filled)
    let residuals = try drawResiduals(
      filled.values, index: index, frame: frame, region: region, timings: &timings, progress: progress)

    var moments = RunningMoments(pixels: base.count)
    var kept: [[Double]] = []
    for residual in residuals {
      var image = base
      for p in image.indices { image[p] += Double(residual[p]) * mapping.unitsPerModelUnit }
      if settings.consistency == .project { image = consistency.projected(image, onto: filled.values) }
      moments.add(image)
      if keepsSamples || (settings.estimate == .sample && kept.isEmpty) { kept.append(image) }
    }
    func output(_ values: [Double]) -> VolumeSlice {
      VolumeSlice(
        width: width * scale, height: height * scale, values: restored(values, of: slice, valid: filled.valid))
    }
    let mean = output(moments.mean)
    return UpscaledSlice(
      index: index, frame: frame, lowResolution: slice, bicubic: output(base), mean: mean,
      meanIsEstimate: settings.estimate == .mean,
      estimate: settings.estimate == .mean ? mean : output(kept[0]),
      deviation: moments.count > 1 ? output(moments.deviation) : nil, samples: keepsSamples ? kept.map(output) : [],
      computedShare: computedShare(of: region), region: region)
  }

  /// A slice that was computed earlier, as it came out then; `nil` where it has another size or lacks what is asked for.
  func restored(
    _ kept: KeptSlice, of slice: VolumeSlice, index: Int, frame: Int, region: TissueRegion?, keepsSamples: Bool
  ) -> UpscaledSlice? {
    let (outputWidth, outputHeight) = (width * scale, height * scale)
    let samples = keepsSamples ? kept.samples : []
    guard (kept.deviation == nil) == (settings.samples < 2), samples.count == (keepsSamples ? settings.samples : 0),
      (kept.mean == nil) == (settings.estimate == .mean),
      ([kept.estimate, kept.mean, kept.deviation].compactMap(\.self) + samples).allSatisfy({
        $0.count == outputWidth * outputHeight
      })
    else { return nil }
    func output(_ values: [Double]) -> VolumeSlice {
      VolumeSlice(width: outputWidth, height: outputHeight, values: values)
    }
    let filled = slice.filled(fallback: mapping.low)
    return UpscaledSlice(
      index: index, frame: frame, lowResolution: slice,
      bicubic: output(restored(base(of: slice, filled: filled), of: slice, valid: filled.valid)),
      mean: output(kept.mean ?? kept.estimate), meanIsEstimate: kept.mean == nil,
      estimate: output(kept.estimate), deviation: kept.deviation.map(output), samples: samples.map(output),
      computedShare: computedShare(of: region), region: region)
  }

  /// The bicubic base in the volume's unit, around what is not finite.
  func base(of slice: VolumeSlice, filled: FilledSlice) -> [Double] {
    var base: [Double]
    if filled.valid == nil {
      base = bicubic.resampled(slice.values)
    } else {
      // Far from every finite pixel there is nothing to interpolate: the filled slice stands in, and is overwritten at the end.
      let standIn = bicubic.resampled(filled.values)
      base = zip(bicubic.resampledAroundGaps(slice.values), standIn).map { $0.isFinite ? $0 : $1 }
    }
    let share = model.configuration.baseScale
    if share != 1 { base = base.map { mapping.low + ($0 - mapping.low) * share } }
    return base
  }

  /// The difference of every sample to the base, in model units, over the whole output slice: `samples × (height·width)`.
  private func drawResiduals(
    _ values: [Double], index: Int, frame: Int, region: TissueRegion?, timings: inout UpscaleRecord.Timings,
    progress: (Double) throws -> Void
  ) throws -> [[Float]] {
    let (outputWidth, outputHeight) = (width * scale, height * scale)
    var differences = [[Float]](
      repeating: [Float](repeating: 0, count: outputWidth * outputHeight), count: settings.samples)
    try forEachTile(of: values, region: region) { place, number, count in
      try tiles.draw(
        tile: place.pixels, width: place.plan.layout.columns.length, height: place.plan.layout.rows.length,
        origin: (place.top * scale, place.left * scale), samples: settings.samples, slice: index, frame: frame,
        timings: &timings, each: { sample, values in blend(values, of: place, into: &differences[sample]) },
        progress: { try progress((Double(number) + $0 / Double(settings.samples)) / Double(count)) })
    }
    return differences
  }

  /// What the encoder alone makes of a slice (the image of its PSNR-oriented head), in the volume's unit.
  package func encoderImage(of slice: VolumeSlice) throws -> VolumeSlice {
    let channels = model.network.shape.channels
    var image = [Float](repeating: 0, count: width * scale * height * scale)
    try forEachTile(of: slice.filled(fallback: mapping.low).values, region: nil) { place, _, _ in
      let input = place.pixels.flatMap { [Float](repeating: $0, count: channels) }
      let layout = place.plan.layout
      let tensor = Tensor(input, n: 1, h: layout.rows.length, w: layout.columns.length, c: channels)
      let output = try model.network.encoderImage(lr: tensor).values()
      let gray = (0..<output.count / channels).map { p in
        (0..<channels).reduce(Float(0)) { $0 + output[p * channels + $1] } / Float(channels)
      }
      gray.withUnsafeBufferPointer { blend($0, of: place, into: &image) }
    }
    // The head's image ends at the model's range; what lies beyond is carried by the base here too.
    let base = bicubic.resampled(slice.filled(fallback: mapping.low).values)
    let values = zip(image, base).map { gray, base in
      mapping.low + (Double(gray) + 1) * mapping.unitsPerModelUnit + base
        - Swift.min(mapping.high, Swift.max(mapping.low, base))
    }
    return VolumeSlice(width: width * scale, height: height * scale, values: values)
  }

  /// Puts NaN and infinities back where they were: every output pixel of such an input pixel.
  func restored(_ values: [Double], of slice: VolumeSlice, valid: [Bool]?) -> [Double] {
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
