import SuperResolution
import Testing
import Volumes

@Suite struct GridMatchTests {
  private static func header(_ size: (Int, Int, Int), _ affine: AffineTransform) -> VolumeHeader {
    VolumeHeader(size: size, frames: 1, geometry: VolumeGeometry(affine: affine), acquiredAxis: .k)
  }

  private static let input = header((4, 5, 3), AffineTransform(spacing: [2, 1.5, 3], origin: [-10, 4, 7]))

  @Test func theNewGridLiesInTheOldTwoToOne() throws {
    let output = Self.input.upscaled(by: 2, across: .k)
    let match = try #require(GridMatch(of: output, in: Self.input, ratios: [2, 2, 1]))
    let slice = VolumeSlice(width: 4, height: 5, values: (0..<20).map(Double.init))
    let sampled = match.sampled(slice, across: .k)
    #expect(sampled.width == 8 && sampled.height == 10)
    for y in 0..<10 {
      for x in 0..<8 {
        let expected = y / 2 * 4 + x / 2
        #expect(sampled.values[y * 8 + x] == Double(expected))
      }
    }
    #expect(GridMatch(of: output, in: Self.input, ratios: [1, 1, 1]) == nil)
  }

  /// The same box stored with axes in another order and turned round: every voxel keeps its place in the world.
  @Test(arguments: [false, true])
  func turnedAndTransposedGrids(isInput: Bool) throws {
    let output = Self.input.upscaled(by: 2, across: .k)
    let grid = isInput ? Self.input : output
    let a = grid.geometry.affine
    // i' = k reversed, j' = i, k' = j reversed.
    let turned = Self.header(
      (grid.size.2, grid.size.0, grid.size.1),
      AffineTransform(
        columns: (-a.columns.2, a.columns.0, -a.columns.1),
        origin: a.apply([0, Double(grid.size.1 - 1), Double(grid.size.2 - 1)])))
    let match = try #require(GridMatch(of: output, in: turned, ratios: isInput ? [2, 2, 1] : [1, 1, 1]))
    // A volume whose values say where they lie.
    let volume = Volume(header: turned)
    for k in 0..<turned.size.2 {
      for j in 0..<turned.size.1 {
        for i in 0..<turned.size.0 { volume[i, j, k] = Self.code(turned, i, j, k) }
      }
    }
    let factor = isInput ? 2 : 1
    for index in 0..<3 {
      let (place, axis) = match.slice(index, across: .k)
      let sampled = match.sampled(try volume.readSlice(place, across: axis, frame: 0), across: .k)
      for y in 0..<10 {
        for x in 0..<8 {
          #expect(sampled.values[y * 8 + x] == Self.code(grid, x / factor, y / factor, index))
        }
      }
    }
  }

  /// World millimetres as one number.
  private static func code(_ header: VolumeHeader, _ i: Int, _ j: Int, _ k: Int) -> Double {
    let p = header.geometry.affine.apply([Double(i), Double(j), Double(k)])
    return (p.x * 1e6 + p.y * 1e3 + p.z).rounded()
  }

  @Test func aShiftASlantAndAnotherSizeAreNoMatch() {
    let output = Self.input.upscaled(by: 2, across: .k)
    var shifted = output
    shifted.geometry.affine.origin.x += 0.2
    #expect(GridMatch(of: output, in: shifted, ratios: [1, 1, 1]) == nil)
    var slanted = output
    slanted.geometry.affine.columns.0.y += 0.05
    #expect(GridMatch(of: output, in: slanted, ratios: [1, 1, 1]) == nil)
    #expect(GridMatch(of: output, in: Self.header((8, 10, 4), output.geometry.affine), ratios: [1, 1, 1]) == nil)
    // What headers round to is one.
    var rounded = output
    rounded.geometry.affine.origin.x += 1e-4
    #expect(GridMatch(of: output, in: rounded, ratios: [1, 1, 1]) != nil)
  }
}
