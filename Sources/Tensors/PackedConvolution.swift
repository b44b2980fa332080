import CKernels

/// A convolution's weights in the form in which one engine's kernels want them. Constant once made, and shared by all copies of a layer.
public final class PackedConvolution: Sendable {
  /// How it is computed.
  public enum Method: String, Sendable {
    /// F(4×4, 3×3), over the phases of the stride.
    case winograd
    /// Products of gathered pixels.
    case gathered
  }

  /// One product over gathered pixels: a whole convolution, or one phase of a transposed one.
  struct Part: Sendable {
    let phaseY: Int
    let phaseX: Int
    /// dy, dx of each tap.
    let offsets: [Int32]
    let depth: Int
    let paddedDepth: Int
    let weights: PackedValues
  }

  /// Sizes, stride and padding.
  public let geometry: ConvolutionGeometry
  /// How it is computed, which decides how the weights are packed.
  public let method: Method
  let bias: PackedValues?
  let paddedInputs: Int
  let paddedOutputs: Int
  let winograd: PackedValues?
  let active: [UInt8]
  /// Whether any product uses the point at infinity.
  let usesInfinity: Bool
  let parts: [Part]
  let zeros: PackedValues

  /// - Parameters:
  ///   - weight: in PyTorch's layout, `geometry.weightShape`.
  ///   - bias: one per output, or nil.
  ///   - method: nil for the faster one.
  public init(
    _ geometry: ConvolutionGeometry, weight: [Float], bias: [Float]?, for engine: Engine, method: Method? = nil
  ) {
    precondition(weight.count == geometry.weightShape.reduce(1, *), "a weight has the shape of its geometry")
    precondition(bias.map { $0.count == geometry.outputs } ?? true, "a bias has one value per output")
    let method = method ?? Self.fasterMethod(geometry)
    self.geometry = geometry
    self.method = method
    self.bias = bias.map { PackedValues($0) }
    self.paddedInputs = (geometry.inputs + 15) / 16 * 16
    self.paddedOutputs = (geometry.outputs + 15) / 16 * 16
    self.zeros = PackedValues(count: geometry.inputs)
    switch method {
    case .winograd:
      guard let taps = geometry.phaseTaps else { preconditionFailure("Winograd needs phases of at most three taps") }
      self.active = Self.activeProducts(taps)
      self.usesInfinity = taps.contains { $0[2] >= 0 }
      self.winograd = Self.transformed(
        geometry, weight: weight, taps: taps, paddedInputs: paddedInputs, paddedOutputs: paddedOutputs, engine: engine)
      self.parts = []
    case .gathered:
      self.active = []
      self.usesInfinity = false
      self.winograd = nil
      self.parts = Self.gatheredParts(geometry, weight: weight, paddedOutputs: paddedOutputs, engine: engine)
    }
  }

  /// Winograd where there are enough channels to pay for its transforms and its phases have three taps, save where a wide stride makes so many phases
  /// that the transformed weights would fill more than 16 MiB.
  static func fasterMethod(_ geometry: ConvolutionGeometry) -> Method {
    guard geometry.kernel >= 3, geometry.inputs >= 8, geometry.phaseTaps != nil else { return .gathered }
    if !geometry.isTransposed { return geometry.kernel == 3 && geometry.padding == 1 ? .winograd : .gathered }
    let values = 36 * geometry.stride * geometry.stride * geometry.inputs * geometry.outputs
    return geometry.stride <= 2 || values <= 1 << 22 ? .winograd : .gathered
  }

  /// Which of the 36 products of each output and input phase have weights: the point 0 sees only the first tap, ∞ only the last.
  private static func activeProducts(_ taps: [[Int]]) -> [UInt8] {
    func used(_ taps: [Int], _ point: Int) -> Bool {
      switch point {
      case 0: taps[0] >= 0
      case 5: taps[2] >= 0
      default: taps.contains { $0 >= 0 }
      }
    }
    var active: [UInt8] = []
    for point in 0..<36 {
      for y in taps { for x in taps { active.append(used(y, point / 6) && used(x, point % 6) ? 1 : 0) } }
    }
    return active
  }

