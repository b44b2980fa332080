import Diffusion
import Foundation
import Tensors
import Volumes

extension SliceUpscaler {
  /// What of another image goes where, and how far it is noised.
  package struct Fusion {
    /// The image to paste from, on the output grid, in the unit of the volume; every value finite where the region is.
    package let other: [Double]
    /// Which output pixels are pasted.
    package let region: [Bool]
    /// Output pixels around the region over which the result falls back to the plain sample.
    package let margin: Int
    /// t, the step that the composite is noised to.
    package let step: Int

    package init(other: [Double], region: [Bool], margin: Int, step: Int) {
      self.other = other
      self.region = region
      self.margin = margin
      self.step = step
    }
  }

  /// Content fusion (SRDiff, section on extensions): into a sample of this slice a region of another image is pasted, the composite is noised
  /// to one step and denoised under this slice's condition.
  ///
  /// Noise of its own (that of sample 1) is used for the second half, since the first sample depends on that of sample 0. Beyond the region and its
  /// margin the result is the plain sample, bit for bit.
  ///
  /// - Parameter progress: the share of the slice that is done.
  /// - Returns: the fused slice and the plain sample, in the volume's unit.
  func fuse(
    _ fusion: Fusion?, into slice: VolumeSlice, index: Int, frame: Int, region: TissueRegion?,
    timings: inout UpscaleRecord.Timings, progress: (Double) throws -> Void
  ) throws -> (fused: VolumeSlice, plain: VolumeSlice) {
    let filled = slice.filled(fallback: mapping.low)
    let base = base(of: slice, filled: filled)
    let plan = try fusion.map { try self.plan(from: $0.step) }
    let work = Double(tiles.plan.steps.count + (plan?.steps.count ?? 0))
    var done = 0.0
    func advance(_ sampler: Sampler<SRDiffModel>, _ number: Int, of count: Int) throws {
      while try sampler.next() != nil {
        done += 1
        try progress(min(1, done / (work * Double(count))))
      }
    }
    var plain = [Float](repeating: 0, count: base.count)
    try forEachTile(of: filled.values, region: region) { place, number, count in
      let condition = try condition(of: place, timings: &timings)
      let clock = Date()
      defer { timings.sample += Date().timeIntervalSince(clock) }
      let sampler = try sampler(tiles.noise, sample: 0, under: condition, at: place, slice: index, frame: frame)
      try advance(sampler, number, of: count)
      tiles.differences(sampler.state).withUnsafeBufferPointer { blend($0, of: place, into: &plain) }
    }
    let sample = output(base, plus: plain, of: slice, filled: filled)
    guard let fusion, let plan else { return (sample, sample) }

    let (outputWidth, outputHeight) = (width * scale, height * scale)
    let feathered = FeatheredRegion(fusion.region, height: outputHeight, width: outputWidth, margin: fusion.margin)
    let composite = base.indices.map { p -> Float in
      fusion.region[p] ? Float((fusion.other[p] - base[p]) / mapping.unitsPerModelUnit) : plain[p]
    }
    var fused = [Float](repeating: 0, count: base.count)
    // Every tile, whatever tissue: the region is where there is something to do.
    try forEachTile(of: filled.values, region: nil) { place, number, count in
      guard let residual = residual(of: composite, at: place, touching: feathered) else { return }
      let condition = try condition(of: place, timings: &timings)
      let clock = Date()
      defer { timings.sample += Date().timeIntervalSince(clock) }
      let sampler = try Sampler.fusing(
        residual, under: condition, with: model.network, plan: plan,
        noise: noise(tiles.noise, sample: 1, at: place, slice: index, frame: frame))
      try advance(sampler, number, of: count)
      tiles.differences(sampler.state).withUnsafeBufferPointer { blend($0, of: place, into: &fused) }
    }
    let differences = plain.indices.map { p -> Float in
      let weight = feathered.weights[p]
      return weight == 0 ? plain[p] : weight == 1 ? fused[p] : weight * fused[p] + (1 - weight) * plain[p]
    }
    return (output(base, plus: differences, of: slice, filled: filled), sample)
  }

  /// As many steps for the way from `start` as the whole way would spend on it.
  private func plan(from start: Int) throws -> SamplingPlan {
    let share = Double(start + 1) / Double(tiles.plan.schedule.timesteps)
    let count = Swift.min(start + 1, Swift.max(2, Int((Double(tiles.plan.steps.count) * share).rounded(.up))))
    return try SamplingPlan(
      schedule: tiles.plan.schedule, method: tiles.plan.method, steps: count, spacing: tiles.plan.spacing, from: start)
  }

  private func condition(of place: Place, timings: inout UpscaleRecord.Timings) throws -> SRDiffModel.Condition {
    try tiles.condition(
      of: place.pixels, width: place.plan.layout.columns.length, height: place.plan.layout.rows.length,
      timings: &timings)
  }

  /// A tile's residuals of differences in model units, `[1, H, W, C]`; `nil` where nothing of the region and its margin lies in the tile.
  private func residual(of differences: [Float], at place: Place, touching region: FeatheredRegion) -> Tensor? {
    let (tileWidth, tileHeight) = (place.plan.layout.columns.length * scale, place.plan.layout.rows.length * scale)
    let channels = model.network.shape.channels
    let result = Tensor(n: 1, h: tileHeight, w: tileWidth, c: channels)
    let mapping = model.configuration.residual
    var touches = false
    for y in 0..<tileHeight {
      let row = (place.top * scale + y).reflected(into: height * scale) * width * scale
      for x in 0..<tileWidth {
        let p = row + (place.left * scale + x).reflected(into: width * scale)
        touches = touches || region.weights[p] > 0
        let value = mapping.residual(ofDifference: differences[p])
        for channel in 0..<channels { result.pointer[(y * tileWidth + x) * channels + channel] = value }
      }
    }
    return touches ? result : nil
  }
}
