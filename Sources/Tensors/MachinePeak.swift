import CKernels
import Foundation

/// What this machine can do with this engine's kernels and threads, measured.
public struct MachinePeak: Sendable, Codable {
  /// Floating-point operations per second of multiply-adds on registers alone, all threads together.
  public let operationsPerSecond: Double
  /// Bytes per second of a large copy (read and written bytes both counted), all threads together.
  public let bytesPerSecond: Double
}

extension Engine {
  /// Measures the machine for about `seconds`, half of it arithmetic, half of it memory; the best of several rounds counts.
  public func measuredPeak(seconds: Double = 0.6) -> MachinePeak {
    let rounds: Int64 = 400_000
    // 12 sums of a vector's width, multiplied and added.
    let width = kernels == .avx512 ? 16.0 : kernels == .avx2 ? 8.0 : 4.0
    let operations = Double(rounds) * 12 * width * 2 * Double(threads)
    let arithmetic = rate(of: operations, for: seconds / 2) { piece in
      var sink: Float = 0
      _ = table.pointee.peak(rounds, &sink)
    }
    let count = 1 << 24
    let from = Tensor(n: 1, h: 1, w: 1, c: count)
    let to = Tensor(n: 1, h: 1, w: 1, c: count)
    from.fill(1)
    to.fill(0)
    let part = count / threads
    let memory = rate(of: Double(part * threads * 8), for: seconds / 2) { piece in
      (to.pointer + piece * part).update(from: from.pointer + piece * part, count: part)
    }
    return MachinePeak(operationsPerSecond: arithmetic, bytesPerSecond: memory)
  }

  private func rate(of amount: Double, for seconds: Double, _ body: @Sendable (Int) -> Void) -> Double {
    let end = DispatchTime.now().uptimeNanoseconds + UInt64(max(0, seconds) * 1e9)
    var best = 0.0
    repeat {
      let start = DispatchTime.now().uptimeNanoseconds
      concurrently(threads, body)
      let elapsed = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
      best = max(best, amount / max(elapsed, 1e-9))
    } while DispatchTime.now().uptimeNanoseconds < end
    return best
  }
}
