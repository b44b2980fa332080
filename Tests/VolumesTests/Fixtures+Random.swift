import Volumes

/// The same numbers every time (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension QuaternionForm {
  /// Any rotation, either handedness, spacings of 0.3…6 mm.
  static func random(using generator: inout SeededGenerator) -> QuaternionForm {
    var q = SIMD4<Double>.zero
    repeat {
      q = SIMD4((0..<4).map { _ in .random(in: -1...1, using: &generator) })
    } while !(0.1...1).contains((q * q).sum())
    q /= (q * q).sum().squareRoot()
    if q.x < 0 { q = -q }
    return QuaternionForm(
      vector: [q.y, q.z, q.w], handedness: Bool.random(using: &generator) ? 1 : -1,
      spacing: SIMD3((0..<3).map { _ in .random(in: 0.3...6, using: &generator) }),
      origin: SIMD3((0..<3).map { _ in .random(in: -200...200, using: &generator) }))
  }
}

extension AffineTransform {
  /// Any affine with an inverse, sheared ones too.
  static func random(using generator: inout SeededGenerator) -> AffineTransform {
    while true {
      func vector() -> SIMD3<Double> { SIMD3((0..<3).map { _ in .random(in: -4...4, using: &generator) }) }
      let candidate = AffineTransform(columns: (vector(), vector(), vector()), origin: vector() * 40)
      if candidate.isInvertible(tolerance: 0.05) { return candidate }
    }
  }

  /// The same volume, stored backwards along an axis of `count` voxels.
  func flipped(_ axis: VoxelAxis, count: Int) -> AffineTransform {
    var result = self
    result.origin += self[axis] * Double(count - 1)
    result[axis] = -self[axis]
    return result
  }

  /// The same volume with the axes in another order.
  func permuted(_ order: [VoxelAxis]) -> AffineTransform {
    AffineTransform(columns: (self[order[0]], self[order[1]], self[order[2]]), origin: origin)
  }

  /// The 48 maps that only exchange and flip axes, with three different spacings, and their codes.
  static var allOrientations: [(code: String, affine: AffineTransform)] {
    let spacing = [0.9, 2.0, 3.5]
    let letters = [["R", "L"], ["A", "P"], ["S", "I"]]
    var all: [(String, AffineTransform)] = []
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      for signs in 0..<8 {
        var affine = AffineTransform(columns: (.zero, .zero, .zero), origin: [-11, 17, 23])
        var code = ""
        for axis in VoxelAxis.allCases {
          let isNegative = signs >> axis.rawValue & 1
          affine[axis][order[axis.rawValue]] = spacing[axis.rawValue] * (isNegative == 1 ? -1 : 1)
          code += letters[order[axis.rawValue]][isNegative]
        }
        all.append((code, affine))
      }
    }
    return all
  }
}
