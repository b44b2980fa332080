import ImageQuality
import Testing

@Suite struct RegionSamplesTests {
  private static let labels = [1, 1, 0, 2, 2, 2, 1, 0, 3, 2]
  private static let samples: [[Double]] = [
    [10, 20, 99, 1, 2, 3, 30, 99, .nan, 4], [11, 19, 99, 2, 2, 2, 33, 99, 5, 5],
    [9, 24, 99, 0, 4, 3, 31, 99, 6, 1],
  ]

  @Test func agreesWithTheDefinitionsHoweverSlicesAreCut() throws {
    var whole = RegionSamples(sampleCount: 3, threshold: 2.5)
    whole.add(samples: Self.samples, labels: Self.labels)
    var parts = RegionSamples(sampleCount: 3, threshold: 2.5)
    for range in [0..<3, 3..<5, 5..<10] {
      parts.add(samples: Self.samples.map { Array($0[range]) }, labels: Array(Self.labels[range]))
    }
    for regions in [whole.regions, parts.regions] {
      #expect(regions.map(\.label) == [1, 2, 3])
      #expect(regions.map(\.voxels) == [3, 4, 1] && regions.map(\.skipped) == [0, 0, 1])
      for (region, places) in zip(regions, [[0, 1, 6], [3, 4, 5, 9]]) {
        for (k, sample) in Self.samples.enumerated() {
          let values = places.map { sample[$0] }
          let mean = values.reduce(0, +) / Double(values.count)
          let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
          #expect(abs(region.intensity.samples[k] - mean) < 1e-12)
          #expect(abs(region.spread.samples[k] - variance.squareRoot()) < 1e-12)
          #expect(try #require(region.above).samples[k] == Double(values.count { $0 > 2.5 }))
        }
      }
      #expect(regions[2].intensity.mean.isNaN)
    }
  }

  /// Student's quantile with 2 degrees of freedom is 2.91999 at 95 % (SciPy: t.ppf(0.95, 2)).
  @Test func intervalsHaveTheFactorOfFewSamples() throws {
    var statistics = RegionSamples(sampleCount: 3)
    statistics.add(samples: [[1], [2], [3]], labels: [7])
    let interval = try #require(statistics.regions[0].intensity.interval(coverage: 0.9))
    #expect(abs(interval.upperBound - (2 + 2.9199855804 * (4.0 / 3).squareRoot())) < 1e-8)
    #expect(statistics.regions[0].above == nil)
  }
}
