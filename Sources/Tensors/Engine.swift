import CKernels
import COpenBLAS
import Foundation

/// What computes: a team of threads, one instruction set's kernels, and recycled memory.
///
/// Results depend on the kernel set and on who computes the products, never on the number of threads. An engine may be used from several threads;
/// its operations take turns.
///
/// `@unchecked Sendable`: the team and the scratch memory are touched only under `lock`; everything else is constant.
public final class Engine: @unchecked Sendable {
  /// Who computes the matrix products inside convolutions.
  public enum Products: String, Sendable {
    /// The kernels' own, on operands packed once.
    case packed
    /// OpenBLAS, on blocks of one fixed, padded shape.
    case openBLAS
  }

  /// What the vector kernels are made for.
  public let kernels: KernelSet
  /// What computes matrix products.
  public let products: Products
  /// Threads that compute, 1 or more; they change no result.
  public let threads: Int
  /// Memory that operations draw their results from.
  public let buffers = BufferPool()

  package let table: UnsafePointer<ck_kernels>
  private let team: OpaquePointer
  private let lock = NSLock()
  private var scratch: [UnsafeMutablePointer<Float>?]
  private var scratchCount = 0
  private var isReversed = false

  /// - Parameters:
  ///   - threads: 1 or more; nil for one per available core.
  ///   - kernels: nil for the widest set this machine can run.
  ///   - products: nil for the faster: packed where there are vector kernels, OpenBLAS beside the portable ones.
  /// - Throws: `EngineError` when the machine cannot run `kernels` or refuses the threads.
  public init(threads: Int? = nil, kernels: KernelSet? = nil, products: Products? = nil) throws {
    let set = kernels ?? .best
    guard let table = set.table else {
      let able = KernelSet.allCases.filter(\.isAvailable).map(\.rawValue).joined(separator: ", ")
      throw EngineError(
        code: .kernelsUnavailable, subject: "kernels \(set.rawValue)",
        reason: "this machine cannot run them. Choose one of: \(able).")
    }
    let count = threads ?? ProcessInfo.processInfo.activeProcessorCount
    guard count >= 1, count <= 4096, let team = ck_team_create(Int32(count)) else {
      throw EngineError(
        code: .threadsRefused, subject: "\(count) threads", reason: "the system refused them. Ask for 1 to 4096.")
    }
    cob_prepare()
    self.kernels = set
    self.table = table
    self.threads = count
    self.products = products ?? (set == .portable ? .openBLAS : .packed)
    self.team = team
    self.scratch = Array(repeating: nil, count: count)
  }

  deinit {
    ck_team_destroy(team)
    scratch.forEach { if let pointer = $0 { BufferPool.free(pointer) } }
  }

  /// A contiguous tensor in recycled memory, values undefined.
  public func tensor(n: Int, h: Int, w: Int, c: Int) -> Tensor {
    Tensor(storage: TensorStorage(count: n * h * w * c, from: buffers), n: n, h: h, w: w, c: c)
  }

  /// Gives back to the system what is idle: recycled tensors and the threads' scratch memory.
  public func releaseBuffers() {
    buffers.release()
    lock.withLock {
      scratch.forEach { if let pointer = $0 { BufferPool.free(pointer) } }
      scratch = Array(repeating: nil, count: threads)
      scratchCount = 0
    }
  }

  /// Whether the next operation walks its tensors backwards (1) or forwards (0), in turn: what the last one wrote last is still in the caches.
  func turn() -> Int32 {
    lock.withLock {
      isReversed.toggle()
      return isReversed ? 1 : 0
    }
  }

  /// Runs `count` numbered pieces on the team. `body` gets scratch memory of `scratchCount` values per worker before the pieces start.
  package func run<Context>(
    _ task: @convention(c) (UnsafeMutableRawPointer?, Int32, Int32) -> Void, count: Int, scratch wanted: Int,
    context: inout Context, attach: (inout Context, UnsafePointer<UnsafeMutablePointer<Float>?>) -> Void
  ) {
    lock.withLock {
      if wanted > scratchCount {
        for worker in 0..<threads {
          if let pointer = scratch[worker] { BufferPool.free(pointer) }
          let pointer = BufferPool.allocate(wanted)
          pointer.initialize(repeating: 0, count: wanted)
          scratch[worker] = pointer
        }
        scratchCount = wanted
      }
      scratch.withUnsafeBufferPointer { pointers in
        guard let base = pointers.baseAddress else { return }
        attach(&context, base)
        withUnsafeMutablePointer(to: &context) { ck_team_run(team, task, $0, Int32(count)) }
      }
    }
  }

  /// Calls `body` for 0 ..< count, shared out over the team.
  public func concurrently(_ count: Int, _ body: @Sendable (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      var context = ConcurrentBody(body: body)
      run(
        { context, index, _ in
          context?.assumingMemoryBound(to: ConcurrentBody.self).pointee.body(Int(index))
        }, count: count, scratch: 0, context: &context, attach: { _, _ in })
    }
  }
}

private struct ConcurrentBody {
  let body: @Sendable (Int) -> Void
}
