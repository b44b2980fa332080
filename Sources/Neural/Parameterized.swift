/// A plain value made of named parameters. A copy is a snapshot.
///
/// One walk serves initialising, counting, loading, saving, optimising and averaging: it visits every parameter in a fixed order, under its name in a
/// checkpoint, and may change the values.
public protocol Parameterized {
  /// Calls `body` with the name and the parameter, for every parameter.
  ///
  /// - Parameter path: what stands before the names, without the final dot; empty at the root.
  mutating func forEachParameter(under path: String, _ body: (String, inout Parameter) throws -> Void) rethrows
}

extension Parameterized {
  /// The parameters by name, in the order of the walk.
  public func namedParameters(under path: String = "") -> [(name: String, parameter: Parameter)] {
    var copy = self
    var all: [(name: String, parameter: Parameter)] = []
    copy.forEachParameter(under: path) { name, parameter in all.append((name, parameter)) }
    return all
  }

  /// How many values all parameters hold.
  public var parameterCount: Int { namedParameters().reduce(0) { $0 + $1.parameter.values.count } }

  /// Draws every parameter anew from U(−bound, bound), as PyTorch starts its layers.
  public mutating func initialize<Generator: RandomNumberGenerator>(using generator: inout Generator) {
    forEachParameter(under: "") { _, parameter in
      let bound = parameter.initialBound
      for i in parameter.values.indices { parameter.values[i] = Float.random(in: -bound...bound, using: &generator) }
    }
  }
}

/// `path` and `name` with a dot between them, or `name` alone at the root.
public func joined(_ path: String, _ name: String) -> String { path.isEmpty ? name : path + "." + name }
