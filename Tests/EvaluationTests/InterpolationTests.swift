import Foundation
import Tensors
import Testing

/// Against SciPy and Pillow; made by Golden/make_golden.py.
@Suite struct InterpolationTests {
  private struct Golden: Decodable {
    struct Case: Decodable {
      let method: String
      let scale: Int
      let tolerance: Double
      let values: [Double]
    }
    let width: Int
    let height: Int
    let cases: [Case]
  }

  @Test func `equals SciPy and Pillow, edges included`() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Golden/interpolation.json")
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    let image = (0..<golden.height).flatMap { row in
      (0..<golden.width).map { column -> Double in
        let (x, y) = (Double(column), Double(row))
        return sin(0.37 * x * x + 0.2 * y) + 0.3 * cos(1.1 * y) + 0.01 * x * y
      }
    }
    #expect(golden.cases.count == 12)
    for known in golden.cases {
      let method = try #require(Interpolation(rawValue: known.method))
      let found = method.enlarged(image, width: golden.width, height: golden.height, by: known.scale)
      #expect(found.count == known.values.count)
      let worst = zip(found, known.values).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= known.tolerance, "\(known.method) ×\(known.scale): \(worst)")
    }
  }

  @Test(arguments: Interpolation.allCases) func `constants stay, on one pixel too`(method: Interpolation) {
    for (w, h) in [(1, 1), (1, 4), (5, 2)] {
      let values = method.enlarged([Double](repeating: 7.5, count: w * h), width: w, height: h, by: 3)
      #expect(values.count == 9 * w * h && values.allSatisfy { abs($0 - 7.5) < 1e-12 })
    }
  }

  @Test func `bicubic is the resampler's own`() {
    let image = (0..<63).map { sin(Double($0 * $0)) }
    let expected = BicubicResampling(height: 7, width: 9, enlargedBy: 2).resampled(image)
    let found = Interpolation.bicubic.enlarged(image, width: 9, height: 7, by: 2)
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-12 })
  }
}
