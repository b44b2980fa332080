import Volumes

/// What one look at every voxel of a volume finds: the range, what is not a number, and an exact percentile of the positive voxels.
public struct VolumeStatistics: Sendable {
  /// Of all frames.
  public let voxels: Int
  /// Voxels that are NaN or infinite.
  public let nonFinite: Int
  /// Voxels above zero.
  public let positive: Int
  /// Voxels that are exactly zero: the background of a skull-stripped scan.
  public let zeros: Int
  /// Smallest and largest finite value; 0 where there is none.
  public let minimum: Double
  /// Of the finite values.
  public let maximum: Double
  /// The requested percentile of the positive voxels; `nil` where there are none.
  public let positivePercentile: Double?
  /// How the values are spread, in units of that percentile; `nil` where there is no foreground.
  public let shape: IntensityShape?

  /// Reads the whole volume twice, slice by slice in file order: the first pass counts positive values by the upper half of their Float32
  /// pattern (which orders as the values do), the second resolves the halves that hold the percentile. Values between two order
  /// statistics are interpolated linearly, as NumPy's default does.
  ///
  /// - Parameter percentile: 0…100.
  public init(of reader: any VolumeReader, percentile: Double, checkpoint: () throws -> Void = {}) throws {
    precondition((0...100).contains(percentile), "a percentile lies between 0 and 100")
    var voxels = 0
    var nonFinite = 0
    var zeros = 0
    var minimum = Double.infinity
    var maximum = -Double.infinity
    var upper = [Int](repeating: 0, count: 1 << 16)
    try Self.forEachValue(of: reader, checkpoint: checkpoint) { value in
      voxels += 1
      guard value.isFinite else {
        nonFinite += 1
        return
      }
      minimum = Swift.min(minimum, value)
      maximum = Swift.max(maximum, value)
      if value > 0 { upper[Int(Self.key(value) >> 16)] += 1 } else if value == 0 { zeros += 1 }
    }
    let positive = upper.reduce(0, +)
    self.voxels = voxels
    self.nonFinite = nonFinite
    self.zeros = zeros
    self.positive = positive
    self.minimum = minimum.isFinite ? minimum : 0
    self.maximum = maximum.isFinite ? maximum : 0
    guard positive > 0 else {
      positivePercentile = nil
      shape = nil
      return
    }

    let rank = percentile / 100 * Double(positive - 1)
    let (below, above) = (Int(rank), Swift.min(Int(rank) + 1, positive - 1))
    let bins = [Self.bin(ofRank: below, in: upper), Self.bin(ofRank: above, in: upper)]
    var lower = [[Int](repeating: 0, count: 1 << 16), [Int](repeating: 0, count: 1 << 16)]
    try Self.forEachValue(of: reader, checkpoint: checkpoint) { value in
      guard value.isFinite, value > 0 else { return }
      let key = Self.key(value)
      for which in 0..<2 where Int(key >> 16) == bins[which].index { lower[which][Int(key & 0xffff)] += 1 }
    }
    let found = (0..<2).map { which in
      let rank = (which == 0 ? below : above) - bins[which].before
      let low = Self.bin(ofRank: rank, in: lower[which]).index
      return Double(Float(bitPattern: UInt32(bins[which].index) << 16 | UInt32(low)))
    }
    let unit = found[0] + (found[1] - found[0]) * (rank - Double(below))
    positivePercentile = unit
    shape = IntensityShape(bins: upper, unit: unit, zeros: zeros, finite: voxels - nonFinite)
  }

  /// Positive values order as the bit patterns of their Float32 neighbours; what overflows Float32 counts as its largest value.
  private static func key(_ value: Double) -> UInt32 {
    Swift.min(Float(value), Float.greatestFiniteMagnitude).bitPattern
  }

  private static func bin(ofRank rank: Int, in counts: [Int]) -> (index: Int, before: Int) {
    var before = 0
    for (index, count) in counts.enumerated() {
      if before + count > rank { return (index, before) }
      before += count
    }
    preconditionFailure("the rank lies within the counted values")
  }

  private static func forEachValue(
    of reader: any VolumeReader, checkpoint: () throws -> Void, _ body: (Double) -> Void
  ) throws {
    for frame in 0..<reader.header.frames {
      for k in 0..<reader.header.size.2 {
        try checkpoint()
        try reader.readSlice(k, across: .k, frame: frame).values.forEach(body)
      }
    }
  }
}
