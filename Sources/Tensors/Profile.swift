import Foundation

/// Where a run's time goes: one entry per convolution, in the order in which they ran.
///
/// `@unchecked Sendable`: `entries` is read and written under `lock`.
public final class Profile: @unchecked Sendable {
  /// One convolution, with everything that follows it.
  public struct Entry: Sendable {
    /// Of the convolution.
    public let geometry: ConvolutionGeometry
    /// How it was computed.
    public let method: PackedConvolution.Method
    /// The result's extents.
    public let shape: [Int]
    /// Wall-clock seconds of this call.
    public let seconds: Double
    /// Floating-point operations of a direct computation: what a comparison between programs counts.
    public let directOperations: Double
    /// Floating-point operations of the products that were really computed.
    public let productOperations: Double
    /// Bytes of the input, the weights and everything the result reads and writes, each counted once.
    public let bytes: Double

    /// What kind of layer it is, in words.
    public var kind: String {
      let k = "\(geometry.kernel)×\(geometry.kernel)"
      if geometry.isTransposed { return "transposed \(k), stride \(geometry.stride)" }
      if geometry.kernel == 1 { return shape[1] * shape[2] == 1 ? "linear" : k }
      return geometry.stride == 1 ? (geometry.inputs < 8 ? "\(k), few channels" : k) : "\(k), stride \(geometry.stride)"
    }
  }

  private let lock = NSLock()
  private var noted: [Entry] = []

  /// An empty profile.
  public init() {}

  /// A record of every call, in order.
  public var entries: [Entry] { lock.withLock { noted } }

  /// Runs `body`, which computes `weights` on `input`, and notes how long it took.
  public func measure(_ weights: PackedConvolution, input: Tensor, epilogue: Epilogue, _ body: () -> Tensor) -> Tensor {
    let start = DispatchTime.now().uptimeNanoseconds
    let out = body()
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
    let geometry = weights.geometry
    let others = [epilogue.residual, epilogue.secondResidual].compactMap { $0 }.count
    let values = input.count + out.count * (1 + others) + weights.packedCount
    let entry = Entry(
      geometry: geometry, method: weights.method, shape: out.shape, seconds: seconds,
      directOperations: 2 * Double(out.pixels) * Double(geometry.directCost),
      productOperations: 2 * weights.multiplications(out: out), bytes: 4 * Double(values))
    lock.withLock { noted.append(entry) }
    return out
  }
}

extension PackedConvolution {
  /// Values of the packed weights.
  var packedCount: Int { (winograd?.count ?? 0) + parts.reduce(0) { $0 + $1.weights.count } }

  /// Multiplications of the products that compute `out`.
  func multiplications(out: Tensor) -> Double {
    let pair = Double(geometry.inputs * geometry.outputs)
    switch method {
    case .gathered: return Double(out.pixels) * Double(geometry.directCost)
    case .winograd:
      let step = geometry.isTransposed ? geometry.stride : 1
      let tiles = Double(out.n * ((out.h / step + 3) / 4) * ((out.w / step + 3) / 4))
      return tiles * pair * Double(active.reduce(0) { $0 + Int($1) })
    }
  }
}
