import ArgumentParser
import Tensors

/// What the network computes with.
struct ComputingOptions: ParsableArguments {
  @Option(help: "Threads to compute with. (default: one per core)")
  var threads: Int?

  @Option(
    help: "Kernels to compute with: portable, avx2 or avx512; same bytes for the same ones. (default: the widest here)")
  var kernels: KernelSet?

  func validate() throws {
    if let threads, threads < 1 || threads > 1024 { throw ValidationError("--threads is 1 to 1024, not \(threads).") }
  }

  var engine: Engine {
    get throws { try Engine(threads: threads, kernels: kernels) }
  }
}

extension KernelSet: ExpressibleByArgument {}
