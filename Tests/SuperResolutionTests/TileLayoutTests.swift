import SuperResolution
import Testing

@Suite struct TileLayoutTests {
  @Test(arguments: [1, 7, 8, 11, 13, 63, 64, 65, 127, 128, 129, 181, 200, 333, 2000], [2, 3, 4])
  func coversEveryPixelWithSharesThatAddUpToOne(extent: Int, scale: Int) {
    let layout = TileLayout(width: extent, height: extent, scale: scale, tile: 128, multiple: 8, least: 16)
    let axis = layout.columns
    #expect(axis.length * scale % 8 == 0 && axis.length * scale >= 16)
    var sum = [Double](repeating: 0, count: extent * scale)
    for (start, shares) in zip(axis.starts, axis.shares(scale: scale)) {
      #expect(start * scale % 8 == 0)
      for (x, share) in shares.enumerated() where start * scale + x < sum.count {
        #expect(share >= 0)
        sum[start * scale + x] += Double(share)
      }
    }
    #expect(sum.allSatisfy { abs($0 - 1) < 1e-6 })
  }

  @Test func smallSliceIsOneTile() {
    let layout = TileLayout(width: 128, height: 128, scale: 2, tile: 512, multiple: 8, least: 16)
    #expect(layout.count == 1)
    #expect(layout.columns.length == 128)
  }

  @Test func bordersOfInnerTilesHaveNoSay() {
    let axis = TileLayout(width: 400, height: 400, scale: 2, tile: 256, multiple: 8, least: 16).columns
    #expect(axis.starts.count > 1)
    for (index, shares) in axis.shares(scale: 2).enumerated() {
      if index > 0 { #expect(shares[0] == 0) }
      if index + 1 < axis.starts.count { #expect(shares[shares.count - 1] == 0) }
    }
  }

  @Test func deepModelsGetTilesThatAreNotAllOverlap() {
    let axis = TileLayout(width: 900, height: 900, scale: 2, tile: 128, multiple: 128, least: 256).columns
    #expect(axis.length * 2 >= 256 && axis.overlap * 2 < axis.length)
  }
}
