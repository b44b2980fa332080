import Foundation
import Neural
import Tensors

/// LPIPS with the AlexNet backbone, version 0.1 (Zhang et al., "The unreasonable effectiveness of deep features as a perceptual
/// metric", CVPR 2018, equation 1): 0 for equal images, smaller is better. Equal to the `lpips` Python package on the same weights
/// to 1e-4.
///
/// It was made for colour photographs: a grayscale plane goes in as three equal channels, and what the number means on scans is for
/// the reader to judge. No weights come with this library; without them there is no LPIPS.
///
/// The weight file is a safetensors file with the fifteen tensors of the `lpips` package's `state_dict()`, under their names there:
/// `net.slice1.0.{weight,bias}`, `net.slice2.3.*`, `net.slice3.6.*`, `net.slice4.8.*`, `net.slice5.10.*`, and
/// `lin0.model.1.weight` … `lin4.model.1.weight`. The doubles and constants in it (`lins.*`, `scaling_layer.*`) may be there, too.
public struct PerceptualDistance: Sendable {
  private let network: PerceptualNetwork
  private let engine: Engine

  /// - Parameter weights: a safetensors file.
  /// - Throws: `SafetensorsError` when it cannot be read, `WeightsError` naming every tensor that is missing, misshapen or unused.
  public init(weights: URL, engine: Engine) throws {
    let file = try SafetensorsFile(contentsOf: weights)
    var network = PerceptualNetwork()
    let expected = Dictionary(uniqueKeysWithValues: network.namedParameters().map { ($0.name, $0.parameter.shape) })
    var tensors: [String: (shape: [Int], values: [Float])] = [:]
    for (name, entry) in file.entries where !name.hasPrefix("lins.") && !name.hasPrefix("scaling_layer.") {
      // Values of the wrong shape are not read: a hostile file could make them huge.
      tensors[name] = (entry.shape, expected[name] == entry.shape ? try file.floats(name) : [])
    }
    try network.load(tensors)
    self.network = network
    self.engine = engine
  }

  /// The fewest pixels that each side must have.
  public static let leastSide = PerceptualNetwork.leastSide

  /// The distance of two planes of one size.
  /// - Parameter window: the values that stand for black and white, taken to −1 and 1; values outside are not clamped, as in the
  ///   original.
  /// - Throws: `ImageQualityError` when a side has fewer than 31 pixels.
  public func callAsFunction(_ a: ImagePlane, _ b: ImagePlane, window: ClosedRange<Double>) throws -> Double {
    precondition(a.width == b.width && a.height == b.height, "two planes of one size")
    precondition(window.upperBound > window.lowerBound, "black and white differ")
    guard a.width >= Self.leastSide, a.height >= Self.leastSide else {
      throw ImageQualityError(
        .imageTooSmall, subject: "LPIPS",
        reason: "the image has \(a.width)×\(a.height) pixels; AlexNet needs \(Self.leastSide) each way.")
    }
    var distance = 0.0
    network.forEachActivation(of: input([a, b], window), in: Execution(engine)) { layer, activation in
      distance += Self.distance(activation, weights: network.channelWeights[layer].values)
    }
    return distance
  }

  /// Both planes as `[2, h, w, 3]`, normalised with the means and deviations of the photographs that AlexNet was trained on, on a
  /// scale of −1…1.
  private func input(_ planes: [ImagePlane], _ window: ClosedRange<Double>) -> Tensor {
    let shift: [Float] = [-0.030, -0.088, -0.188]
    let scale: [Float] = [0.458, 0.448, 0.450]
    let middle = (window.lowerBound + window.upperBound) / 2
    let half = (window.upperBound - window.lowerBound) / 2
    var values: [Float] = []
    values.reserveCapacity(planes.count * planes[0].values.count * 3)
    for plane in planes {
      for value in plane.values {
        let x = Float((value - middle) / half)
        for c in 0..<3 { values.append((x - shift[c]) / scale[c]) }
      }
    }
    return Tensor(values, n: planes.count, h: planes[0].height, w: planes[0].width, c: 3)
  }

  /// The mean over pixels of Σ weight·(â − b̂)², â and b̂ being the channels of both items divided by their length.
  private static func distance(_ activation: Tensor, weights: [Float]) -> Double {
    let pixels = activation.h * activation.w
    var sum = 0.0
    for p in 0..<pixels {
      let a = activation.pointer + p * activation.pixelStride
      let b = activation.pointer + (pixels + p) * activation.pixelStride
      var squareA = 0.0
      var squareB = 0.0
      for c in 0..<activation.c {
        squareA += Double(a[c]) * Double(a[c])
        squareB += Double(b[c]) * Double(b[c])
      }
      // The original's guard against pixels without any feature.
      let lengthA = squareA.squareRoot() + 1e-10
      let lengthB = squareB.squareRoot() + 1e-10
      for c in 0..<activation.c {
        let difference = Double(a[c]) / lengthA - Double(b[c]) / lengthB
        sum += Double(weights[c]) * difference * difference
      }
    }
    return sum / Double(pixels)
  }
}
