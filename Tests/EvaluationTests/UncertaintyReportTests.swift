import Evaluation
import Foundation
import ImageQuality
import Testing
import Volumes

/// Samplers whose every report can be written down, through the same tally that the command uses: perfect, over- and under-dispersed, biased.
@Suite struct UncertaintyReportTests {
  private func tally(samples: Int = 8, bias: Double = 0, inflation: Double = 1, seed: UInt64, slices: Int = 6)
    -> UncertaintyTally
  {
    SyntheticTally.tally(samples: samples, bias: bias, inflation: inflation, seed: seed, slices: slices)
  }

  private func report(samples: Int = 8, bias: Double = 0, inflation: Double = 1) throws -> UncertaintyReport {
    try #require(
      UncertaintyReport(
        (1...3).map { ("sub-\($0)", [tally(samples: samples, bias: bias, inflation: inflation, seed: UInt64($0))]) }))
  }

  /// y − m has the variance σ²(1 + k²/N), s is k·σ up to χ: Student's, scaled.
  private func expected(_ level: Double, _ k: Double, _ n: Int = 8) -> Double {
    let factor = PredictionInterval(coverage: level, sampleCount: n).factor
    let student = StudentDistribution(degreesOfFreedom: Double(n - 1))
    return 2 * student.probability(below: factor * k / (1 + k * k / Double(n)).squareRoot()) - 1
  }

  @Test(arguments: [1.0, 2, 0.5]) func `coverage, ranks and spread of an unbiased sampler`(inflation: Double) throws {
    let report = try report(inflation: inflation)
    for level in report.levels {
      let wanted = expected(level.nominal, inflation)
      // Four standard deviations of a share of 92 160.
      let tolerance = 4 * (wanted * (1 - wanted) / 92_160).squareRoot()
      #expect(abs(level.pooled - wanted) < tolerance && abs(level.mean - wanted) < tolerance, "\(level)")
      #expect(level.minimum <= level.mean && level.mean <= level.maximum && level.maximum - level.minimum < 0.03)
    }
    #expect(abs(report.levels[2].factor - 2.0096) < 1e-4)
    let k2 = inflation * inflation
    let ratio = inflation * 1.125.squareRoot() / (1 + k2 / 8).squareRoot()
    #expect(abs(report.figures.spreadOverSkill - ratio) < 0.02 * ratio)
    #expect(abs(report.figures.gainOfMean - 10 * log10((1 + k2) / (1 + k2 / 8))) < 0.1)
    // E|X − y| − E|X − X′|/2 of normals, times the mean σ of a log-normal, as a share of the range of 4000.
    let crps = 20 * exp(0.125) / 4000 * (((1 + k2) * 2 / .pi).squareRoot() - inflation / Double.pi.squareRoot())
    #expect(abs(report.figures.fairCRPS - crps) < 0.02 * crps)
    if inflation == 1 {
      #expect(report.ranks.allSatisfy { abs($0 - 1.0 / 9) < 0.005 } && abs(report.figures.excessOutside - 1) < 0.03)
      #expect(report.figures.rankUnevenness < 0.02)
    } else {
      #expect((report.figures.excessOutside > 1) == (inflation < 1))
    }
    #expect(abs(report.figures.rankSlope) < 0.01 && report.ranks.count == 9)
    // The parts of a picture without edges behave like the whole.
    for part in report.parts where part.part != "edges" && part.part != "tissue between edges" {
      #expect(abs(part.coverage[2] - expected(0.9, inflation)) < 0.03, "\(part)")
    }
    #expect(report.parts.first { $0.part == "end slices" }?.voxels == 3 * 80 * 64)
  }

  @Test func `the mean σ, width and order are what they are`() throws {
    let (plain, doubled) = (try report(), try report(inflation: 2))
    // E s = 0.965 σ at N = 8, σ log-normal.
    #expect(abs(plain.figures.sigma - 0.965 * 20 * exp(0.125) / 4000 * 255) < 0.02)
    #expect(abs(plain.levels[2].meanWidth - 2 * 2.0096 * 0.965 * 20 * exp(0.125) / 4000) < 2e-4)
    #expect(plain.figures.spearman > 0.3 && plain.figures.auseShare < 0.75)
    // A scale of σ changes no order but that of the noise in the mean.
    #expect(abs(plain.figures.auseShare - doubled.figures.auseShare) < 0.05)
    #expect(plain.sparsification.bySigma.first == plain.sparsification.overall)
    #expect(zip(plain.sparsification.oracle, plain.sparsification.bySigma).allSatisfy { $0 <= $1 + 1e-12 })
    // ENCE: bins of s promise too little at small s by chance; Student's deviation is right on the whole.
    #expect((0.1...0.3).contains(plain.figures.ence) && (plain.figures.enceStudent ?? 1) < 0.15)
    #expect(abs(doubled.figures.ence - 0.333) < 0.03)
    #expect(
      plain.deciles.count == 10
        && zip(plain.deciles, plain.deciles.dropFirst()).allSatisfy { $0.expectedError < $1.expectedError })
  }

  @Test func `a bias shows as slope, too little coverage and low skill`() throws {
    let report = try report(bias: 1)
    #expect(report.figures.rankSlope < -0.15 && report.ranks[0] > 3 * report.ranks[8])
    #expect(abs(report.figures.spreadOverSkill - (1.125 / 2.125).squareRoot()) < 0.02)
    // scipy.stats.nct(7, 1/sqrt(1.125)) between ±t(0.95; 7).
    #expect(abs(report.levels[2].mean - 0.779543502695615) < 0.006)
  }

  @Test func `subjects weigh the same, whatever their size`() throws {
    let large = tally(inflation: 0.5, seed: 1, slices: 9)
    let small = tally(inflation: 2, seed: 2, slices: 1)
    let report = try #require(UncertaintyReport([("a", [large]), ("b", [small])]))
    let (a, b) = (expected(0.9, 0.5), expected(0.9, 2))
    #expect(abs(report.levels[2].mean - (a + b) / 2) < 0.01)
    #expect(abs(report.levels[2].pooled - (0.9 * a + 0.1 * b)) < 0.01)
    // Two scans of one subject are one subject.
    #expect(UncertaintyReport([("a", [large, small])])?.subjects.count == 1)
  }

  @Test func `a tally comes back from a file as it was`() throws {
    let tally = tally(seed: 5, slices: 2)
    let data = try JSONEncoder().encode(tally)
    #expect(data.count < 1_500_000)
    let back = try JSONDecoder().decode(UncertaintyTally.self, from: data)
    let (a, b) = (UncertaintyReport([("a", [tally])]), UncertaintyReport([("a", [back])]))
    // One subject has no deviation over subjects.
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    encoder.outputFormatting = .sortedKeys
    #expect(try encoder.encode(a) == encoder.encode(b))
    #expect(throws: DecodingError.self) {
      let text = String(decoding: data, as: UTF8.self).replacingOccurrences(of: "\"count\":262144", with: "\"count\":7")
      _ = try JSONDecoder().decode(UncertaintyTally.self, from: Data(text.utf8))
    }
  }
}
