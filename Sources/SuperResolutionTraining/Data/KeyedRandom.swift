import Tensors

/// Random numbers for one purpose at one place of a training: the same wherever and whenever they are drawn, so that a resumed training sees what an
/// uninterrupted one would have.
struct KeyedRandom {
  /// What numbers are for.
  enum Purpose: UInt32 {
    case patch = 1
    case step, split, weights, degradationNoise
  }

  private let generator: Philox4x32
  private var counter: SIMD4<UInt32>
  private var words = SIMD4<UInt32>.zero
  private var used = 4

  /// - Parameters:
  ///   - update: which update, or another number below 2³².
  ///   - item: which of its items, below 2²⁴.
  init(
    seed: UInt64, _ purpose: Purpose, stage: TrainingConfiguration.StageName = .encoder, update: Int = 0, item: Int = 0
  ) {
    generator = Philox4x32(seed: seed)
    let kind = purpose.rawValue << 1 | (stage == .predictor ? 1 : 0)
    counter = SIMD4(
      0, UInt32(truncatingIfNeeded: update), UInt32(truncatingIfNeeded: item) | kind << 24,
      UInt32(truncatingIfNeeded: update >> 32))
  }

  mutating func word() -> UInt32 {
    if used == 4 {
      words = generator.words(counter)
      counter[0] &+= 1
      used = 0
    }
    used += 1
    return words[used - 1]
  }

  /// 0 ≤ u < 1, with 53 bits.
  mutating func unit() -> Double {
    let (high, low) = (UInt64(word()), UInt64(word()))
    return Double((high << 32 | low) >> 11) / 9_007_199_254_740_992
  }

  /// 0 ..< count.
  mutating func below(_ count: Int) -> Int { min(count - 1, Int(unit() * Double(count))) }

  mutating func between(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + unit() * (range.upperBound - range.lowerBound)
  }

  mutating func chance(_ share: Double) -> Bool { unit() < share }
}

extension KeyedRandom: RandomNumberGenerator {
  mutating func next() -> UInt64 { UInt64(word()) << 32 | UInt64(word()) }
}
