/// What is wrong with a set of weights: every missing, misshapen and unused tensor, at once.
public struct WeightsError: Error, CustomStringConvertible, Sendable {
  /// A tensor of another shape than the network's.
  public struct Misshapen: Sendable {
    /// The parameter's name in the checkpoint.
    public let name: String
    /// The shape that the network has.
    public let expected: [Int]
    /// The shape in the file.
    public let found: [Int]
  }

  /// Names that the network has and the weights have not.
  public let missing: [String]
  /// Names in both, of different shapes.
  public let misshapen: [Misshapen]
  /// Names that the weights have and the network has not.
  public let unused: [String]

  public var description: String {
    var lines = ["the weights do not fit the network:"]
    lines += missing.map { "  missing: \($0)" }
    lines += misshapen.map { "  wrong shape: \($0.name) is \($0.found), expected \($0.expected)" }
    lines += unused.map { "  not used: \($0)" }
    lines.append("Use a checkpoint that was made for this configuration, or correct the configuration.")
    return lines.joined(separator: "\n")
  }
}

extension Parameterized {
  /// Takes all values from `weights`, by name.
  ///
  /// - Parameter weights: extents and values in PyTorch's layout, by name under `path`.
  /// - Throws: `WeightsError` naming every tensor that is missing, misshapen or unused; nothing is changed then.
  public mutating func load(_ weights: [String: (shape: [Int], values: [Float])], under path: String = "") throws {
    var copy = self
    var missing: [String] = []
    var misshapen: [WeightsError.Misshapen] = []
    var unused = Set(weights.keys)
    copy.forEachParameter(under: path) { name, parameter in
      unused.remove(name)
      guard let found = weights[name] else { return missing.append(name) }
      guard found.shape == parameter.shape, found.values.count == parameter.values.count else {
        return misshapen.append(.init(name: name, expected: parameter.shape, found: found.shape))
      }
      parameter.values = found.values
    }
    guard missing.isEmpty, misshapen.isEmpty, unused.isEmpty else {
      throw WeightsError(missing: missing, misshapen: misshapen, unused: unused.sorted())
    }
    self = copy
  }
}
