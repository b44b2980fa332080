/// One run of a network: the engine that computes it and, where gradients are wanted, the tape that remembers it.
///
/// Layers take an execution and know nothing else about why they run: inference and training share every line.
public struct Execution: Sendable {
  public let engine: Engine
  public let tape: GradientTape?

  /// Where the time of each convolution is noted, if it is to be; only runs without a tape are.
  public let profile: Profile?

  public init(_ engine: Engine, tape: GradientTape? = nil, profile: Profile? = nil) {
    self.engine = engine
    self.tape = tape
    self.profile = profile
  }
}
