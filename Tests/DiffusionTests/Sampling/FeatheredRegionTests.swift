import Diffusion
import Tensors
import Testing

@Suite struct FeatheredRegionTests {
  /// Against the distance to every pixel of the region, one by one.
  @Test(arguments: [0, 1, 3, 20]) func fallsEvenlyOverItsMargin(_ margin: Int) {
    let (height, width) = (13, 17)
    let region = (0..<height * width).map { [40, 41, 58, 150, 220].contains($0) }
    let weights = FeatheredRegion(region, height: height, width: width, margin: margin).weights
    for i in weights.indices {
      let distance =
        region.indices.filter { region[$0] }.map { max(abs($0 / width - i / width), abs($0 % width - i % width)) }
        .min()!
      let expected = max(0, Float(margin + 1 - distance) / Float(margin + 1))
      #expect(abs(weights[i] - expected) < 1e-6)
      #expect((weights[i] == 0) == (distance > margin) && (weights[i] == 1) == region[i])
    }
    #expect(
      FeatheredRegion([Bool](repeating: false, count: 6), height: 2, width: 3, margin: margin).weights == [
        0, 0, 0, 0, 0, 0,
      ])
  }

  @Test func outsideNothingChanges() {
    let region = (0..<64).map { $0 % 8 < 2 }
    let feathered = FeatheredRegion(region, height: 8, width: 8, margin: 2)
    let inside = Tensor((0..<256).map { Float($0) / 3 }, n: 2, h: 8, w: 8, c: 2)
    let outside = Tensor((0..<256).map { -Float($0) / 7 }, n: 2, h: 8, w: 8, c: 2)
    let blended = feathered.blended(inside, over: outside).flat
    for i in 0..<256 {
      let x = i / 2 % 8
      if x < 2 { #expect(blended[i] == inside.flat[i]) }
      if x >= 4 { #expect(blended[i] == outside.flat[i]) }
      if x == 2 { #expect(abs(blended[i] - (2 * inside.flat[i] + outside.flat[i]) / 3) < 1e-4) }
    }
  }
}
