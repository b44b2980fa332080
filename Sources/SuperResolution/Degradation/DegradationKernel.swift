/// A blur of the caller's own, the same along rows and columns: how much a high-resolution pixel has to say in a low-resolution one.
///
/// ```swift
/// // The mean over the low-resolution pixel, as a detector element takes it.
/// let detector = DegradationKernel("detector", reach: 0.5) { _ in 1 }
/// ```
///
/// Two kernels are the same where name, reach and noise are.
public struct DegradationKernel: Sendable, Equatable, CustomStringConvertible {
  /// For records, and for the metadata of a model that learns to undo it.
  public let name: String
  /// Beyond this distance the weight is 0; in low-resolution pixels, 0.5…16.
  public let reach: Double
  /// Standard deviation of the Gaussian noise that is added, as a share of the intensity range, 0…1.
  public let noise: Double
  /// The weight at a distance in low-resolution pixels, 0…`reach`. Only ratios matter: the weights of a pixel are made to sum to 1.
  public let weight: @Sendable (Double) -> Double

  /// - Parameters:
  ///   - name: short, one line.
  ///   - reach: in low-resolution pixels, 0.5…16.
  ///   - noise: share of the intensity range, 0…1.
  ///   - weight: at a distance in low-resolution pixels; finite, and not 0 everywhere within a pixel.
  public init(_ name: String, reach: Double, noise: Double = 0, weight: @escaping @Sendable (Double) -> Double) {
    self.name = name
    self.reach = reach
    self.noise = noise
    self.weight = weight
  }

  /// `kernel NAME of ±1.5 low-resolution pixels`.
  public var description: String { "kernel \(name) of ±\(reach) low-resolution pixels" }

  public static func == (a: Self, b: Self) -> Bool { a.name == b.name && a.reach == b.reach && a.noise == b.noise }

  var problem: String? {
    if !(reach >= 0.5 && reach <= 16) { return "\(name): its reach is \(reach), expected 0.5…16 low-resolution pixels" }
    if !(noise >= 0 && noise <= 1) { return "\(name): its noise is \(noise), expected 0…1" }
    for scale in 2...4 {
      // High-resolution pixels lie at whole distances from a low-resolution one where the scale is odd, at halves where it is even.
      let places = stride(from: scale % 2 == 0 ? 0.5 : 0, through: reach * Double(scale), by: 1)
      let sum = places.reduce(0) { $0 + ($1 > 0 ? 2 : 1) * weight($1 / Double(scale)) }
      if !(sum.isFinite && sum > 0) {
        return "\(name): its weights for scale \(scale) sum to \(sum), expected more than 0"
      }
    }
    return nil
  }
}
