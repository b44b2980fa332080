import Foundation
import SuperResolution
import SuperResolutionTraining
import Tensors
import Testing

@Suite struct DegradationTests {
  private func values(_ count: Int) -> [Double] {
    (0..<count).map { sin(Double($0 * $0) * 0.37) + 0.3 * cos(Double($0)) }
  }

  private func lowered(_ image: [Double], width: Int, height: Int, _ degradation: Degradation, scale: Int) -> [Double] {
    let columns = degradation.weights(count: width, scale: scale, outputs: 0..<width / scale)
    let rows = degradation.weights(count: height, scale: scale, outputs: 0..<height / scale)
    let x = columns.inputs
    let y = rows.inputs
    #expect(x == 0..<width && y == 0..<height)
    return columns.appliedToColumns(of: rows.appliedToRows(of: image, width: width), height: height / scale)
  }

  @Test(arguments: [2, 3, 4]) func bicubicIsThatOfTheResampler(scale: Int) {
    let (w, h) = (12 * scale, 7 * scale)
    let image = values(w * h)
    let expected = BicubicResampling(height: h, width: w, toHeight: h / scale, toWidth: w / scale).resampled(image)
    for (a, b) in zip(lowered(image, width: w, height: h, .bicubic, scale: scale), expected) {
      #expect(abs(a - b) < 1e-12)
    }
  }

  /// Against the discrete Fourier transform by its definition.
  @Test(arguments: [(20, 2), (18, 2), (21, 3), (24, 4), (9, 3)]) func kspaceKeepsTheLowestFrequencies(
    count: Int, scale: Int
  ) {
    let signal = values(count)
    let kept = count / scale
    let weights = Degradation.kspace.weights(count: count, scale: scale, outputs: 0..<kept)
    let found = weights.appliedToColumns(of: signal, height: 1)
    for o in 0..<kept {
      let position = (Double(o) + 0.5) * Double(scale) - 0.5
      var sum = 0.0
      for f in -(kept / 2)...(kept / 2) {
        // A series of `kept` frequencies; an even number's outermost one is shared by both signs.
        if kept % 2 == 1 && abs(f) > (kept - 1) / 2 { continue }
        let share = kept % 2 == 0 && abs(f) == kept / 2 ? 0.5 : 1
        var (real, imaginary) = (0.0, 0.0)
        for (j, value) in signal.enumerated() {
          let angle = -2 * Double.pi * Double(f * j) / Double(count)
          real += value * cos(angle)
          imaginary += value * sin(angle)
        }
        let angle = 2 * Double.pi * Double(f) * position / Double(count)
        sum += share * (real * cos(angle) - imaginary * sin(angle)) / Double(count)
      }
      #expect(abs(found[o] - sum) < 1e-12, "output \(o)")
    }
  }

  @Test func blurIsAGaussianAroundThePixelsCentre() {
    let weights = Degradation.blur(sigma: 0.5, noise: 0).weights(count: 40, scale: 2, outputs: 8..<12)
    var impulse = [Double](repeating: 0, count: weights.inputs.count)
    // Output 10 lies at 20.5: pixels 20 and 21 weigh alike, 19 less by e^(−(1.5² − 0.5²)/2).
    func response(_ place: Int) -> Double {
      impulse[place - weights.inputs.lowerBound] = 1
      defer { impulse[place - weights.inputs.lowerBound] = 0 }
      return weights.appliedToColumns(of: impulse, height: 1)[2]
    }
    #expect(abs(response(20) - response(21)) < 1e-15)
    #expect(abs(response(19) / response(20) - exp(-1)) < 1e-12)
    let flat = [Double](repeating: 1, count: weights.inputs.count)
    for value in weights.appliedToColumns(of: flat, height: 1) { #expect(abs(value - 1) < 1e-12) }
  }
}

@Suite struct PatchTests {
  /// A patch is cut out of a degraded slice, wherever it lies: margins are wide enough, and nothing is displaced.
  @Test(arguments: ["bicubic", "kspace", "blur"]) func patchesAreCutOutOfDegradedSlices(degradation: String) throws {
    let tiny = try TinyTraining()
    defer { tiny.remove() }
    let trainer = try tiny.trainer(
      "out",
      overrides: [
        "data.degradation=\(degradation)", "augmentation.flips=false", "augmentation.rotations=false",
        "augmentation.gamma=1", "augmentation.intensity_scale=1",
      ])
    let sampler = trainer.sampler
    var seen = 0
    for update in 0..<12 {
      let patch = sampler.patch(stage: .encoder, update: update, item: 0)
      // "NAME, slice S across A, x X, y Y"
      let words = patch.origin.split(whereSeparator: { " ,".contains($0) })
      let (slice, x, y) = (Int(words[2]) ?? -1, Int(words[6]) ?? -1, Int(words[8]) ?? -1)
      let volume = try #require(trainer.volume(named: String(words[0])))
      let whole = sampler.slice(slice, of: volume, across: volume.axes[0])
      for row in 0..<16 {
        for column in 0..<16 {
          let at = (y + row) * whole.width + x + column
          #expect(abs(Double(patch.high[row * 16 + column]) - whole.high[at]) < 1e-6)
          let residual = min(max(2 * (whole.high[at] - whole.base[at]), -1), 1)
          #expect(abs(Double(patch.residual[row * 16 + column]) - residual) < 1e-5)
          seen += 1
        }
      }
      for row in 0..<8 {
        for column in 0..<8 {
          let at = (y / 2 + row) * whole.width / 2 + x / 2 + column
          #expect(abs(Double(patch.low[row * 8 + column]) - min(max(whole.low[at], -1), 1)) < 1e-6)
        }
      }
    }
    #expect(seen == 12 * 256)
  }

  @Test func patchesDependOnTheirPlaceAlone() throws {
    let tiny = try TinyTraining()
    defer { tiny.remove() }
    let sampler = try tiny.trainer("out").sampler
    let first = sampler.patch(stage: .predictor, update: 5, item: 1)
    _ = sampler.patch(stage: .predictor, update: 6, item: 0)
    #expect(sampler.patch(stage: .predictor, update: 5, item: 1).high == first.high)
    #expect(sampler.patch(stage: .encoder, update: 5, item: 1).high != first.high)
    #expect(sampler.patch(stage: .predictor, update: 5, item: 0).high != first.high)
  }
}
