import CKernels
import COpenBLAS

extension Engine {
  /// Computes a convolution with everything that follows it.
  ///
  /// - Parameters:
  ///   - input: `[n, h, w, geometry.inputs]`, possibly a range of channels of a wider tensor.
  ///   - weights: packed for this engine.
  ///   - destination: where the result goes, possibly a range of channels of a wider tensor; it must not overlap `input`. Nil for fresh memory.
  ///   - preactivation: where z goes, if it is wanted.
  /// - Returns: the result, `[n, geometry.outputSide(h), geometry.outputSide(w), geometry.outputs]`.
  @discardableResult
  public func convolve(
    _ input: Tensor, _ weights: PackedConvolution, _ epilogue: Epilogue = Epilogue(), into destination: Tensor? = nil,
    preactivation: Tensor? = nil
  ) -> Tensor {
    let geometry = weights.geometry
    precondition(input.c == geometry.inputs, "\(input.c) channels enter a convolution of \(geometry.inputs)")
    if geometry.edges == .reflection {
      precondition(min(input.h, input.w) > geometry.padding, "\(input.h)×\(input.w) pixels cannot be mirrored")
    }
    let h = geometry.outputSide(input.h)
    let w = geometry.outputSide(input.w)
    let out = destination ?? tensor(n: input.n, h: h, w: w, c: geometry.outputs)
    precondition(
      out.shape == [input.n, h, w, geometry.outputs], "a result is [\(input.n), \(h), \(w), \(geometry.outputs)]")
    if out.count == 0 { return out }
    epilogue.withKernelForm(
      bias: weights.bias.map { UnsafePointer($0.pointer) }, out: out, preactivation: preactivation
    ) {
      switch weights.method {
      case .winograd: convolveTiles(input, weights, $0, out: out)
      case .gathered: convolveGathered(input, weights, $0, out: out)
      }
    }
    return out
  }

  private var productFunction: ck_product_fn {
    products == .packed ? table.pointee.product : openBLASProduct
  }

  private func convolveTiles(_ input: Tensor, _ weights: PackedConvolution, _ epilogue: ck_epilogue, out: Tensor) {
    guard let packed = weights.winograd else { return }
    let geometry = weights.geometry
    var job = ck_winograd()
    job.kernels = table
    job.product = productFunction
    job.plain_products = products == .packed ? 0 : 1
    job.input = input.surface
    job.input_height = Int32(input.h)
    job.input_width = Int32(input.w)
    job.channels = Int32(input.c)
    job.reflect = geometry.edges == .reflection ? 1 : 0
    job.input_phases = Int32(geometry.isTransposed ? 1 : geometry.stride)
    job.output_phases = Int32(geometry.isTransposed ? geometry.stride : 1)
    job.grid_height = Int32(geometry.isTransposed ? input.h : out.h)
    job.grid_width = Int32(geometry.isTransposed ? input.w : out.w)
    job.input_points = weights.usesInfinity ? 6 : 5
    job.outputs = Int32(geometry.outputs)
    job.tiles_down = (job.grid_height + 3) / 4
    job.tiles_across = (job.grid_width + 3) / 4
    job.items = Int32(input.n)
    job.padded_channels = Int32(weights.paddedInputs)
    job.padded_outputs = Int32(weights.paddedOutputs)
    job.weights = UnsafePointer(packed.pointer)
    job.zeros = UnsafePointer(weights.zeros.pointer)
    job.epilogue = epilogue
    let blocking = TileBlocking(
      tiles: Int(job.tiles_down * job.tiles_across), items: input.n,
      depth: weights.paddedInputs * Int(job.input_phases * job.input_phases), outputs: weights.paddedOutputs,
      engine: self)
    job.block_tiles = Int32(blocking.tiles)
    job.block_per_item = products == .packed ? 0 : 1
    job.chunk = Int32(blocking.chunk)
    weights.active.withUnsafeBufferPointer { active in
      job.active = active.baseAddress
      job.reversed = turn()
      run(
        { ck_winograd_block($0, $1, $2) }, count: Int(ck_winograd_blocks(&job)),
        scratch: Int(ck_winograd_scratch(&job)),
        context: &job, attach: { $0.scratch = $1 })
    }
  }

