import Foundation
import ImageQuality
import Neural
import Tensors
import Testing

/// LPIPS against the `lpips` package. The weights are made from counter-based numbers, here as in Golden/make_lpips_golden.py.
@Suite struct PerceptualDistanceTests {
  private struct Case: Decodable {
    let width: Int
    let height: Int
    let distance: Double
  }

  private static let shapes: [(name: String, shape: [Int])] = {
    let layers = [
      (1, 0, 64, 3, 11), (2, 3, 192, 64, 5), (3, 6, 384, 192, 3), (4, 8, 256, 384, 3), (5, 10, 256, 256, 3),
    ]
    var shapes: [(String, [Int])] = []
    for (slice, index, outputs, inputs, kernel) in layers {
      shapes.append(("net.slice\(slice).\(index).weight", [outputs, inputs, kernel, kernel]))
      shapes.append(("net.slice\(slice).\(index).bias", [outputs]))
    }
    for (k, layer) in layers.enumerated() { shapes.append(("lin\(k).model.1.weight", [1, layer.2, 1, 1])) }
    return shapes
  }()

  /// SplitMix64 of seed + i, as a number in [0, 1).
  private func uniform(_ seed: UInt64, _ i: Int) -> Double {
    var z = seed &+ UInt64(i + 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) / 9_007_199_254_740_992
  }

  private func values(_ seed: Int, _ name: String, _ shape: [Int]) -> [Float] {
    let count = shape.reduce(1, *)
    let bound = (6 / Double(shape.dropFirst().reduce(1, *))).squareRoot()
    return (0..<count).map { i in
      let u = uniform(UInt64(seed) << 40, i)
      if name.hasPrefix("lin") { return Float(u) }
      return name.hasSuffix("bias") ? Float(0.2 * u - 0.1) : Float((2 * u - 1) * bound)
    }
  }

  /// A weight file in a folder of its own, with one tensor left out, misshapen or added if wanted.
  private func weightFile(omitting: String? = nil, reshaping: String? = nil, adding: [String] = []) throws -> URL {
    var writer = SafetensorsWriter()
    for (seed, (name, shape)) in Self.shapes.enumerated() where name != omitting {
      writer.add(name, shape: name == reshaping ? [shape.reduce(1, *)] : shape, values: values(seed, name, shape))
    }
    for name in adding { writer.add(name, shape: [1], values: [0]) }
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("residua-lpips-\(UUID().uuidString)")
    try writer.write(to: url)
    return url
  }

  @Test func `distances are those of the lpips package`() throws {
    let file = try weightFile(adding: ["lins.0.model.1.weight", "scaling_layer.shift"])
    defer { try? FileManager.default.removeItem(at: file) }
    let distance = try PerceptualDistance(weights: file, engine: Engine())
    let cases: [Case] = try golden("lpips.json")
    for (k, item) in cases.enumerated() {
      var planes = [[Double]](repeating: [], count: 2)
      for i in 0..<item.width * item.height {
        let noise = (0..<2).map { Double(Float(uniform(UInt64(100 + 2 * k + $0) << 40, i))) - 0.5 }
        let x = Double(i % item.width)
        let y = Double(i / item.width)
        let a = 0.5 + 0.4 * sin(x / 5) * cos(y / 7) + 0.1 * noise[0]
        planes[0].append(a)
        planes[1].append(a + 0.2 * noise[1])
      }
      let a = ImagePlane(width: item.width, height: item.height, values: planes[0])
      let b = ImagePlane(width: item.width, height: item.height, values: planes[1])
      let found = try distance(a, b, window: 0...1)
      #expect(abs(found / item.distance - 1) < 1e-4, "\(item.width)×\(item.height): \(found) of \(item.distance)")
      #expect(try distance(a, a, window: 0...1) == 0)
      #expect(agree(try distance(b, a, window: 0...1), found, 1e-6))
      // The same picture in another unit.
      let scaled = [a, b].map {
        ImagePlane(width: $0.width, height: $0.height, values: $0.values.map { 400 * $0 - 100 })
      }
      #expect(agree(try distance(scaled[0], scaled[1], window: -100...300), found, 1e-5))
    }
    let small = ImagePlane(width: 30, height: 64, values: [Double](repeating: 0, count: 30 * 64))
    #expect { try distance(small, small, window: 0...1) } throws: { ($0 as? ImageQualityError)?.code == .imageTooSmall }
  }

  @Test func `a file that does not fit says all that is wrong`() throws {
    let file = try weightFile(omitting: "net.slice3.6.bias", reshaping: "lin2.model.1.weight", adding: ["extra"])
    defer { try? FileManager.default.removeItem(at: file) }
    #expect {
      try PerceptualDistance(weights: file, engine: Engine())
    } throws: {
      let error = $0 as? WeightsError
      return error?.missing == ["net.slice3.6.bias"] && error?.misshapen.map(\.name) == ["lin2.model.1.weight"]
        && error?.unused == ["extra"]
    }
    #expect(throws: SafetensorsError.self) {
      try PerceptualDistance(weights: URL(fileURLWithPath: "/nowhere/weights"), engine: Engine())
    }
  }
}
