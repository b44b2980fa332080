import Foundation
import Neural
import Tensors
import Testing

@Suite struct ResamplingTests {
  let golden = Result {
    try SafetensorsFile(
      contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Golden/bicubic.safetensors"))
  }

  private func worst(_ found: [Double], _ expected: [Double]) -> Double {
    found.count == expected.count ? zip(found, expected).map { abs($0 - $1) }.max() ?? 0 : .infinity
  }

  @Test func matchesTheReference() throws {
    let file = try golden.get()
    let image = try file.doubles("image")
    var checked = 0
    for name in file.names where name.hasPrefix("to.") {
      let shape = file.entries[name]!.shape
      let resampling = BicubicResampling(height: 11, width: 13, toHeight: shape[0], toWidth: shape[1])
      #expect(worst(resampling.resampled(image), try file.doubles(name)) < 1e-10, "\(name)")
      #expect(resampling.resampledAroundGaps(image) == resampling.resampled(image))
      checked += 1
    }
    #expect(checked == 10)
    let half = BicubicResampling(
      rows: BicubicWeights(from: 11, to: 6, scale: 0.5), columns: BicubicWeights(from: 13, to: 7, scale: 0.5))
    #expect(worst(half.resampled(image), try file.doubles("half")) < 1e-10)
    let line = BicubicResampling(height: 1, width: 6, enlargedBy: 4)
    #expect(worst(line.resampled(try file.doubles("line")), try file.doubles("line.4.24")) < 1e-12)
    #expect(worst(BicubicResampling(height: 11, width: 13, enlargedBy: 1).resampled(image), image) == 0)
  }

  /// Outer edges stay where they are, so a ramp stays the same ramp in the coordinates of the image.
  @Test(arguments: [2, 3, 4]) func keepsRampsAndConstants(_ factor: Int) {
    let (height, width) = (9, 12)
    let ramp = (0..<height * width).map { 2 * Double($0 / width) - 3 * Double($0 % width) + 5 }
    let result = BicubicResampling(height: height, width: width, enlargedBy: factor).resampled(ramp)
    for y in 3 * factor..<(height - 3) * factor {
      for x in 3 * factor..<(width - 3) * factor {
        let row = (Double(y) + 0.5) / Double(factor) - 0.5
        let column = (Double(x) + 0.5) / Double(factor) - 0.5
        #expect(abs(result[y * width * factor + x] - (2 * row - 3 * column + 5)) < 1e-12)
      }
    }
    let constant = BicubicResampling(height: 5, width: 4, toHeight: 3, toWidth: 9).resampled(
      [Double](repeating: 7, count: 20))
    #expect(constant.allSatisfy { abs($0 - 7) < 1e-13 })
  }

  @Test func gapsDoNotSpread() {
    let (height, width) = (16, 17)
    let smooth = (0..<height * width).map { sin(Double($0 % width) / 4) + cos(Double($0 / width) / 5) }
    var image = smooth
    for index in [0, 5, 93, 94, 111, 113, height * width - 1] {
      image[index] = [.nan, .infinity, -.infinity][index % 3]
    }
    for (toHeight, toWidth) in [(32, 34), (48, 51), (8, 9)] {
      let resampling = BicubicResampling(height: height, width: width, toHeight: toHeight, toWidth: toWidth)
      let found = resampling.resampledAroundGaps(image)
      let plain = resampling.resampled(smooth)
      // At ×3 the middle of a gap is seen by the gap alone.
      let unseen = found.count { $0.isNaN }
      #expect(unseen == (toHeight == 48 ? 7 : 0))
      let seen = found.indices.filter { found[$0].isFinite }
      #expect(worst(seen.map { found[$0] }, seen.map { plain[$0] }) < 0.5, "the image is found again around its gaps")
      let constant = resampling.resampledAroundGaps(image.map { $0.isFinite ? -4 : $0 })
      #expect(constant.allSatisfy { $0.isNaN || abs($0 + 4) < 1e-12 })
      #expect(resampling.resampled(image).contains { $0.isNaN })
    }
    // Rows 12 and 13 see no gap.
    let resampling = BicubicResampling(height: height, width: width, enlargedBy: 2)
    let (found, plain) = (resampling.resampledAroundGaps(image), resampling.resampled(smooth))
    for i in 24 * 34..<27 * 34 { #expect(abs(found[i] - plain[i]) < 1e-12) }
  }

  @Test func gapsWithoutNeighbours() {
    let resampling = BicubicResampling(height: 8, width: 8, enlargedBy: 2)
    #expect(resampling.resampledAroundGaps([Double](repeating: .nan, count: 64)).allSatisfy { $0.isNaN })
    var single = [Double](repeating: .nan, count: 64)
    single[27] = 3
    let found = resampling.resampledAroundGaps(single)
    #expect(found.allSatisfy { $0.isNaN || abs($0 - 3) < 1e-12 } && found[6 * 16 + 6] == 3 && found[0].isNaN)
    var half = (0..<64).map { Double($0 % 8) }
    for i in half.indices where i % 8 >= 4 { half[i] = .nan }
    // Beyond an edge of gaps nothing overshoots far: the known values are 0…3.
    #expect(resampling.resampledAroundGaps(half).allSatisfy { $0.isNaN || ($0 > -0.5 && $0 < 3.6) })
  }
}