  private func convolveGathered(_ input: Tensor, _ weights: PackedConvolution, _ epilogue: ck_epilogue, out: Tensor) {
    let geometry = weights.geometry
    for part in weights.parts {
      var job = ck_gathered()
      job.kernels = table
      job.product = productFunction
      job.plain_products = products == .packed ? 0 : 1
      job.input = input.surface
      job.input_height = Int32(input.h)
      job.input_width = Int32(input.w)
      job.channels = Int32(input.c)
      job.reflect = geometry.edges == .reflection ? 1 : 0
      job.in_step = Int32(geometry.isTransposed ? 1 : geometry.stride)
      job.out_step = Int32(geometry.isTransposed ? geometry.stride : 1)
      job.out_y = Int32(part.phaseY)
      job.out_x = Int32(part.phaseX)
      job.grid_height = Int32(geometry.isTransposed ? input.h : out.h)
      job.grid_width = Int32(geometry.isTransposed ? input.w : out.w)
      job.items = Int32(input.n)
      job.outputs = Int32(geometry.outputs)
      job.taps = Int32(part.offsets.count / 2)
      job.block_pixels = Int32(gatheredBlock(pixels: Int(job.grid_height * job.grid_width), depth: part.paddedDepth))
      job.block_per_item = products == .packed ? 0 : 1
      job.padded_depth = Int32(part.paddedDepth)
      job.padded_outputs = Int32(weights.paddedOutputs)
      job.weights = UnsafePointer(part.weights.pointer)
      job.epilogue = epilogue
      part.offsets.withUnsafeBufferPointer { offsets in
        job.tap_offsets = offsets.baseAddress
        job.reversed = turn()
        run(
          { ck_gathered_block($0, $1, $2) }, count: Int(ck_gathered_blocks(&job)),
          scratch: Int(ck_gathered_scratch(&job)), context: &job, attach: { $0.scratch = $1 })
      }
    }
  }

  /// Pixels per block: what fits the second-level cache beside the weights, never depending on the number of threads for library products.
  private func gatheredBlock(pixels: Int, depth: Int) -> Int {
    let rows = Int(table.pointee.product_rows)
    let fitting = max(1, min(168, 48 * 1024 / depth) / rows) * rows
    return products == .packed ? fitting : min(fitting, max(1, pixels))
  }
}

/// How many tiles and columns one block of a Winograd convolution takes.
struct TileBlocking {
  let tiles: Int
  let chunk: Int

  /// Library products keep one shape whatever the batch and the threads, so that every tile meets the same arithmetic; packed products treat all
  /// rows alike, so their blocks may follow the threads.
  init(tiles total: Int, items: Int, depth: Int, outputs: Int, engine: Engine) {
    let chunk = min(outputs, 64)
    // 36 planes of V (depth) and M (chunk).
    let tileBytes = 36 * 4 * (depth + chunk)
    guard engine.products == .packed else {
      self.tiles = min(max(16, Self.cacheBytes / tileBytes / 8 * 8), total)
      self.chunk = outputs
      return
    }
    let rows = Int(engine.table.pointee.product_rows)
    let most = Self.cheapest(tileBytes: tileBytes, weightBytes: 36 * 4 * depth * outputs, rows: rows)
    let everything = total * items
    let blocks = (everything + most - 1) / most
    let even = (blocks + engine.threads - 1) / engine.threads * engine.threads
    self.tiles = max(1, min(most, (everything + even - 1) / even))
    self.chunk = chunk
  }

  /// What a block's planes may take: beside the weights in use they stay in a second-level cache of 512 KiB or more.
  private static let cacheBytes = 400 * 1024

  /// Every block reads all weights once, which its tiles share; but planes that leave the second-level cache are written and read again against the
  /// grain: a byte of them counts as 16 of weights, which puts the least cost where it was measured (`Docs/Performance.md`): few tiles while
  /// the weights are small, many where they are megabytes.
  private static func cheapest(tileBytes: Int, weightBytes: Int, rows: Int) -> Int {
    func cost(_ tiles: Int) -> Double {
      let beyond = max(0, tiles * tileBytes - cacheBytes)
      return (Double(weightBytes) + 16 * Double(beyond)) / Double(tiles)
    }
    return stride(from: rows, through: max(rows, 64 / rows * rows), by: rows).min { cost($0) < cost($1) } ?? rows
  }
}

private let openBLASProduct: @convention(c) (UnsafePointer<ck_product>?) -> Void = { product in
  guard let p = product?.pointee else { return }
  cob_multiply(
    0, 0, p.m, p.n, p.k, 1, p.a, Int32(p.row_stride), p.b, Int32(p.ldb), p.accumulate != 0 ? 1 : 0, p.c, Int32(p.ldc))
}
