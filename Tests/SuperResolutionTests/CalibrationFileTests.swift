import Foundation
import ImageQuality
import SuperResolution
import Testing

/// A calibration of three made-up subjects.
func madeUpCalibration(model: String = String(repeating: "0", count: 64), samples: Int = 8) throws
  -> UncertaintyCalibration
{
  let names = ["a", "b", "c"]
  return UncertaintyCalibration(
    conditions: CalibrationConditions(
      model: model, scale: 2, samples: samples, sampler: "ddpm", steps: 20, noise: "correlated:1.3", plane: "axial",
      residualMapping: "linear(rescale: 2.0)", intensityMapping: "percentile 99.5 of the positive voxels",
      modality: "unknown", background: "sampled", consistency: "report"),
    degradation: "bicubic", sites: 1, subjects: names.map { .init(name: $0, sha256: "", slices: [1], voxels: 9) },
    deviation: DeviationCalibration(scale: 1.5, floor: 0.01),
    levels: try [0.8, 0.9].map { coverage in
      UncertaintyCalibration.Level(
        coverage: coverage,
        scales: try SplitConformal(zip(names, [1.0, 3, 2]).map { .init(name: $0, scale: $1 * coverage) }), leftOut: [])
    }, decileCoverage: [0.9])
}

@Suite struct CalibrationFileTests {
  private static let mapping = IntensityMapping(low: 100, high: 300, rule: "test")

  @Test func halfWidthsAreFactorTimesScaleTimesTheRootOfBothSquares() throws {
    let calibration = try madeUpCalibration()
    // t.ppf(0.95, 7)·√(9/8) = 2.00951…; the range is 200.
    let factor = PredictionInterval(coverage: 0.9, sampleCount: 8).factor
    let typical = try calibration.halfWidth(coverage: 0.9, .typical, for: Self.mapping)
    let assured = try calibration.halfWidth(coverage: 0.9, .assured, for: Self.mapping)
    let root = (3.0 * 3 + 2 * 2).squareRoot()
    #expect(abs(typical.calibrated(3) - factor * 1.8 * root) < 1e-12)
    #expect(abs(assured.calibrated(3) - factor * 2.7 * root) < 1e-12)
    #expect(abs(calibration.deviation(for: Self.mapping).calibrated(3) - (9.0 / 8).squareRoot() * 1.5 * root) < 1e-12)
    #expect(throws: SuperResolutionError.self) {
      try calibration.halfWidth(coverage: 0.85, .typical, for: Self.mapping)
    }
  }

  @Test func aCurveIsBroughtIntoTheVolumesUnit() throws {
    var calibration = try madeUpCalibration()
    calibration.deviation = DeviationCalibration(
      scale: 1, floor: 0, shape: try IsotonicCurve(x: [0, 0.0001], y: [0.0001, 0.0004]))
    // s = 1 of 200 is 0.005: s² = 2.5e-5, a quarter of the way from 1e-4 to 4e-4.
    let expected = 200 * 0.000175.squareRoot() * (9.0 / 8).squareRoot()
    #expect(abs(calibration.deviation(for: Self.mapping).calibrated(1) - expected) < 1e-9)
  }

  @Test func whatDiffersIsNamed() throws {
    let conditions = try madeUpCalibration().conditions
    var other = conditions
    other.steps = 10
    other.noise = "shared"
    #expect(
      other.differences(from: conditions) == [
        "steps 10, calibrated for 20", "noise shared, calibrated for correlated:1.3",
      ])
    // DICOM says mr where NIfTI says nothing.
    var dicom = conditions
    dicom.modality = "mr"
    #expect(dicom.differences(from: conditions).isEmpty)
  }

  @Test(arguments: [
    ("\"version\" : 1", "\"version\" : 2", "version 2"), ("residua-calibration", "other", "no calibration"),
    ("\"floor\" : 0.01", "\"floor\" : -1", "floor"), ("\"floor\" : 0.01", "\"floor\" : 1e999", "damaged"),
    ("\"floor\" : 0.01", "\"floor\" : \"x\"", "floor"), ("\"samples\" : 8", "\"samples\" : 1", "samples"),
    ("\"samples\" : 8", "\"samples\" : 99999999999999999999", "damaged"),
    (String(repeating: "0", count: 64), String(repeating: "z", count: 64), "SHA-256"),
    ("\"scale\" : 1.5", "\"scale\" : 0", "scale"), ("\"coverage\" : 0.8", "\"coverage\" : 1", "coverage"),
    ("\"name\" : \"a\"", "\"name\" : \"\\u001b[31m\"", "control"), ("\"plane\" : \"axial\",", "", "plane"),
    ("\"sites\" : 1", "\"sites\" : 0", "sites"),
  ])
  func hostileContentIsRefused(from: String, to: String, says: String) throws {
    let text = String(decoding: try madeUpCalibration().json(), as: UTF8.self)
    let changed = text.replacingOccurrences(of: from, with: to)
    try #require(changed != text)
    try refused(Data(changed.utf8), says)
  }

  @Test func whatIsNoJSONIsRefused() throws {
    for bytes in [
      Data(), Data("[".utf8), Data("{}".utf8), Data([0xFF, 0xFE, 0, 0]), Data(repeating: 0x5B, count: 100_000),
    ] {
      try refused(bytes, "no calibration")
    }
  }

  private func refused(_ bytes: Data, _ says: String) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("residua-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: url) }
    try bytes.write(to: url)
    do {
      _ = try UncertaintyCalibration(contentsOf: url)
      Issue.record("was read")
    } catch let error as SuperResolutionError {
      #expect(error.reason.contains(says), "\(error)")
    }
  }
}
