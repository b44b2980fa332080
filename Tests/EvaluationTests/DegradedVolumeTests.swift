import Foundation
import SuperResolution
import Tensors
import Testing
import Volumes

@Suite struct DegradedVolumeTests {
  /// Three unequal sizes, of which two do not divide by two.
  private let volume: Volume = {
    let header = VolumeHeader(
      size: (21, 14, 9), frames: 1,
      geometry: VolumeGeometry(affine: AffineTransform(spacing: [1, 1.25, 2], origin: [-3, 4, 5])), acquiredAxis: .k)
    return Volume(header: header, values: (0..<21 * 14 * 9).map { 100 + 30 * sin(Double($0) * 0.7) })
  }()

  @Test(arguments: VoxelAxis.allCases) func `slices become smaller in their plane alone`(axis: VoxelAxis) throws {
    let low = try DegradedVolume(of: volume, by: .bicubic, scale: 2, across: axis, range: 200)
    let full = volume.header
    for other in VoxelAxis.allCases {
      #expect(
        low.header.count(along: other) == (other == axis ? full.count(along: other) : full.count(along: other) / 2))
    }
    let slice = try volume.readSlice(4, across: axis, frame: 0).cropped(toMultipleOf: 2)
    let (w, h) = (slice.width / 2, slice.height / 2)
    let expected = BicubicResampling(height: slice.height, width: slice.width, toHeight: h, toWidth: w)
      .resampled(slice.values)
    let found = try low.readSlice(4, across: axis, frame: 0)
    #expect(found.width == w && found.height == h)
    #expect(zip(found.values, expected).allSatisfy { abs($0 - $1) < 1e-9 })
    #expect(low.lowered(slice).values == found.values)
    // A voxel is the same across every axis.
    let whole = try Volume(reading: low)
    for other in VoxelAxis.allCases {
      #expect(
        try low.readSlice(2, across: other, frame: 0).values == whole.readSlice(2, across: other, frame: 0).values)
    }
  }

  @Test func `noise has its deviation, and is that of its slice`() throws {
    let flat = Volume(
      header: {
        var header = volume.header
        header.size = (200, 200, 3)
        return header
      }(), values: [Double](repeating: 500, count: 200 * 200 * 3))
    func noisy(_ seed: UInt64) throws -> DegradedVolume {
      try DegradedVolume(of: flat, by: .blur(sigma: 0.5, noise: 0.05), scale: 2, across: .k, range: 1000, seed: seed)
    }
    let slice = try noisy(1).readSlice(1, across: .k, frame: 0).values
    let mean = slice.reduce(0, +) / Double(slice.count)
    let deviation = (slice.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(slice.count)).squareRoot()
    #expect(abs(deviation - 50) < 1.5 && abs(mean - 500) < 2)
    let low = try noisy(1)
    _ = try low.readSlice(2, across: .k, frame: 0)
    #expect(try low.readSlice(1, across: .k, frame: 0).values == slice)
    #expect(try low.readSlice(0, across: .k, frame: 0).values != slice)
    #expect(try noisy(2).readSlice(1, across: .k, frame: 0).values != slice)
    // LR-PSNR compares with what the degradation does without its noise.
    #expect(low.lowered(try flat.readSlice(1, across: .k, frame: 0)).values.allSatisfy { abs($0 - 500) < 1e-9 })
  }

  @Test func `slices that are too small are refused`() {
    #expect(throws: SuperResolutionError.self) {
      _ = try DegradedVolume(of: volume, by: .bicubic, scale: 16, across: .k, range: 1)
    }
  }

  /// A kernel that says what Gauss says gives his bytes.
  @Test func `a kernel of one's own is a kernel like the others`() throws {
    let sigma = 0.5
    let gauss = DegradationKernel("Gauss", reach: 4 * sigma) { exp(-$0 * $0 / (2 * sigma * sigma)) }
    for scale in [2, 3] {
      let known = try DegradedVolume(
        of: volume, by: .blur(sigma: sigma, noise: 0), scale: scale, across: .k, range: 200)
      let own = try DegradedVolume(of: volume, by: .kernel(gauss), scale: scale, across: .k, range: 200)
      let (a, b) = (try known.readSlice(4, across: .k, frame: 0), try own.readSlice(4, across: .k, frame: 0))
      #expect(zip(a.values, b.values).allSatisfy { abs($0 - $1) < 1e-9 })
    }
    #expect(Degradation.kernel(gauss).text(scale: 2).hasPrefix("kernel Gauss of ±2.0 low-resolution pixels"))
  }

  @Test func `kernels that cannot be are refused`() {
    for kernel in [
      DegradationKernel("short", reach: 0.1) { _ in 1 }, DegradationKernel("endless", reach: .infinity) { _ in 1 },
      DegradationKernel("nothing", reach: 1) { _ in 0 }, DegradationKernel("no number", reach: 1) { _ in .nan },
      DegradationKernel("loud", reach: 1, noise: 2) { _ in 1 },
    ] {
      #expect(throws: SuperResolutionError.self) {
        try DegradedVolume(of: volume, by: .kernel(kernel), scale: 2, across: .k, range: 200)
      }
    }
  }
}
