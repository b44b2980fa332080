import Figures
import Testing

@Suite struct TicksTests {
  @Test(arguments: [
    (0.0, 40.0, ["0", "10", "20", "30", "40"]),
    (-1, 1, ["−1.0", "−0.5", "0", "0.5", "1.0"]),
    (0.4, 0.6, ["0.40", "0.45", "0.50", "0.55", "0.60"]),
    (0, 2e6, ["0", "5·10⁵", "1.0·10⁶", "1.5·10⁶", "2.0·10⁶"]),
    (-1000, 3000, ["−1000", "0", "1000", "2000", "3000"]),
    (0, 0.0005, ["0", "10⁻⁴", "2·10⁻⁴", "3·10⁻⁴", "4·10⁻⁴", "5·10⁻⁴"]),
  ])
  func `linear ticks stand at round numbers`(low: Double, high: Double, labels: [String]) {
    #expect(Ticks.linear(from: low, to: high, about: 5).labels == labels)
  }

  @Test func `logarithmic ticks stand at powers of ten, or between them where there are few`() {
    #expect(
      Ticks.logarithmic(from: 0.001, to: 1000, about: 7).labels == ["10⁻³", "10⁻²", "10⁻¹", "1", "10", "100", "10³"])
    #expect(Ticks.logarithmic(from: 0.03, to: 0.6, about: 5).labels == ["0.05", "0.1", "0.2", "0.5"])
    #expect(Ticks.logarithmic(from: 2.1, to: 2.2, about: 5).values.count >= 2)
    #expect(Ticks.logarithmic(from: 1e-200, to: 1e200, about: 5).values.count <= 7)
  }

  @Test func `numbers are written short`() {
    let numbers = [
      0, 20, 0.868, 1.0 / 3, -2.5, 123_456, 12_345_678, 0.00001234, .nan, .infinity, .leastNonzeroMagnitude, -1e300,
    ]
    let expected = [
      "0", "20", "0.868", "0.3333", "−2.5", "123456", "1.23·10⁷", "1.23·10⁻⁵", "n/a", "∞", "0", "−10³⁰⁰",
    ]
    #expect(numbers.map(NumberText.short) == expected)
  }
}