  private static func transformed(
    _ geometry: ConvolutionGeometry, weight: [Float], taps: [[Int]], paddedInputs: Int, paddedOutputs: Int,
    engine: Engine
  ) -> PackedValues {
    let phases = geometry.stride
    let area = geometry.kernel * geometry.kernel
    let packed = PackedValues(count: 36 * phases * phases * paddedInputs * paddedOutputs, from: engine.buffers)
    let flat = taps.flatMap { $0 }.map { Int32($0) }
    let panel = engine.products == .packed ? engine.table.pointee.panel_width : 0
    let ranges = (geometry.outputs + 31) / 32
    engine.concurrently(phases * phases * ranges) { index in
      let phase = index / ranges
      let first = index % ranges * 32
      flat.withUnsafeBufferPointer { flat in
        weight.withUnsafeBufferPointer { weight in
          var layout = ck_kernel_layout(
            kernel: Int32(geometry.kernel), phases: Int32(phases),
            channels: Int32(geometry.inputs), outputs: Int32(geometry.outputs),
            padded_channels: Int32(paddedInputs), padded_outputs: Int32(paddedOutputs), panel_width: panel,
            channel_stride: geometry.isTransposed ? geometry.outputs * area : area,
            output_stride: geometry.isTransposed ? area : geometry.inputs * area, taps: flat.baseAddress)
          ck_winograd_pack(
            &layout, weight.baseAddress, packed.pointer, Int32(phase / phases), Int32(phase % phases), Int32(first),
            Int32(min(first + 32, geometry.outputs)))
        }
      }
    }
    return packed
  }

  private static func gatheredParts(
    _ geometry: ConvolutionGeometry, weight: [Float], paddedOutputs: Int, engine: Engine
  ) -> [Part] {
    let k = geometry.kernel
    let phases = geometry.isTransposed ? geometry.stride : 1
    // Kernel indices and offsets of one axis in one phase.
    func line(_ phase: Int) -> [(index: Int, offset: Int)] {
      guard geometry.isTransposed else { return (0..<k).map { ($0, $0 - geometry.padding) } }
      return (0..<k).compactMap { index in
        let numerator = phase + geometry.padding - index
        return numerator % geometry.stride == 0 ? (index, numerator / geometry.stride) : nil
      }
    }
    var parts: [Part] = []
    for phaseY in 0..<phases {
      for phaseX in 0..<phases {
        let taps = line(phaseY).flatMap { y in line(phaseX).map { x in (y, x) } }
        let depth = taps.count * geometry.inputs
        var matrix = [Float](repeating: 0, count: depth * geometry.outputs)
        for (t, (y, x)) in taps.enumerated() {
          for i in 0..<geometry.inputs {
            for o in 0..<geometry.outputs {
              let pair = geometry.isTransposed ? i * geometry.outputs + o : o * geometry.inputs + i
              matrix[(t * geometry.inputs + i) * geometry.outputs + o] = weight[(pair * k + y.index) * k + x.index]
            }
          }
        }
        let paddedDepth = (depth + 15) / 16 * 16
        let packed = PackedValues(count: paddedDepth * paddedOutputs)
        ck_pack_panels(
          matrix, Int32(depth), Int32(geometry.outputs), Int32(paddedDepth), Int32(paddedOutputs),
          engine.products == .packed ? engine.table.pointee.panel_width : 0, packed.pointer)
        parts.append(
          Part(
            phaseY: phaseY, phaseX: phaseX, offsets: taps.flatMap { [Int32($0.0.offset), Int32($0.1.offset)] },
            depth: depth, paddedDepth: paddedDepth, weights: packed))
      }
    }
    return parts
  }
}

/// Aligned constants. `@unchecked Sendable`: written only while their owner is being made.
final class PackedValues: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int
  private let capacity: Int
  private let pool: BufferPool?

  /// Zeros. From a pool where they are made anew again and again, as in training.
  init(count: Int, from pool: BufferPool? = nil) {
    self.count = count
    self.pool = pool
    (self.pointer, self.capacity) = pool?.take(count) ?? (BufferPool.allocate(count), count)
    pointer.initialize(repeating: 0, count: max(count, 1))
  }

  convenience init(_ values: [Float]) {
    self.init(count: values.count)
    for (i, value) in values.enumerated() { pointer[i] = value }
  }

  deinit {
    if let pool { pool.give(back: pointer, capacity: capacity) } else { BufferPool.free(pointer) }
  }
}
