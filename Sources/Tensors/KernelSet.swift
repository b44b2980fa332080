import CKernels

/// The instruction sets the engine has kernels for. Results are identical, bit for bit, within one set, and agree to rounding between sets.
public enum KernelSet: String, Sendable, CaseIterable {
  /// Plain C, for any processor.
  case portable
  /// 256 bits wide, with fused multiply-add.
  case avx2
  /// 512 bits wide.
  case avx512

  package var index: Int32 {
    switch self {
    case .portable: 0
    case .avx2: 1
    case .avx512: 2
    }
  }

  /// The kernels, or nil where this machine cannot run them.
  package var table: UnsafePointer<ck_kernels>? { ck_kernels_named(index) }

  /// Whether this machine can run the set.
  public var isAvailable: Bool { table != nil }

  /// The widest set that this machine can run.
  public static var best: KernelSet { allCases.last(where: \.isAvailable) ?? .portable }
}
