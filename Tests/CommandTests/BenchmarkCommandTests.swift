import Foundation
import SuperResolution
import Testing

/// The form of what `benchmark` says. How fast anything is, is no test.
@Suite struct BenchmarkCommandTests {
  private static let quick = ["benchmark", "--size", "32", "--repetitions", "1", "--threads", "1"]

  private func benchmark(_ arguments: [String] = [], environment: [String: String] = [:]) throws -> UpscaleBenchmark {
    // Machines are set up with a choice of their own.
    let outcome = try Tool.run(
      Self.quick + ["--json"] + arguments, environment: environment, unset: ["OPENBLAS_CORETYPE"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try JSONDecoder().decode(UpscaleBenchmark.self, from: Data(outcome.output.utf8))
  }

  @Test func jsonHoldsWhatWasMeasured() throws {
    let b = try benchmark(["--samples", "3", "--steps", "4", "--kernels", "portable"])
    #expect(b.model == "default-x2.safetensors" && b.size == 32 && b.tiles == 1)
    #expect(b.samples == 3 && b.steps == 4 && b.batch == 3 && b.sampler == UpscaleSettings().sampler.rawValue)
    #expect(b.network.height == 32 && b.network.width == 32 && b.network.batch == 1)
    #expect(b.network.information.kernels == "portable" && b.network.information.threads == 1)
    #expect(b.peakMemory > 10_000_000 && b.processorShare > 0)
    #expect(b.network.peak.operationsPerSecond > 1e8 && b.network.peak.bytesPerSecond > 1e7)
    // One batch: an encoding and four steps.
    let reckoned = (b.network.encodeMilliseconds + 4 * b.batchStepMilliseconds) / 1e3
    #expect(abs(b.sliceSeconds - reckoned) < 1e-9 * reckoned)
    let kinds = b.network.layers
    #expect(Set(kinds.map(\.kind)).isSuperset(of: ["3×3", "1×1", "3×3, stride 2", "transposed 4×4, stride 2"]))
    #expect(kinds.map(\.milliseconds) == kinds.map(\.milliseconds).sorted(by: >))
    for kind in kinds {
      #expect(kind.calls > 0 && kind.effectiveGigaflops > 0 && kind.shareOfPeak > 0)
      #expect((kind.bound == .arithmetic) == (kind.arithmeticBound >= kind.memoryBound))
    }
    // Each kind's operations, at its own speed, are the step's.
    let sum = kinds.reduce(0) { $0 + $1.effectiveGigaflops * $1.milliseconds / 1e3 }
    #expect(abs(sum - b.network.stepGigaflop) < 1e-6 * sum)
  }

  @Test func largeSlicesGoThroughInTiles() throws {
    let b = try benchmark(["--size", "544", "--samples", "1", "--steps", "1"])
    #expect(b.tiles == 4 && b.network.height == 512)
    #expect(abs(b.sliceSeconds - 4 * (b.network.encodeMilliseconds + b.batchStepMilliseconds) / 1e3) < 1e-6)
  }

  @Test func textHasALineForEverything() throws {
    let outcome = try Tool.run(Self.quick + ["--model", "default-x2"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines.first == "default-x2.safetensors, 32×32 output pixels")
    for name in ["kernels", "OpenBLAS", "machine", "encoding", "step", "sampler step", "slice", "memory", "3×3", "1×1"]
    {
      #expect(lines.contains { $0.hasPrefix("  \(name) ") }, "\(name) in \(outcome.output)")
    }
    // Every line of the table has its seven columns, with two or more blanks between.
    let table = lines.drop { !$0.contains("one step, by layer kind") }.filter { !$0.contains("other work") }
    #expect(table.count > 5)
    for line in table {
      let cells = line.dropFirst(2).replacingOccurrences(of: "  +", with: "\t", options: .regularExpression)
      #expect(cells.split(separator: "\t").count == 7, "\(line)")
    }
  }

  @Test func theUsersChoiceOfOpenBLASKernelsIsHonouredAndSaid() throws {
    let own = try benchmark().network.information
    #expect(own.openBLASCoreFrom == .ownChoice || own.openBLASCoreFrom == .corrected)
    #if arch(x86_64)
      let wished = try benchmark(environment: ["OPENBLAS_CORETYPE": "Sandybridge"]).network.information
      #expect(wished.openBLASCore == "Sandybridge" && wished.openBLASCoreFrom == .environment)
    #endif
    let refused = try benchmark(environment: ["OPENBLAS_CORETYPE": "Abacus"]).network.information
    #expect(refused.openBLASCoreFrom == .environmentRefused && refused.openBLASCoreAsked == "Abacus")
    #expect(refused.openBLASCore != "Abacus")
  }

  @Test(arguments: [
    ["--size", "0"], ["--repetitions", "0"], ["--steps", "0"], ["--samples", "0"], ["--threads", "0"],
    ["--published", "--model", "default-x2"],
  ])
  func impossibleSettingsAreUsageErrors(arguments: [String]) throws {
    let outcome = try Tool.run(["benchmark"] + arguments)
    #expect(outcome.status == 64 && outcome.errors.contains("--"), "\(outcome.errors)")
  }

  @Test func tooManyStepsAndAMissingModelAreSentences() throws {
    let steps = try Tool.run(Self.quick + ["--steps", "101"])
    #expect(steps.status == 1 && steps.errors.contains("101 steps"), "\(steps.errors)")
    let model = try Tool.run(Self.quick + ["--model", "nothing-of-the-kind"])
    #expect(model.status == 1 && model.errors.contains("residua model list"), "\(model.errors)")
  }
}
