import Evaluation
import Foundation
import ImageQuality
import SuperResolution
import Testing

/// A sampler that spreads half as much as it should, under the calibration that is known to be right for it.
@Suite struct CalibratedReportTests {
  @Test func `the right factor gives nominal coverage in every part, and the assured one more`() throws {
    let right = 2 * (1 + 0.25 / 8).squareRoot() / (1.125).squareRoot()
    func scales(_ factor: Double) throws -> SplitConformal {
      try SplitConformal([("a", 0.9), ("b", 1), ("c", 1.4)].map { .init(name: $0.0, scale: $0.1 * factor) })
    }
    let calibration = UncertaintyCalibration(
      conditions: CalibrationConditions(
        model: String(repeating: "0", count: 64), scale: 2, samples: 8, sampler: "ddpm", steps: 20,
        noise: "independent",
        plane: "axial", residualMapping: "", intensityMapping: "", modality: "mr", background: "", consistency: ""),
      degradation: "", sites: 1, subjects: [], deviation: DeviationCalibration(scale: right, floor: 0),
      levels: try UncertaintyCalibration.coverages.map { .init(coverage: $0, scales: try scales(right), leftOut: []) },
      decileCoverage: [])
    // Its lengths refer to the model's range, here half of the data range; without a floor that changes nothing.
    let applied = try AppliedCalibration(calibration, range: 0.5)
    let tallies = (1...3).map { SyntheticTally.tally(inflation: 0.5, seed: UInt64($0), calibration: applied) }
    let report = try #require(
      UncertaintyReport(tallies.map { ("subject", [$0]) }, calibrationReasons: ["plane axial"]))
    let calibrated = try #require(report.calibrated)
    for level in calibrated.levels {
      #expect(abs(level.typical.mean - level.nominal) < 0.006, "\(level)")
      #expect(level.typical.minimum <= level.typical.mean && level.typical.mean <= level.typical.maximum)
      #expect(level.assured.mean > level.typical.mean + 0.01)
      #expect(abs(level.assured.meanWidth / level.typical.meanWidth - 1.4) < 1e-9)
    }
    // Raw, the same sampler covers far too little.
    #expect(report.levels[2].mean < 0.7)
    #expect(calibrated.parts.count == 3)
    let ends = try #require(calibrated.parts.first { $0.part == "end slices" })
    #expect(abs(ends.coverage - 0.9) < 0.02)
    #expect(calibrated.decileCoverage.count == 10)
    // By decile the coverage rises with s, since s is small by chance too; on average it is nominal.
    #expect(abs(calibrated.decileCoverage.reduce(0, +) / 10 - 0.9) < 0.006)
    #expect(calibrated.reasons == ["plane axial"])
    #expect(calibrated.ence < report.figures.ence)
    // The same order, gathered in other bins.
    #expect(abs(calibrated.spearman - report.figures.spearman) < 0.002)
  }

  @Test func `a floor is a share of the model's range`() throws {
    let calibration = DeviationCalibration(scale: 1, floor: 0.02)
    let file = UncertaintyCalibration(
      conditions: CalibrationConditions(
        model: String(repeating: "0", count: 64), scale: 2, samples: 8, sampler: "ddpm", steps: 20,
        noise: "independent",
        plane: "axial", residualMapping: "", intensityMapping: "", modality: "mr", background: "", consistency: ""),
      degradation: "", sites: 1, subjects: [], deviation: calibration,
      levels: try UncertaintyCalibration.coverages.map {
        .init(coverage: $0, scales: try SplitConformal([.init(name: "a", scale: 1)]), leftOut: [])
      }, decileCoverage: [])
    // Samples without any spread: the width is the floor alone.
    var tally = UncertaintyTally(sampleCount: 8)
    let flat = SyntheticTally.flat(value: 500, samples: 8)
    tally.add(
      samples: flat.samples, flat.comparison, isEnd: false, calibration: try AppliedCalibration(file, range: 0.5))
    let report = try #require(UncertaintyReport([("a", [tally])])?.calibrated)
    let factor = PredictionInterval(coverage: 0.9, sampleCount: 8).factor
    #expect(abs(report.levels[2].typical.meanWidth - 2 * factor * 0.02 * 0.5) < 1e-9)
  }
}
