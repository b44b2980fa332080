import CKernels

extension Engine {
  /// mish(x), value by value.
  public func mish(_ x: Tensor) -> Tensor {
    let out = tensor(n: x.n, h: x.h, w: x.w, c: x.c)
    if x.isContiguous {
      table.pointee.mish(x.pointer, out.pointer, x.count)
    } else {
      for p in 0..<x.pixels { table.pointee.mish(x.pointer + p * x.pixelStride, out.pointer + p * x.c, x.c) }
    }
    return out
  }

  /// Each pixel repeated `factor` times both ways.
  public func enlargedByNearest(_ x: Tensor, factor: Int) -> Tensor {
    let out = tensor(n: x.n, h: x.h * factor, w: x.w * factor, c: x.c)
    concurrently(x.n * x.h) { line in
      for row in 0..<factor {
        for column in 0..<out.w {
          let to = out.pointer + ((line * factor + row) * out.w + column) * x.c
          to.update(from: x.pointer + (line * x.w + column / factor) * x.pixelStride, count: x.c)
        }
      }
    }
    return out
  }

  /// scale · clamp(x, lower, upper) + offset, value by value.
  public func clamped(_ x: Tensor, to range: ClosedRange<Float>, scale: Float = 1, offset: Float = 0) -> Tensor {
    let out = tensor(n: x.n, h: x.h, w: x.w, c: x.c)
    for p in 0..<x.pixels {
      for c in 0..<x.c {
        let value = x.pointer[p * x.pixelStride + c]
        out.pointer[p * x.c + c] = scale * min(max(value, range.lowerBound), range.upperBound) + offset
      }
    }
    return out
  }

  /// scale · x + offset, value by value.
  public func scaled(_ x: Tensor, by scale: Float, plus offset: Float) -> Tensor {
    clamped(x, to: -.infinity ... .infinity, scale: scale, offset: offset)
  }
}
