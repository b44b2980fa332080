import Diffusion
import Foundation
import SuperResolution
import Tensors
import Volumes

/// One patch: what a model sees, and what it should say.
package struct TrainingPatch {
  /// The low-resolution patch in [−1, 1], `side / scale` pixels square.
  package let low: [Float]
  /// The high-resolution patch in [−1, 1], `side` pixels square.
  package let high: [Float]
  /// The residual of the high-resolution patch over its bicubic base.
  package let residual: [Float]
  /// Where it was cut from, for messages.
  package let origin: String
}

/// Draws patches; every draw is a function of the seed, the stage, the update and the item.
package struct PatchSampler: Sendable {
  let volumes: [TrainingVolume]
  package let configuration: TrainingConfiguration

  /// Low-resolution pixels around a patch that its bicubic base looks at.
  private static let margin = 4

  package func patch(stage: TrainingConfiguration.StageName, update: Int, item: Int) -> TrainingPatch {
    var random = KeyedRandom(seed: configuration.seed, .patch, stage: stage, update: update, item: item)
    let side = configuration.stage(stage).patch
    let scale = configuration.model.scale
    let volume = volumes[random.below(volumes.count)]
    let usable = volume.axes.indices.filter { index in
      let size = volume.sliceSize(across: volume.axes[index])
      return min(size.width, size.height) >= side
    }
    let index = usable[random.below(usable.count)]
    let axis = volume.axes[index]
    let slice = volume.slice(atTissueShare: random.unit(), axis: index)
    let size = volume.sliceSize(across: axis)
    let (columns, rows) = (size.width / scale * scale, size.height / scale * scale)
    var (x, y) = (0, 0)
    let isAnywhere = random.chance(configuration.data.anywhere)
    for _ in 0..<20 {
      x = random.below((columns - side) / scale + 1) * scale
      y = random.below((rows - side) / scale + 1) * scale
      if isAnywhere || volume.isTissue(x: x + side / 2, y: y + side / 2, slice: slice, across: axis) { break }
    }
    let area = Area(x: x / scale..<(x + side) / scale, y: y / scale..<(y + side) / scale, columns: columns, rows: rows)
    let augmentation = configuration.augmentation
    let gamma = random.between(augmentation.gamma)
    let gain = random.between(augmentation.intensityScale)
    let turn = Turn(
      mirrorsX: augmentation.flips && random.chance(0.5), mirrorsY: augmentation.flips && random.chance(0.5),
      transposes: augmentation.rotations && random.chance(0.5))
    let images = degraded(volume, axis: axis, slice: slice, area: area, random: &random) { value in
      2 * min(max(gain * pow((value + 1) / 2, gamma), 0), 1) - 1
    }
    let lowSide = side / scale
    return TrainingPatch(
      low: turn.applied(to: images.low, side: lowSide).map { Float(min(max($0, -1), 1)) },
      high: turn.applied(to: images.high, side: side).map { Float($0) },
      residual: turn.applied(to: zip(images.high, images.base).map { $0 - $1 }, side: side).map {
        Float(configuration.model.residual.residual(ofDifference: $0))
      },
      origin: "\(volume.name), slice \(slice) across \(axis), x \(x), y \(y)")
  }

  /// A whole slice, cut at the far sides so that both sides are multiples of what the network takes.
  package func slice(_ slice: Int, of volume: TrainingVolume, across axis: VoxelAxis) -> DegradedImage {
    let scale = configuration.model.scale
    let size = volume.sliceSize(across: axis)
    let multiple = configuration.model.shape.sideMultiple
    // A common multiple of both.
    let unit = scale == 3 ? 3 * multiple : max(scale, multiple)
    let (columns, rows) = (size.width / unit * unit, size.height / unit * unit)
    let area = Area(x: 0..<columns / scale, y: 0..<rows / scale, columns: columns, rows: rows)
    var random = KeyedRandom(seed: configuration.seed, .degradationNoise, update: slice)
    return degraded(volume, axis: axis, slice: slice, area: area, random: &random) { $0 }
  }

  /// A rectangle in low-resolution pixels of a slice of `columns` × `rows` high-resolution ones.
  private struct Area {
    let x: Range<Int>
    let y: Range<Int>
    let columns: Int
    let rows: Int
  }

  private func degraded(
    _ volume: TrainingVolume, axis: VoxelAxis, slice: Int, area: Area, random: inout KeyedRandom,
    intensity: (Double) -> Double
  ) -> DegradedImage {
    let scale = configuration.model.scale
    func widened(_ range: Range<Int>, _ count: Int) -> Range<Int> {
      max(0, range.lowerBound - Self.margin)..<min(count, range.upperBound + Self.margin)
    }
    let across = widened(area.x, area.columns / scale)
    let down = widened(area.y, area.rows / scale)
    let degradation = configuration.data.degradation
    let columns = degradation.weights(count: area.columns, scale: scale, outputs: across)
    let rows = degradation.weights(count: area.rows, scale: scale, outputs: down)
    func spanned(_ inputs: Range<Int>, _ range: Range<Int>) -> Range<Int> {
      min(inputs.lowerBound, range.lowerBound * scale)..<max(inputs.upperBound, range.upperBound * scale)
    }
    // All pixels that either the low-resolution pixels or the patch itself need.
    let (x, y) = (spanned(columns.inputs, area.x), spanned(rows.inputs, area.y))
    let source = volume.region(rows: y, columns: x, slice: slice, across: axis).map(intensity)
    func cut(_ image: [Double], width: Int, x: Range<Int>, y: Range<Int>) -> [Double] {
      y.flatMap { row in image[row * width + x.lowerBound..<row * width + x.upperBound] }
    }
    let inner = cut(
      source, width: x.count, x: columns.inputs.lowerBound - x.lowerBound..<columns.inputs.upperBound - x.lowerBound,
      y: rows.inputs.lowerBound - y.lowerBound..<rows.inputs.upperBound - y.lowerBound)
    var low = columns.appliedToColumns(
      of: rows.appliedToRows(of: inner, width: columns.inputs.count), height: rows.outputs.count)
    if degradation.noiseDeviation > 0 {
      for i in low.indices {
        // Box and Muller's transform.
        let radius = (-2 * log(1 - random.unit())).squareRoot()
        low[i] += degradation.noiseDeviation * radius * cos(2 * .pi * random.unit())
      }
    }
    let base = BicubicResampling(height: down.count, width: across.count, enlargedBy: scale).resampled(low)
    func inside(_ range: Range<Int>, _ outer: Range<Int>, _ factor: Int) -> Range<Int> {
      (range.lowerBound - outer.lowerBound) * factor..<(range.upperBound - outer.lowerBound) * factor
    }
    return DegradedImage(
      width: area.x.count * scale, height: area.y.count * scale,
      high: cut(
        source, width: x.count, x: area.x.lowerBound * scale - x.lowerBound..<area.x.upperBound * scale - x.lowerBound,
        y: area.y.lowerBound * scale - y.lowerBound..<area.y.upperBound * scale - y.lowerBound),
      low: cut(low, width: across.count, x: inside(area.x, across, 1), y: inside(area.y, down, 1)),
      base: cut(
        base, width: across.count * scale, x: inside(area.x, across, scale), y: inside(area.y, down, scale)))
  }
}

/// An image with its low-resolution version and the bicubic enlargement of that, in [−1, 1] but for overshoot.
package struct DegradedImage {
  /// Of `high` and `base`.
  package let width: Int
  package let height: Int
  package let high: [Double]
  package let low: [Double]
  package let base: [Double]
}

/// One of the eight ways to lay a square on itself.
private struct Turn {
  let mirrorsX: Bool
  let mirrorsY: Bool
  let transposes: Bool

  func applied(to image: [Double], side: Int) -> [Double] {
    (0..<side * side).map { at in
      var (y, x) = (at / side, at % side)
      if transposes { (x, y) = (y, x) }
      if mirrorsX { x = side - 1 - x }
      if mirrorsY { y = side - 1 - y }
      return image[y * side + x]
    }
  }
}
