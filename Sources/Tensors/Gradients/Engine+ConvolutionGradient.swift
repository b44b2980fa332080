import CKernels

extension Engine {
  /// Adds the gradients of a convolution's input and weight.
  ///
  /// Both come from the same transformed tiles as the convolution itself: with Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A, dg = Gᵀ[(A dY Aᵀ) ⊙ V]G summed over tiles, and
  /// dd = B[(A dY Aᵀ) ⊙ U]Bᵀ added where the tiles were taken from, so that mirrored edges, strides and phases hand back through the
  /// same addresses. The work is cut by items into a number of parts that depends on the shapes alone.
  ///
  /// - Parameters:
  ///   - input: what was convolved.
  ///   - weight: in PyTorch's layout.
  ///   - dz: gradient of the sums.
  ///   - dinput: nil where nobody wants it.
  ///   - dweight: flat, in PyTorch's layout.
  func convolutionGradient(
    _ input: Tensor, _ weights: PackedConvolution, weight: [Float], dz: Tensor, intoInput dinput: Tensor?,
    intoWeight dweight: Tensor
  ) {
    if dz.count == 0 { return }
    switch weights.method {
    case .winograd: tiledGradient(input, weights, weight: weight, dz: dz, dinput: dinput, dweight: dweight)
    case .gathered: gatheredGradient(input, weights, weight: weight, dz: dz, dinput: dinput, dweight: dweight)
    }
  }

  private func tiledGradient(
    _ input: Tensor, _ weights: PackedConvolution, weight: [Float], dz: Tensor, dinput: Tensor?, dweight: Tensor
  ) {
    let geometry = weights.geometry
    guard let taps = geometry.phaseTaps else { preconditionFailure("Winograd needs phases of at most three taps") }
    let transposes = dinput == nil ? nil : transposedWeights(weights, weight: weight, taps: taps)
    var job = ck_winograd_gradient()
    job.kernels = table
    job.gradients = gradientTable
    job.input = input.surface
    job.dz = dz.surface
    job.dinput = dinput?.surface ?? ck_surface()
    job.input_height = Int32(input.h)
    job.input_width = Int32(input.w)
    job.channels = Int32(input.c)
    job.reflect = geometry.edges == .reflection ? 1 : 0
    job.input_phases = Int32(geometry.isTransposed ? 1 : geometry.stride)
    job.output_phases = Int32(geometry.isTransposed ? geometry.stride : 1)
    job.grid_height = Int32(geometry.isTransposed ? input.h : dz.h)
    job.grid_width = Int32(geometry.isTransposed ? input.w : dz.w)
    job.outputs = Int32(geometry.outputs)
    job.tiles_down = (job.grid_height + 3) / 4
    job.tiles_across = (job.grid_width + 3) / 4
    job.items = Int32(input.n)
    job.padded_channels = Int32(weights.paddedInputs)
    job.padded_outputs = Int32(weights.paddedOutputs)
    job.weights = transposes.map { UnsafePointer($0.pointer) }
    job.zeros = UnsafePointer(weights.zeros.pointer)
    let tiles = Int(job.tiles_down * job.tiles_across)
    let parts = max(1, min(input.n, max(2, input.n * tiles / 256), 16))
    job.parts = Int32(parts)
    let phases = geometry.stride * geometry.stride
    let width =
      2 * weights.paddedInputs * Int(job.input_phases * job.input_phases)
      + weights.paddedOutputs * Int(job.output_phases * job.output_phases)
    let fitting = max(56, Engine.gradientScratch / (36 * width) / 14 * 14)
    job.block_tiles = Int32(min(fitting, (input.n + parts - 1) / parts * tiles))
    let matrix = weights.paddedInputs * weights.paddedOutputs
    let sums = tensor(n: parts, h: 36, w: phases, c: matrix)
    job.sums = sums.pointer
    weights.active.withUnsafeBufferPointer { active in
      job.active = active.baseAddress
      run(
        { ck_winograd_gradient_part($0, $1, $2) }, count: parts, scratch: Int(ck_winograd_gradient_scratch(&job)),
        context: &job, attach: { $0.scratch = $1 })
    }
    taps.flatMap { $0 }.map { Int32($0) }.withUnsafeBufferPointer { taps in
      let area = geometry.kernel * geometry.kernel
      var job = ck_kernel_gradient()
      job.gradients = gradientTable
      job.sums = UnsafePointer(sums.pointer)
      job.parts = Int32(parts)
      job.kernel = Int32(geometry.kernel)
      job.phases = Int32(geometry.stride)
      job.channels = Int32(geometry.inputs)
      job.outputs = Int32(geometry.outputs)
      job.padded_channels = Int32(weights.paddedInputs)
      job.padded_outputs = Int32(weights.paddedOutputs)
      job.channel_stride = geometry.isTransposed ? geometry.outputs * area : area
      job.output_stride = geometry.isTransposed ? area : geometry.inputs * area
      job.taps = taps.baseAddress
      job.weight = dweight.pointer
      run(
        { ck_kernel_gradient_channel($0, $1, $2) }, count: geometry.inputs, scratch: 0, context: &job,
        attach: { _, _ in })
    }
  }

  /// Values of scratch that one part's tiles may take: what the second-level cache and a share of the third hold.
  private static let gradientScratch = 512 * 1024

