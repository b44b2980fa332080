import COpenBLAS

/// Which kernels run, for logs, sidecars and benchmarks.
public struct EngineInformation: Sendable, Codable, Equatable {
  /// The engine's own kernels: portable, avx2 or avx512.
  public let kernels: String
  /// Who computes the products: packed (the kernels' own) or openBLAS.
  public let products: String
  public let threads: Int
  /// OpenBLAS' own description of its build.
  public let openBLAS: String
  /// The CPU type whose kernels OpenBLAS uses.
  public let openBLASCore: String
  /// Whether OpenBLAS was made to choose again because its own choice was poorer than the CPU.
  public let openBLASCoreWasCorrected: Bool
}

extension Engine {
  public var information: EngineInformation {
    let corrected = cob_prepare() != 0
    return EngineInformation(
      kernels: kernels.rawValue, products: products.rawValue, threads: threads,
      openBLAS: String(cString: cob_configuration()), openBLASCore: String(cString: cob_core_name()),
      openBLASCoreWasCorrected: corrected)
  }
}
