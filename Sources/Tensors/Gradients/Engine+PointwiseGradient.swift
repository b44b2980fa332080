import CKernels

extension Engine {
  /// The kernels for backward passes. Every set of forward kernels has its counterpart.
  package var gradientTable: UnsafePointer<ck_gradient_kernels> {
    guard let table = ck_gradient_kernels_named(kernels.index) else {
      preconditionFailure("a kernel set that runs has gradient kernels")
    }
    return table
  }

  /// to += weight · from, shapes alike.
  func add(_ from: Tensor, weight: Float = 1, to: Tensor) {
    precondition(from.shape == to.shape, "\(from.shape) is not added to \(to.shape)")
    let kernel = Kernels(gradientTable)
    concurrently(from.n * from.h) { line in
      for p in line * from.w..<(line + 1) * from.w {
        kernel.table.pointee.add(
          from.pointer + p * from.pixelStride, weight, to.pointer + p * to.pixelStride, from.c)
      }
    }
  }

  /// dx += mish'(x) · dout.
  func addMishGradient(_ x: Tensor, dout: Tensor, to dx: Tensor) {
    for p in 0..<x.pixels {
      gradientTable.pointee.mish(
        x.pointer + p * x.pixelStride, dout.pointer + p * dout.pixelStride, dx.pointer + p * dx.pixelStride, x.c)
    }
  }

  /// dx += the sum of dout over the copies of each pixel.
  func addNearestGradient(_ dout: Tensor, factor: Int, to dx: Tensor) {
    let kernel = Kernels(gradientTable)
    concurrently(dx.n * dx.h) { line in
      for row in 0..<factor {
        for column in 0..<dout.w {
          let from = dout.pointer + ((line * factor + row) * dout.w + column) * dout.pixelStride
          kernel.table.pointee.add(from, 1, dx.pointer + (line * dx.w + column / factor) * dx.pixelStride, dx.c)
        }
      }
    }
  }

  /// dx += scale · dout where x lies in the range.
  func addClampGradient(_ x: Tensor, range: ClosedRange<Float>, scale: Float, dout: Tensor, to dx: Tensor) {
    for p in 0..<x.pixels {
      for c in 0..<x.c where range.contains(x.pointer[p * x.pixelStride + c]) {
        dx.pointer[p * dx.pixelStride + c] += scale * dout.pointer[p * dout.pixelStride + c]
      }
    }
  }

  /// The mean of |prediction − target| and its gradient by the prediction, sign(prediction − target) / count.
  public func meanAbsoluteError(_ prediction: Tensor, _ target: Tensor) -> (loss: Double, gradient: Tensor) {
    precondition(prediction.shape == target.shape, "\(prediction.shape) is not compared with \(target.shape)")
    let gradient = tensor(n: prediction.n, h: prediction.h, w: prediction.w, c: prediction.c)
    let share = 1 / Float(max(prediction.count, 1))
    var sum = 0.0
    for p in 0..<prediction.pixels {
      for c in 0..<prediction.c {
        let difference =
          prediction.pointer[p * prediction.pixelStride + c] - target.pointer[p * target.pixelStride + c]
        sum += Double(abs(difference))
        gradient.pointer[p * gradient.pixelStride + c] = difference > 0 ? share : difference < 0 ? -share : 0
      }
    }
    return (sum / Double(max(prediction.count, 1)), gradient)
  }
}

/// A table of kernels on its way into a concurrent body. `@unchecked Sendable`: the table is constant and lives for ever.
struct Kernels: @unchecked Sendable {
  let table: UnsafePointer<ck_gradient_kernels>

  init(_ table: UnsafePointer<ck_gradient_kernels>) { self.table = table }
}
