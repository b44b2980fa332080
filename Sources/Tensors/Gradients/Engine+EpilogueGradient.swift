import CKernels

extension Engine {
  /// Hands the gradient of a convolution's result back through its epilogue, to the residuals, the shift and the bias.
  ///
  /// - Parameter saved: z, or whatever has its sign; nil for a linear epilogue.
  /// - Returns: the gradient of z.
  func epilogueGradient(_ epilogue: Epilogue, out: Tensor, saved: Tensor?, bias: GradientKey, tape: GradientTape)
    -> Tensor
  {
    let dout = tape.gradient(of: out)
    func wanted(_ residual: Epilogue.Residual?) -> Tensor? {
      residual.flatMap { tape.isTracked($0.tensor) ? tape.gradient(of: $0.tensor) : nil }
    }
    let isIdentity = epilogue.activation == .linear && epilogue.scale == 1
    let dz = isIdentity ? dout : tensor(n: out.n, h: out.h, w: out.w, c: out.c)
    // Per item, so that the order of the sums does not depend on the threads.
    let sums = tensor(n: out.n, h: 2, w: 1, c: out.c)
    var plan = EpiloguePlan(
      kernels: Kernels(gradientTable), dout: dout, saved: saved, dz: isIdentity ? nil : dz, sums: sums,
      first: wanted(epilogue.residual), second: wanted(epilogue.secondResidual), epilogue: epilogue)
    if plan.second != nil, epilogue.secondResidual?.items != nil {
      // Several items may share a residual: one after the other.
      for item in 0..<out.n { plan.run(item) }
    } else {
      let plan = plan
      concurrently(out.n) { plan.run($0) }
    }
    plan.second = nil
    let dbias = tape.gradient(of: bias, count: out.c)
    for item in 0..<out.n {
      gradientTable.pointee.add(sums.pointer + item * 2 * out.c, 1, dbias.pointer, out.c)
    }
    if let shift = epilogue.shift, tape.isTracked(shift) {
      let dshift = tape.gradient(of: shift)
      for item in 0..<out.n {
        gradientTable.pointee.add(
          sums.pointer + (item * 2 + 1) * out.c, 1, dshift.pointer + item * dshift.pixelStride, out.c)
      }
    }
    return dz
  }
}

/// One epilogue's way back, item by item.
private struct EpiloguePlan: Sendable {
  let kernels: Kernels
  let dout: Tensor
  let saved: Tensor?
  let dz: Tensor?
  let sums: Tensor
  let first: Tensor?
  var second: Tensor?
  let epilogue: Epilogue

  func run(_ item: Int) {
    let pixels = dout.h * dout.w
    func start(_ tensor: Tensor?, item: Int) -> UnsafeMutablePointer<Float>? {
      tensor.map { $0.pointer + item * $0.h * $0.w * $0.pixelStride }
    }
    var job = ck_epilogue_gradient()
    job.pixels = pixels
    job.channels = Int32(dout.c)
    job.scale = epilogue.scale
    switch epilogue.activation {
    case .linear: job.activation = Int32(CK_LINEAR)
    case .mish: job.activation = Int32(CK_MISH)
    case .leaky(let slope):
      job.activation = Int32(CK_LEAKY)
      job.slope = slope
    }
    job.weight1 = epilogue.residual?.weight ?? 0
    job.weight2 = epilogue.secondResidual?.weight ?? 0
    job.dout = UnsafePointer(start(dout, item: item))
    job.dout_pixel = dout.pixelStride
    job.saved = UnsafePointer(start(saved, item: item))
    job.saved_pixel = saved?.pixelStride ?? 0
    job.dz = start(dz, item: item)
    job.dz_pixel = dz?.pixelStride ?? 0
    job.dr1 = start(first, item: item)
    job.dr1_pixel = first?.pixelStride ?? 0
    job.dr2 = start(second, item: epilogue.secondResidual?.items?[item] ?? item)
    job.dr2_pixel = second?.pixelStride ?? 0
    job.dz_sums = sums.pointer + item * 2 * dout.c
    job.dout_sums = sums.pointer + (item * 2 + 1) * dout.c
    kernels.table.pointee.epilogue(&job)
  }
}
