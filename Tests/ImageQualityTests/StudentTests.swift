import ImageQuality
import Testing

@Suite struct StudentTests {
  @Test func `distribution and quantile are SciPy's`() throws {
    let rows: [[Double]] = try golden("student.json")
    #expect(rows.count > 100)
    for row in rows {
      let student = StudentDistribution(degreesOfFreedom: row[0])
      #expect(abs(student.quantile(row[1]) / row[2] - 1) < 1e-10, "quantile of \(row[1]), ν = \(row[0])")
      #expect(
        abs(student.probability(below: row[2]) / row[3] - 1) < 1e-10, "probability below \(row[2]), ν = \(row[0])")
    }
  }

  @Test func `it is symmetric and reaches its ends`() {
    let student = StudentDistribution(degreesOfFreedom: 7)
    #expect(student.quantile(0.5) == 0)
    #expect(agree(student.quantile(0.05), -student.quantile(0.95), 1e-14))
    #expect(student.quantile(0) == -.infinity && student.quantile(1) == .infinity)
    #expect(student.probability(below: 0) == 0.5)
    #expect(student.probability(below: .infinity) == 1 && student.probability(below: -.infinity) == 0)
    #expect(student.probability(below: 1e200) == 1)
  }

  /// t(0.95; N − 1)·√(1 + 1/N), rounded.
  @Test(arguments: [(4, 2.631), (8, 2.010), (16, 1.807), (32, 1.722)])
  func `the interval's factor is Student's with the mean's own doubt`(n: Int, factor: Double) {
    #expect(abs(PredictionInterval(coverage: 0.9, sampleCount: n).factor - factor) < 5.01e-4)
  }
}
