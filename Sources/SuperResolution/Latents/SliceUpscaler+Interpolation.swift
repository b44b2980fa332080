import Diffusion
import Foundation
import Tensors
import Volumes

extension SliceUpscaler {
  /// The step of the plan that is nearest to `step`.
  package func step(nearest step: Int) -> Int { tiles.plan.step(nearest: step) }

  /// Samples between two (SRDiff, section on latent interpolation): x̄_t = λ·x_t + (1 − λ)·x′_t at one step, denoised on.
  ///
  /// - Parameters:
  ///   - otherSeed: of x′; that of x is the settings'. Both are the first sample of their seed.
  ///   - weights: λ, one per result.
  ///   - step: t, one that the plan visits.
  ///   - progress: the share of the slice that is done.
  /// - Returns: one slice per weight, in the volume's unit; for λ = 1 and 0 the samples themselves, bit for bit.
  func interpolate(
    _ slice: VolumeSlice, index: Int, frame: Int, region: TissueRegion?, otherSeed: UInt64, weights: [Double],
    step: Int,
    timings: inout UpscaleRecord.Timings, progress: (Double) throws -> Void
  ) throws -> [VolumeSlice] {
    let filled = slice.filled(fallback: mapping.low)
    let base = base(of: slice, filled: filled)
    var differences = [[Float]](repeating: [Float](repeating: 0, count: base.count), count: weights.count)
    let fields = [tiles.noise, NoiseField(seed: otherSeed, coupling: tiles.noise.coupling)]
    let stepsBefore = tiles.plan.steps.count { $0 > step }
    let work = Double(2 * stepsBefore + weights.count * (tiles.plan.steps.count - stepsBefore))
    try forEachTile(of: filled.values, region: region) { place, number, count in
      let (tileWidth, tileHeight) = (place.plan.layout.columns.length, place.plan.layout.rows.length)
      let condition = try tiles.condition(of: place.pixels, width: tileWidth, height: tileHeight, timings: &timings)
      let clock = Date()
      defer { timings.sample += Date().timeIntervalSince(clock) }
      var done = 0.0
      func advance(_ sampler: Sampler<SRDiffModel>, to step: Int?) throws {
        while let next = sampler.nextStep, step.map({ next > $0 }) ?? true {
          try sampler.next()
          done += 1
          try progress((Double(number) + done / work) / Double(count))
        }
      }
      let parents = try fields.map { field in
        try sampler(field, sample: 0, under: condition, at: place, slice: index, frame: frame)
      }
      for parent in parents { try advance(parent, to: step) }
      for (w, weight) in weights.enumerated() {
        let between = parents[0].interpolated(with: parents[1], weight: weight)
        try advance(between, to: nil)
        tiles.differences(between.state).withUnsafeBufferPointer { blend($0, of: place, into: &differences[w]) }
      }
    }
    return differences.map { output(base, plus: $0, of: slice, filled: filled) }
  }

  /// One sample of a tile, at its beginning.
  func sampler(
    _ field: NoiseField, sample: Int, under condition: SRDiffModel.Condition, at place: Place, slice: Int, frame: Int
  ) throws -> Sampler<SRDiffModel> {
    let (tileWidth, tileHeight) = (place.plan.layout.columns.length * scale, place.plan.layout.rows.length * scale)
    return try Sampler(
      of: model.network, plan: tiles.plan, conditions: [condition], conditionIndex: [0],
      noise: noise(field, sample: sample, at: place, slice: slice, frame: frame), height: tileHeight, width: tileWidth,
      channels: model.network.shape.channels)
  }

  /// The noise of a tile's pixels, which does not depend on the tile.
  func noise(_ field: NoiseField, sample: Int, at place: Place, slice: Int, frame: Int) -> Sampler<SRDiffModel>.Noise {
    let (top, left) = (place.top * scale, place.left * scale)
    let rows = top..<top + place.plan.layout.rows.length * scale
    let columns = left..<left + place.plan.layout.columns.length * scale
    let channels = model.network.shape.channels
    return { pointer, _, step in
      field.fill(
        pointer, rows: rows, columns: columns, channels: channels, sample: sample, slice: slice, frame: frame,
        step: step)
    }
  }

  /// The bicubic base of a slice.
  func bicubicImage(of slice: VolumeSlice) -> VolumeSlice {
    let filled = slice.filled(fallback: mapping.low)
    let base = base(of: slice, filled: filled)
    return output(base, plus: [Float](repeating: 0, count: base.count), of: slice, filled: filled)
  }

  /// Base and difference in the volume's unit, with what was not finite put back.
  func output(_ base: [Double], plus difference: [Float], of slice: VolumeSlice, filled: FilledSlice) -> VolumeSlice {
    var image = base
    for p in image.indices { image[p] += Double(difference[p]) * mapping.unitsPerModelUnit }
    return VolumeSlice(
      width: width * scale, height: height * scale, values: restored(image, of: slice, valid: filled.valid))
  }
}
