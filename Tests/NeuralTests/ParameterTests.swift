import Neural
import Tensors
import Testing

/// Two layers under names of their own.
private struct Pair: Parameterized {
  var first = Convolution(.convolution(2, to: 3, kernel: 3, padding: 1))
  var second = Convolution.linear(3, to: 4)

  mutating func forEachParameter(under path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    try first.forEachParameter(under: joined(path, "first"), body)
    try second.forEachParameter(under: joined(path, "second"), body)
  }
}

@Suite struct ParameterTests {
  @Test func theWalkNamesEverythingInPyTorchShapes() {
    let found = Pair().namedParameters(under: "net").map { "\($0.name) \($0.parameter.shape)" }
    #expect(
      found == [
        "net.first.weight [3, 2, 3, 3]", "net.first.bias [3]", "net.second.weight [4, 3]", "net.second.bias [4]",
      ])
    #expect(Pair().parameterCount == 54 + 3 + 12 + 4)
  }

  @Test func everyProblemIsNamedAtOnceAndNothingChanges() throws {
    var pair = Pair()
    let weights: [String: (shape: [Int], values: [Float])] = [
      "first.weight": ([3, 2, 3, 3], Array(repeating: 1, count: 54)),
      "first.bias": ([2], [1, 2]),
      "second.bias": ([4], [1, 2, 3, 4]),
      "third.weight": ([1], [1]),
    ]
    let error = try #require(throws: WeightsError.self) { try pair.load(weights) }
    #expect(error.missing == ["second.weight"] && error.unused == ["third.weight"])
    #expect(error.misshapen.map(\.name) == ["first.bias"])
    for part in ["second.weight", "third.weight", "first.bias is [2], expected [3]"] {
      #expect(error.description.contains(part))
    }
    #expect(pair.namedParameters().allSatisfy { $0.parameter.values.allSatisfy { $0 == 0 } })
  }

  @Test func initialValuesFillPyTorchsInterval() {
    var pair = Pair()
    var generator = SystemRandomNumberGenerator()
    pair.initialize(using: &generator)
    let bound = 1 / Float(18).squareRoot()
    let values = pair.namedParameters()[0].parameter.values
    #expect(values.allSatisfy { abs($0) <= bound } && values.contains { abs($0) > bound / 2 })
  }

  /// A copy is a snapshot, and changed weights are used at once although their packed form was cached.
  @Test func aChangedLayerComputesWithItsNewWeights() throws {
    let execution = Execution(try Engine(threads: 1))
    var layer = Convolution(.convolution(1, to: 1, kernel: 1))
    let x = Tensor([2], n: 1, h: 1, w: 1, c: 1)
    layer.forEachParameter(under: "") { name, parameter in parameter.values = [name == "weight" ? 3 : 1] }
    let snapshot = layer
    #expect(layer(x, in: execution).values() == [7])
    layer.forEachParameter(under: "") { name, parameter in parameter.values = [name == "weight" ? 5 : 1] }
    #expect(layer(x, in: execution).values() == [11])
    #expect(snapshot(x, in: execution).values() == [7])
  }
}
