import SuperResolution
import Testing
import Volumes

@Suite struct RunningMomentsTests {
  @Test func agreesWithTwoPasses() {
    let images: [[Double]] = [4, 7, 13, 16].map { [1e9 + $0, 1] }
    var moments = RunningMoments(pixels: 2)
    images.forEach { moments.add($0) }
    #expect(moments.mean == [1e9 + 10, 1])
    #expect(abs(moments.deviation[0] - 30.0.squareRoot()) < 1e-12)
    #expect(moments.deviation[1] == 0)
  }
}

@Suite struct SliceFillingTests {
  @Test func leavesAFiniteSliceAlone() {
    let slice = VolumeSlice(width: 2, height: 1, values: [3, -1])
    let filled = slice.filled(fallback: 0)
    #expect(filled.values == [3, -1])
    #expect(filled.valid == nil)
  }

  @Test func takesTheNearestFiniteValue() {
    let nan = Double.nan
    let slice = VolumeSlice(width: 4, height: 2, values: [5, nan, nan, 7, nan, .infinity, -.infinity, nan])
    let filled = slice.filled(fallback: 0)
    #expect(filled.values == [5, 5, 7, 7, 5, 5, 7, 7])
    #expect(filled.valid == [true, false, false, true, false, false, false, false])
  }

  @Test func fallsBackWhereNothingIsFinite() {
    let filled = VolumeSlice(width: 1, height: 2, values: [.nan, .nan]).filled(fallback: -1024)
    #expect(filled.values == [-1024, -1024])
  }
}

@Suite struct VolumeStatisticsTests {
  static func volume(_ values: [Double]) -> Volume {
    let geometry = VolumeGeometry(affine: AffineTransform(spacing: [1, 1, 1]))
    return Volume(
      header: VolumeHeader(size: (values.count, 1, 1), frames: 1, geometry: geometry, acquiredAxis: .k), values: values)
  }

  /// numpy.percentile([...], q) of the positive values: 99.5 → 99.505, 50 → 50.5, 0 → 1, 100 → 100
  @Test(arguments: [(99.5, 99.505), (50, 50.5), (0, 1), (100, 100)])
  func interpolatesAsNumPyDoes(percentile: Double, expected: Double) throws {
    let values = (1...100).map(Double.init).shuffled() + [0, -3, .nan, .infinity]
    let statistics = try VolumeStatistics(of: Self.volume(values), percentile: percentile)
    #expect(abs(try #require(statistics.positivePercentile) - expected) < 1e-5)
    #expect(statistics.positive == 100)
    #expect(statistics.nonFinite == 2)
    #expect(statistics.minimum == -3 && statistics.maximum == 100)
  }

  @Test func saysWhereNothingIsPositive() throws {
    let statistics = try VolumeStatistics(of: Self.volume([0, -1, .nan]), percentile: 99.5)
    #expect(statistics.positivePercentile == nil)
  }

  @Test func survivesTheExtremes() throws {
    let statistics = try VolumeStatistics(of: Self.volume([1e300, 5e-324, 1e-45, 1]), percentile: 100)
    #expect(statistics.positivePercentile == Double(Float.greatestFiniteMagnitude))
    let tiny = try VolumeStatistics(of: Self.volume([5e-324]), percentile: 50)
    #expect(tiny.positivePercentile == 0)
  }
}

@Suite struct IntensityMappingTests {
  @Test func mapsTheRangeAndLetsTheRestThrough() {
    let mapping = IntensityMapping(low: -100, high: 300, rule: "test")
    #expect(mapping.modelValue(-100) == -1 && mapping.modelValue(300) == 1 && mapping.modelValue(100) == 0)
    #expect(mapping.modelValue(500) == 2)
    #expect(mapping.modelValue(1e30) == 10 && mapping.modelValue(-1e30) == -10)
    #expect(mapping.unitsPerModelUnit == 200)
  }
}
