import Foundation
import SuperResolution
import Testing

@Suite struct DataConsistencyTests {
  private static let degradations: [Degradation] = [.bicubic, .kspace, .blur(sigma: 0.5, noise: 0)]

  private static func noise(_ count: Int, seed: Int) -> [Double] {
    (0..<count).map { sin(Double($0 * $0 + 7 * $0 + seed) * 12.9898) * 100 }
  }

  private static func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }

  @Test(arguments: 0..<3, [2, 3, 4])
  func spreadingIsTheTransposeOfLowering(which: Int, scale: Int) {
    let operation = DataConsistency(
      degradation: Self.degradations[which], scale: scale, width: 7, height: 5, tolerance: 1e-6)
    let x = Self.noise(35 * scale * scale, seed: 1)
    let z = Self.noise(35, seed: 2)
    let left = zip(operation.lowered(x), z).reduce(0) { $0 + $1.0 * $1.1 }
    let right = zip(x, operation.spread(z)).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(left - right) < 1e-9 * max(abs(left), 1e4))
  }

  @Test(arguments: 0..<3, [2, 3, 4])
  func theProjectionAgreesAndComesNearerToTheTruth(which: Int, scale: Int) {
    let operation = DataConsistency(
      degradation: Self.degradations[which], scale: scale, width: 9, height: 6, tolerance: 1e-6)
    let truth = Self.noise(54 * scale * scale, seed: 3)
    let low = operation.lowered(truth)
    let guess = zip(truth, Self.noise(truth.count, seed: 4)).map { $0 + 0.3 * $1 }
    let projected = operation.projected(guess, onto: low)
    for (a, b) in zip(operation.lowered(projected), low) { #expect(abs(a - b) <= 2e-6) }
    #expect(Self.distance(projected, truth) < Self.distance(guess, truth))
    // Pythagoras: the way to the set is at right angles to it, as for no other point of the set.
    let legs = Self.distance(guess, projected) + Self.distance(projected, truth)
    #expect(abs(legs - Self.distance(guess, truth)) < 1e-4 * legs)
    #expect(operation.projected(projected, onto: low) == projected || Self.distance(projected, guess) > 0)
  }

  @Test func whatAgreesStaysAsItIs() {
    let operation = DataConsistency(degradation: .bicubic, scale: 2, width: 8, height: 8, tolerance: 1e-3)
    let image = Self.noise(256, seed: 5)
    #expect(operation.projected(image, onto: operation.lowered(image)) == image)
  }
}
