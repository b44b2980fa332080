import ImageQuality
import Testing

@Suite struct RegionTests {
  @Test func `sums per region are exact, over slices`() {
    var statistics = RegionStatistics(sampleCount: 2)
    statistics.add(
      samples: [[1, 2, 3, 4], [5, 6, 7, .nan]], truth: [0, 1, 2, 3], labels: [7, 7, 2, 2],
      mask: ForegroundMask(included: [true, false, true, true]))
    statistics.add(samples: [[10, 0, 0, 1], [20, 0, 0, 1]], truth: [6, 0, 0, 1], labels: [7, -1, -1, 9])
    let regions = statistics.regions()
    #expect(regions.map(\.label) == [2, 7, 9])
    #expect(regions.map(\.count) == [1, 2, 1])
    #expect(regions[1].sampleMeans == [5.5, 12.5] && regions[1].truthMean == 3)
    #expect(statistics.regions(leastCount: 2).map(\.label) == [7])
    #expect(RegionStatistics(sampleCount: 2).intervals().count == 0)
  }

  @Test func `cubes cover the volume`() {
    let spacing = (x: 1.0, y: 2.0, z: 5.0)
    func labels(_ slice: Int) -> [Int] {
      RegionStatistics.cubeLabels(slice: slice, width: 7, height: 5, spacing: spacing, side: 4)
    }
    // 4×2 pixels and one slice a cube: 2 across, 3 down.
    #expect(Array(labels(0).prefix(7)) == [0, 0, 0, 0, 1, 1, 1])
    #expect(labels(0)[2 * 7] == 2 && labels(0)[34] == 5)
    #expect(labels(1)[0] == 6)
    #expect(Set(labels(0)).isDisjoint(with: labels(1)))
  }

  /// Samples and truth that share one number per region (their errors are the same all over it) or none.
  private func coverage(shared: Bool, judgedShared: Bool) -> Double {
    var source = NormalSource(seed: 31)
    var statistics = RegionStatistics(sampleCount: 8)
    for region in 0..<4000 {
      func plane(_ isShared: Bool) -> [Double] {
        let common = source.next()
        return (0..<16).map { _ in isShared ? common : source.next() }
      }
      statistics.add(
        samples: (0..<8).map { _ in plane(judgedShared) }, truth: plane(shared),
        labels: [Int](repeating: region, count: 16))
    }
    return statistics.intervals(levels: [0.9]).results[0].coverage
  }

  @Test func `regional intervals hold when samples err together as the truth does, and only then`() {
    #expect(abs(coverage(shared: true, judgedShared: true) - 0.9) < 0.02)
    #expect(abs(coverage(shared: false, judgedShared: false) - 0.9) < 0.02)
    // Voxels are as right as before, regions are not.
    #expect(coverage(shared: true, judgedShared: false) < 0.5)
    #expect(coverage(shared: false, judgedShared: true) > 0.99)
  }
}
