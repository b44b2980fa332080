import Evaluation
import Foundation
import ImageQuality
import Testing
import Volumes

@Suite struct ScoresTests {
  private let width = 48
  private let height = 40

  private func image(_ value: (Double, Double) -> Double) -> VolumeSlice {
    VolumeSlice(
      width: width, height: height,
      values: (0..<width * height).map { value(Double($0 % width), Double($0 / width)) })
  }

  private func isInside(_ x: Double, _ y: Double) -> Bool {
    (x - 23.5) * (x - 23.5) / 400 + (y - 19.5) * (y - 19.5) / 280 < 1
  }

  private var truth: VolumeSlice {
    image { x, y in isInside(x, y) ? 500 + 200 * sin(x / 3) * cos(y / 4) + 5 * x : 0 }
  }

  /// Means of 2×2 pixels.
  private func halved(_ slice: VolumeSlice) -> VolumeSlice {
    let (w, h) = (slice.width / 2, slice.height / 2)
    return VolumeSlice(
      width: w, height: h,
      values: (0..<w * h).map { p in
        let corner = p / w * 2 * slice.width + p % w * 2
        return [0, 1, slice.width, slice.width + 1].reduce(0) { $0 + slice.values[corner + $1] } / 4
      })
  }

  /// Golden/make_golden.py.
  @Test func `scores equal those of scikit-image and NumPy`() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/scores.json")
    let golden = try JSONDecoder().decode([String: Double].self, from: Data(contentsOf: file))
    let truth = truth
    var estimate = truth
    for p in estimate.values.indices {
      estimate.values[p] += 15 * sin(Double(p % width) * Double(p / width) / 7) + 4
    }
    let comparison = SliceComparison(truth: truth, low: halved(truth), rule: .nonZero, range: 0...900)
    let scores = comparison.scores(of: estimate, lowered: halved(estimate), distance: nil)
    #expect(golden.count == 12)
    for (name, value) in golden {
      let measure = try #require(EvaluationMeasure(rawValue: name))
      let found = try #require(scores[measure])
      #expect(abs(found - value) < 1e-6, "\(name): \(found), expected \(value)")
    }
    #expect(scores[.lpips] == nil)
  }

  @Test func `what cannot be taken is left out, and an exact estimate is infinitely good`() {
    let truth = truth
    let comparison = SliceComparison(truth: truth, low: halved(truth), rule: .nonZero, range: 0...900)
    let exact = comparison.scores(of: truth, lowered: halved(truth), distance: nil)
    #expect(exact[.psnr] == .infinity && exact[.lrPSNR] == .infinity && exact[.mae] == 0)
    #expect(abs((exact[.ssim] ?? 0) - 1) < 1e-12)
    let tiny = VolumeSlice(width: 4, height: 4, values: [Double](repeating: 3, count: 16))
    let small = SliceComparison(truth: tiny, low: halved(tiny), rule: .nonZero, range: 0...9)
    let scores = small.scores(of: tiny, lowered: halved(tiny), distance: nil)
    #expect(
      scores[.ssim] == nil && scores[.ssim7] == nil && scores[.maeBackground] == nil && scores[.psnr] == .infinity)
    // Voxels that are no number are in no region.
    var holes = truth
    holes.values[20 * width + 20] = .nan
    let broken = SliceComparison(truth: holes, low: halved(truth), rule: .everything, range: 0...900)
    #expect(broken.scores(of: truth, lowered: halved(truth), distance: nil)[.mae] == 0)
  }

  @Test func `the foreground of a cleared background is what is not 0, that of a noisy one is what is bright`() {
    #expect(ForegroundRule.suiting(zeros: 0.4, minimum: 0, range: 0...100) == .nonZero)
    #expect(ForegroundRule.suiting(zeros: 0.01, minimum: 0, range: 0...100) == .above(10))
    #expect(ForegroundRule.suiting(zeros: 0.4, minimum: -1000, range: -1024...1024) == .above(-1024 + 204.8))
  }
}
