import COpenBLAS
import Tensors
import Testing

/// Whose kernels OpenBLAS runs. What a user's OPENBLAS_CORETYPE does is tested on the tool, whose environment can be set.
@Suite struct OpenBLASCoreTests {
  private func better(than core: String, avx2: Int32, avx512: Int32) -> String? {
    cob_better_core(core, avx2, avx512).map { String(cString: $0) }
  }

  @Test func narrowKernelsGiveWayToWiderOnesThatTheProcessorHas() {
    #expect(better(than: "Haswell", avx2: 1, avx512: 1) == "SkylakeX")
    #expect(better(than: "Zen", avx2: 1, avx512: 1) == "SkylakeX")
    #expect(better(than: "Prescott", avx2: 1, avx512: 1) == "SkylakeX")
    #expect(better(than: "Sandybridge", avx2: 1, avx512: 0) == "Haswell")
    #expect(better(than: "PRESCOTT", avx2: 1, avx512: 0) == "Haswell")
  }

  @Test func aFittingChoiceIsLeftAlone() {
    #expect(better(than: "Haswell", avx2: 1, avx512: 0) == nil)
    #expect(better(than: "Zen", avx2: 1, avx512: 0) == nil)
    #expect(better(than: "Prescott", avx2: 0, avx512: 0) == nil)
    #expect(better(than: "Cooperlake", avx2: 1, avx512: 1) == nil)
    #expect(better(than: "SapphireRapids", avx2: 1, avx512: 1) == nil)
    #expect(better(than: "NEOVERSEN1", avx2: 0, avx512: 0) == nil)
  }

  /// After an engine is made, what runs is no narrower than this machine.
  @Test func thisMachineRunsWhatItCan() throws {
    let information = try Engine(threads: 1).information
    let set = KernelSet.best
    #expect(
      better(than: information.openBLASCore, avx2: set == .portable ? 0 : 1, avx512: set == .avx512 ? 1 : 0) == nil
        || information.openBLASCoreFrom == .environment || information.openBLASCoreFrom == .environmentRefused)
  }
}
