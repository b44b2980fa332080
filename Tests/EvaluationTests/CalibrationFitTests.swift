import Evaluation
import Foundation
import ImageQuality
import SuperResolution
import Testing

/// Synthetic subjects with a known truth: σ varies, s is the deviation of N perfect samples, and the error is what the subject's own
/// factor and floor make of it.
@Suite struct CalibrationFitTests {
  private static let samples = 8

  private static func conditions() -> CalibrationConditions {
    CalibrationConditions(
      model: String(repeating: "a", count: 64), scale: 2, samples: samples, sampler: "ddpm", steps: 20,
      noise: "correlated:1.3", plane: "axial", residualMapping: "linear", intensityMapping: "percentile",
      modality: "mr",
      background: "sampled", consistency: "report")
  }

  /// - Parameters:
  ///   - factor: true errors are this many times what the samples spread.
  ///   - floor: added to the error in quadrature, as a share of the range.
  private static func pairs(
    _ name: String, factor: Double, floor: Double, count: Int = 40_000, seed: UInt64, bend: Double = 1
  ) -> CalibrationPairs {
    var random = SystemNormal(seed: seed)
    var deviation: [Float] = []
    var error: [Float] = []
    for _ in 0..<count {
      let sigma = 0.02 * exp(0.6 * random.next())
      let draws = (0..<samples).map { _ in sigma * random.next() }
      let mean = draws.reduce(0, +) / Double(samples)
      let s = (draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(samples - 1)).squareRoot()
      let wrong = factor * (pow(sigma / 0.02, 2 * bend) * 0.0004 + floor * floor).squareRoot()
      let truth = wrong * random.next()
      deviation.append(Float(s))
      error.append(Float(abs(truth - mean)))
    }
    return CalibrationPairs(
      subject: .init(name: name, sha256: "", slices: [1], voxels: count), conditions: conditions(),
      deviation: deviation, error: error)
  }

  private static func fit(_ pairs: [CalibrationPairs]) throws -> UncertaintyCalibration {
    try CalibrationFit(
      subjects: pairs.map { .init($0.subject.name, [$0]) }, sampleCount: samples, checkpoint: {}
    ).calibration(
      conditions: conditions(), degradation: "bicubic", sites: 1, scans: pairs.map(\.subject))
  }

  @Test func factorsOfTwoAndAFloorAreFound() throws {
    let calibration = try Self.fit(
      (0..<6).map { Self.pairs("s\($0)", factor: 2, floor: 0.01, seed: UInt64($0 + 1)) })
    let level = try #require(calibration.levels.first { $0.coverage == 0.9 })
    // Every left-out subject is covered as promised.
    for row in level.leftOut {
      #expect(abs(row.coverageOfTypical - 0.9) < 0.01, "\(row.name): \(row.coverageOfTypical)")
      #expect(row.coverageOfAssured >= row.coverageOfTypical)
    }
    #expect(calibration.decileCoverage.allSatisfy { abs($0 - 0.9) <= 0.08 }, "\(calibration.decileCoverage)")
    // Levels agree with each other: 50 % is covered by half.
    let half = try #require(calibration.levels.first { $0.coverage == 0.5 })
    #expect(half.leftOut.allSatisfy { abs($0.coverageOfTypical - 0.5) < 0.02 })
  }

  @Test func aWiderSubjectSetsTheAssuredFactorOfTheOthers() throws {
    let factors = [1.0, 1.1, 1.2, 1.3, 2.6]
    let calibration = try Self.fit(
      factors.enumerated().map { Self.pairs("s\($0)", factor: $1, floor: 0, seed: UInt64($0 + 20)) })
    let level = try #require(calibration.levels.first { $0.coverage == 0.9 })
    let widest = try #require(level.leftOut.last)
    // The typical factor of the others leaves it out; nothing they know would have held it.
    #expect(widest.coverageOfTypical < 0.7 && widest.coverageOfAssured < 0.9)
    #expect(level.scales.assured == level.scales.subjects.map(\.scale).max())
    #expect(level.leftOut.dropLast().allSatisfy { $0.coverageOfAssured > 0.9 })
  }

  @Test func aCurveTakesOverWhereDecilesAreOff() throws {
    // Errors that grow as the square of the spread: no λ and τ fit that at both ends.
    let calibration = try Self.fit(
      (0..<4).map { Self.pairs("s\($0)", factor: 1, floor: 0, seed: UInt64($0 + 40), bend: 2) })
    let shape = try #require(calibration.deviation.shape)
    #expect(shape.x.count <= IsotonicCurve.largestKnotCount)
  }

  @Test func itComesBackFromItsFileAsItWas() throws {
    let calibration = try Self.fit(
      (0..<3).map { Self.pairs("s\($0)", factor: 1, floor: 0.01, count: 4000, seed: UInt64($0)) })
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("residua-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: url) }
    try calibration.write(to: url, overwrite: false)
    #expect(try UncertaintyCalibration(contentsOf: url) == calibration)
  }

  @Test func scoredScansComeBackFromTheirFiles() throws {
    let pairs = Self.pairs("s", factor: 1, floor: 0.01, count: 1000, seed: 3)
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("residua-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try pairs.write(to: url)
    let back = try #require(CalibrationPairs(contentsOf: url))
    #expect(back.deviation == pairs.deviation && back.error == pairs.error && back.conditions == pairs.conditions)
    // A file cut short is none.
    try Data(contentsOf: url).dropLast(10).write(to: url)
    #expect(CalibrationPairs(contentsOf: url) == nil)
  }
}

/// Normal numbers by the polar method, the same everywhere.
private struct SystemNormal {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  private mutating func uniform() -> Double {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return (Double(state >> 11) + 0.5) / 9_007_199_254_740_992
  }

  mutating func next() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }
}