  /// The transformed kernels with inputs and outputs exchanged, in panels.
  private func transposedWeights(_ weights: PackedConvolution, weight: [Float], taps: [[Int]]) -> Tensor {
    let geometry = weights.geometry
    let phases = geometry.stride
    let area = geometry.kernel * geometry.kernel
    let packed = tensor(n: 1, h: 36, w: phases * phases, c: weights.paddedInputs * weights.paddedOutputs)
    if geometry.outputs != weights.paddedOutputs { fillWithZeros(packed) }
    let panel = table.pointee.panel_width
    let flat = taps.flatMap { $0 }.map { Int32($0) }
    let kernels = Kernels(gradientTable)
    let ranges = (geometry.outputs + 15) / 16
    concurrently(phases * phases * ranges) { index in
      let phase = index / ranges
      let first = index % ranges * 16
      flat.withUnsafeBufferPointer { flat in
        weight.withUnsafeBufferPointer { weight in
          guard let values = weight.baseAddress else { return }
          var layout = ck_kernel_layout(
            kernel: Int32(geometry.kernel), phases: Int32(phases),
            channels: Int32(geometry.outputs), outputs: Int32(geometry.inputs),
            padded_channels: Int32(weights.paddedOutputs), padded_outputs: Int32(weights.paddedInputs),
            panel_width: panel,
            channel_stride: geometry.isTransposed ? area : geometry.inputs * area,
            output_stride: geometry.isTransposed ? geometry.outputs * area : area, taps: flat.baseAddress)
          ck_gradient_pack(
            kernels.table, &layout, values, packed.pointer, Int32(phase / phases), Int32(phase % phases), Int32(first),
            Int32(min(first + 16, geometry.outputs)))
        }
      }
    }
    return packed
  }

  private func gatheredGradient(
    _ input: Tensor, _ weights: PackedConvolution, weight: [Float], dz: Tensor, dinput: Tensor?, dweight: Tensor
  ) {
    let geometry = weights.geometry
    for part in weights.parts {
      let indices = part.weightIndices(geometry)
      var matrix = [Float](repeating: 0, count: part.depth * geometry.outputs)
      var job = ck_gathered_gradient()
      job.kernels = table
      job.gradients = gradientTable
      job.input = input.surface
      job.dz = dz.surface
      job.dinput = dinput?.surface ?? ck_surface()
      job.input_height = Int32(input.h)
      job.input_width = Int32(input.w)
      job.channels = Int32(input.c)
      job.reflect = geometry.edges == .reflection ? 1 : 0
      job.in_step = Int32(geometry.isTransposed ? 1 : geometry.stride)
      job.out_step = Int32(geometry.isTransposed ? geometry.stride : 1)
      job.out_y = Int32(part.phaseY)
      job.out_x = Int32(part.phaseX)
      job.grid_height = Int32(geometry.isTransposed ? input.h : dz.h)
      job.grid_width = Int32(geometry.isTransposed ? input.w : dz.w)
      job.items = Int32(input.n)
      job.outputs = Int32(geometry.outputs)
      job.taps = Int32(part.offsets.count / 2)
      job.padded_depth = Int32(part.paddedDepth)
      job.padded_outputs = Int32(weights.paddedOutputs)
      let pixels = Int(job.grid_height * job.grid_width)
      let parts = max(1, min(input.n, input.n * pixels / 256, 16))
      job.parts = Int32(parts)
      let fitting = max(14, 128 * 1024 / (2 * part.paddedDepth + weights.paddedOutputs) / 14 * 14)
      job.block_pixels = Int32(min(fitting, (input.n + parts - 1) / parts * pixels))
      let sums = tensor(n: parts, h: 1, w: part.paddedDepth, c: weights.paddedOutputs)
      job.sums = sums.pointer
      let packed = PackedValues(count: dinput == nil ? 0 : part.paddedDepth * weights.paddedOutputs)
      if dinput != nil {
        for o in 0..<geometry.outputs {
          for d in 0..<part.depth { matrix[o * part.depth + d] = weight[indices[d * geometry.outputs + o]] }
        }
        ck_pack_panels(
          matrix, Int32(geometry.outputs), Int32(part.depth), Int32(weights.paddedOutputs), Int32(part.paddedDepth),
          table.pointee.panel_width, packed.pointer)
        job.weights = UnsafePointer(packed.pointer)
      }
      part.offsets.withUnsafeBufferPointer { offsets in
        job.tap_offsets = offsets.baseAddress
        run(
          { ck_gathered_gradient_part($0, $1, $2) }, count: parts,
          scratch: Int(ck_gathered_gradient_scratch(&job)), context: &job, attach: { $0.scratch = $1 })
      }
      for d in 0..<part.depth {
        for o in 0..<geometry.outputs {
          var sum: Float = 0
          for p in 0..<parts { sum += sums.pointer[(p * part.paddedDepth + d) * weights.paddedOutputs + o] }
          dweight.pointer[indices[d * geometry.outputs + o]] += sum
        }
      }
    }
  }
}

extension PackedConvolution.Part {
  /// Where in the weight, in PyTorch's layout, each value of the part's matrix `[depth × outputs]` lies.
  fileprivate func weightIndices(_ geometry: ConvolutionGeometry) -> [Int] {
    let k = geometry.kernel
    var indices = [Int](repeating: 0, count: depth * geometry.outputs)
    for t in 0..<offsets.count / 2 {
      let (dy, dx) = (Int(offsets[2 * t]), Int(offsets[2 * t + 1]))
      let y = geometry.isTransposed ? phaseY + geometry.padding - dy * geometry.stride : dy + geometry.padding
      let x = geometry.isTransposed ? phaseX + geometry.padding - dx * geometry.stride : dx + geometry.padding
      for i in 0..<geometry.inputs {
        for o in 0..<geometry.outputs {
          let pair = geometry.isTransposed ? i * geometry.outputs + o : o * geometry.inputs + i
          indices[(t * geometry.inputs + i) * geometry.outputs + o] = (pair * k + y) * k + x
        }
      }
    }
    return indices
  }
}
