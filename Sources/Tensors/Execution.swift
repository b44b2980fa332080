/// One run of a network: the engine that computes it and, where gradients are wanted, the tape that remembers it.
///
/// Layers take an execution and know nothing else about why they run: inference and training share every line.
public struct Execution: Sendable {
  /// What computes.
  public let engine: Engine
  /// Remembers the operations for a backward pass; `nil` where none will be.
  public let tape: GradientTape?

  /// Where the time of each convolution is noted, if it is to be; only runs without a tape are.
  public let profile: Profile?

  /// Operations on an engine, remembered by a tape and timed by a profile where there are any.
  public init(_ engine: Engine, tape: GradientTape? = nil, profile: Profile? = nil) {
    self.engine = engine
    self.tape = tape
    self.profile = profile
  }
}
