import COpenBLAS

/// Which kernels run, for logs, sidecars and benchmarks.
public struct EngineInformation: Sendable, Codable, Equatable {
  /// Who decided which CPU's kernels OpenBLAS runs.
  public enum CoreOrigin: String, Sendable, Codable {
    /// OpenBLAS itself, which knows this CPU.
    case ownChoice
    /// The engine: OpenBLAS' own choice was poorer than the CPU.
    case corrected
    /// The user, by OPENBLAS_CORETYPE.
    case environment
    /// OpenBLAS itself: it does not have what OPENBLAS_CORETYPE asks for.
    case environmentRefused
  }

  /// The engine's own kernels: portable, avx2 or avx512.
  public let kernels: String
  /// Who computes the products: packed (the kernels' own) or openBLAS.
  public let products: String
  /// Threads that compute.
  public let threads: Int
  /// OpenBLAS' own description of its build.
  public let openBLAS: String
  /// The CPU type whose kernels OpenBLAS uses.
  public let openBLASCore: String
  /// Who chose OpenBLAS' kernels: the library, this engine, or `OPENBLAS_CORETYPE`.
  public let openBLASCoreFrom: CoreOrigin
  /// What OPENBLAS_CORETYPE asked for.
  public let openBLASCoreAsked: String?

  /// The core and who decided on it, in words.
  public var coreSentence: String {
    switch openBLASCoreFrom {
    case .ownChoice: "\(openBLASCore), its own choice"
    case .corrected: "\(openBLASCore), chosen by the engine because OpenBLAS does not know this CPU"
    case .environment: "\(openBLASCore), as OPENBLAS_CORETYPE asks"
    case .environmentRefused:
      "\(openBLASCore), its own choice: OPENBLAS_CORETYPE asks for \(openBLASCoreAsked ?? ""), which it cannot run"
    }
  }
}

extension Engine {
  /// What this engine computes with, for records and people.
  public var information: EngineInformation {
    let origin: EngineInformation.CoreOrigin =
      switch cob_prepare() {
      case COB_CORRECTED: .corrected
      case COB_WISH: .environment
      case COB_WISH_REFUSED: .environmentRefused
      default: .ownChoice
      }
    let asked = String(cString: cob_wish())
    return EngineInformation(
      kernels: kernels.rawValue, products: products.rawValue, threads: threads,
      openBLAS: String(cString: cob_configuration()), openBLASCore: String(cString: cob_core_name()),
      openBLASCoreFrom: origin, openBLASCoreAsked: asked.isEmpty ? nil : asked)
  }
}
