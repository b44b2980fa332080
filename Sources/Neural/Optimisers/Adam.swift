import Foundation

/// Adam (Kingma & Ba, "Adam", 2015, algorithm 1) or AdamW (Loshchilov & Hutter, "Decoupled Weight Decay Regularization", 2019, algorithm 2), with
/// clipping by the norm of all gradients and an exponential moving average of the weights.
///
///     m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  w ← w − rate/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε)
///
/// A plain value: a copy is a snapshot. Everything that a resumed training needs is in `updates` and `states`.
public struct Adam: Sendable {
  /// What changes the updates, beside the learning rate.
  public struct Settings: Sendable, Equatable {
    /// How weights are pulled to zero.
    public enum WeightDecay: Sendable, Equatable {
      /// Not at all.
      case none
      /// Added to the gradient: Adam with L2 regularisation.
      case coupled(Double)
      /// Taken from the weight, times the learning rate: AdamW.
      case decoupled(Double)
    }

    /// Decay of the mean of gradients, 0 ≤ β₁ < 1.
    public var beta1 = 0.9
    /// Decay of the mean of squared gradients, 0 ≤ β₂ < 1.
    public var beta2 = 0.999
    /// Added to the root of the squares' mean.
    public var epsilon = 1e-8
    /// How weights are pulled to zero.
    public var weightDecay = WeightDecay.none
    /// Gradients whose common norm exceeds this are scaled down to it; nil for no limit.
    public var largestNorm: Double?
    /// Decay d of the moving average, w̄ ← d·w̄ + (1 − d)·w, nil for no average. Update t (from 1) uses min(d, t/(t + 9)), so that the average
    /// forgets the start.
    public var averageDecay: Double?

    /// PyTorch's defaults.
    public init() {}
  }

  /// What is remembered about one parameter.
  public struct State: Sendable, Equatable {
    /// Mean of the gradients, one value per weight.
    public var first: [Float]
    /// Mean of the squared gradients, one value per weight.
    public var second: [Float]
    /// The moving average; empty without one.
    public var average: [Float]

    /// As it was saved.
    public init(first: [Float], second: [Float], average: [Float]) {
      self.first = first
      self.second = second
      self.average = average
    }
  }

  /// What changes the updates, beside the learning rate.
  public let settings: Settings
  /// Updates made so far.
  public internal(set) var updates: Int
  /// By the parameter's name.
  public internal(set) var states: [String: State]

  /// - Parameters:
  ///   - updates: made before, when training goes on.
  ///   - states: as they were left then.
  public init(_ settings: Settings = Settings(), updates: Int = 0, states: [String: State] = [:]) {
    self.settings = settings
    self.updates = updates
    self.states = states
  }

  /// The moving averages in the form in which a network loads weights, for every parameter of `network`; the parameter itself where there is no average.
  public func averages(of network: some Parameterized, under path: String = "") -> [String: (
    shape: [Int], values: [Float]
  )] {
    var found: [String: (shape: [Int], values: [Float])] = [:]
    for (name, parameter) in network.namedParameters(under: path) {
      let average = states[name]?.average ?? []
      found[name] = (parameter.shape, average.isEmpty ? parameter.values : average)
    }
    return found
  }
}
