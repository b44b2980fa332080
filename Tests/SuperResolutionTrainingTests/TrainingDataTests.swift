import Foundation
import SuperResolutionTraining
import Tensors
import Testing
import Volumes

/// What a training learns from: which scans, which places, and pairs that belong together however they are varied.
@Suite struct TrainingDataTests {
  /// Pixels of a 16 × 16 patch and its 8 × 8 half whose resampling looks at nothing outside of them.
  private static let inner = 2..<6

  /// Turned, mirrored, brightened: the low-resolution patch is that of the high-resolution one, and the residual theirs.
  @Test func variedPatchesStayPairs() throws {
    let tiny = try TinyTraining()
    defer { tiny.remove() }
    let plain = try tiny.trainer(
      "plain",
      overrides: ["flips=false", "rotations=false", "gamma=1", "intensity_scale=1"].map { "augmentation.\($0)" })
    let varied = try tiny.trainer("varied", overrides: ["augmentation.intensity_scale=[0.5, 0.8]"])
    var (turned, unclamped) = (0, 0)
    for update in 0..<24 {
      let patch = varied.sampler.patch(stage: .encoder, update: update, item: 0)
      let halved = BicubicResampling(height: 16, width: 16, toHeight: 8, toWidth: 8).resampled(patch.high.map(Double.init))
      let enlarged = BicubicResampling(height: 8, width: 8, enlargedBy: 2).resampled(patch.low.map(Double.init))
      // What undershoots air is clamped, and the base is of what it was before.
      let isWhole = patch.low.allSatisfy { $0 > -1 }
      if isWhole { unclamped += 1 }
      for row in Self.inner {
        for column in Self.inner {
          #expect(abs(Double(patch.low[row * 8 + column]) - max(halved[row * 8 + column], -1)) < 1e-5)
          let at = 2 * row * 16 + 2 * column
          guard isWhole else { continue }
          #expect(abs(Double(patch.residual[at]) - 2 * (Double(patch.high[at]) - enlarged[at])) < 1e-4)
        }
      }
      let other = plain.sampler.patch(stage: .encoder, update: update, item: 0)
      #expect(patch.origin == other.origin)
      // Brightness and gamma keep the order of pixels: another brightest place is another orientation.
      func brightest(_ values: [Float]) -> Int? { values.indices.max { values[$0] < values[$1] } }
      if brightest(patch.high) != brightest(other.high) { turned += 1 }
    }
    #expect(turned > 12)
    #expect(unclamped > 3)
  }

  @Test func subjectsAreNeverOnBothSides() throws {
    let tiny = try TinyTraining()
    defer { tiny.remove() }
    let scans = tiny.output("scans")
    for subject in 1...3 {
      try FileManager.default.copyItem(
        at: scans.appendingPathComponent("sub-0\(subject)_T1w.nii.gz"),
        to: scans.appendingPathComponent("sub-0\(subject)_run-2_T1w.nii.gz"))
    }
    for seed in 1...4 {
      let trainer = try tiny.trainer("split-\(seed)", overrides: ["seed=\(seed)"])
      #expect(trainer.trainingScans == 4)
      #expect(trainer.validationScans == 2)
    }
    let named = try tiny.trainer(
      "named", overrides: ["data.validation=[\(scans.path)/sub-02_T1w.nii.gz]"])
    #expect(named.trainingScans == 4)
    #expect(named.skipped.contains { $0.contains("sub-02_run-2") && $0.contains("kept for validation") })
  }

  /// The phantom's tissue is an ellipse of 188 of 360 pixel pairs: of 60 centres that may lie anywhere many miss it.
  @Test(arguments: [(0.0, true), (1, false)]) func patchesSeekTissue(anywhere: Double, isAllTissue: Bool) throws {
    let tiny = try TinyTraining()
    defer { tiny.remove() }
    let trainer = try tiny.trainer(
      "out",
      overrides: [
        "data.anywhere=\(anywhere)", "augmentation.flips=false", "augmentation.rotations=false", "encoder.patch=8",
      ])
    let outside = (0..<60).count {
      let patch = trainer.sampler.patch(stage: .encoder, update: $0, item: 0)
      return patch.high[4 * 8 + 4] <= -0.92
    }
    #expect((outside == 0) == isAllTissue, "\(outside) of 60")
  }
}
