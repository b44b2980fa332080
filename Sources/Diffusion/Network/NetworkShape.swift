/// The sizes of an SRDiff network; everything else about it follows from them.
public struct NetworkShape: Sendable, Hashable, Codable {
  /// Channels of an image: 1.
  public var channels: Int
  /// Enlargement per side: 2, 3, 4 or 8.
  public var scale: Int
  /// Features of the encoder (`nf`), even.
  public var encoderFeatures: Int
  /// RRDB blocks of the encoder (`nb`), 2 or more.
  public var encoderBlocks: Int
  /// Width of the predictor's first level, even.
  public var dim: Int
  /// Width of each level, in units of `dim`.
  public var mults: [Int]

  /// A shape of these sizes; each is explained at its property. What cannot be is refused where the network is made.
  public init(
    channels: Int = 1, scale: Int, encoderFeatures: Int = 32, encoderBlocks: Int = 8, dim: Int = 64,
    mults: [Int] = [1, 2, 2, 4]
  ) {
    self.channels = channels
    self.scale = scale
    self.encoderFeatures = encoderFeatures
    self.encoderBlocks = encoderBlocks
    self.dim = dim
    self.mults = mults
  }

  /// Scales that have a head and a projection.
  public static let scales = [2, 3, 4, 8]

  /// Channels of the condition: every third of the `encoderBlocks + 1` feature maps, from the third on.
  public var conditionChannels: Int { encoderFeatures * ((encoderBlocks + 1) / 3) }
  /// Height and width of an image must be multiples of this …
  public var sideMultiple: Int { 1 << (mults.count - 1) }
  /// … and at least this, so that the deepest level still has two pixels to mirror.
  public var leastSide: Int { 2 * sideMultiple }

  /// What is wrong with the sizes, in words; empty when a network can be built.
  public var problems: [String] {
    var found: [String] = []
    func require(_ holds: Bool, _ text: String) { if !holds { found.append(text) } }
    require((1...4096).contains(channels), "channels is \(channels), expected 1 or more")
    require(Self.scales.contains(scale), "scale is \(scale), expected one of \(Self.scales)")
    require(
      (2...4096).contains(encoderFeatures) && encoderFeatures % 2 == 0,
      "encoder features is \(encoderFeatures), expected an even number of 2 or more")
    require((2...1000).contains(encoderBlocks), "encoder blocks is \(encoderBlocks), expected 2 or more")
    require((4...4096).contains(dim) && dim % 2 == 0, "dim is \(dim), expected an even number of 4 or more")
    require((2...8).contains(mults.count), "mults has \(mults.count) levels, expected 2 to 8")
    require(mults.first == 1, "mults is \(mults), expected the first to be 1")
    require(mults.allSatisfy { (1...64).contains($0) }, "mults is \(mults), expected numbers from 1 to 64")
    return found
  }
}
