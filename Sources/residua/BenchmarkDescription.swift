import Foundation
import SuperResolution

/// What `benchmark` says to people.
struct BenchmarkDescription {
  let text: String

  init(_ benchmark: UpscaleBenchmark) {
    let network = benchmark.network
    let information = network.information
    let tiles = benchmark.tiles == 1 ? "" : ", in \(benchmark.tiles) tiles of \(network.height)×\(network.width)"
    let effective = network.stepGigaflop / network.stepMilliseconds * 1e3
    var lines = [
      "\(benchmark.model), \(benchmark.size)×\(benchmark.size) output pixels\(tiles)",
      "  kernels       \(information.kernels), products \(Self.products(information.products)), "
        + "\(information.threads) thread\(information.threads == 1 ? "" : "s")",
      "  OpenBLAS      \(Self.version(information.openBLAS)), kernels for \(information.coreSentence)",
      "  machine       \(Self.number(network.peak.operationsPerSecond / 1e9)) GFLOP/s, "
        + "\(Self.number(network.peak.bytesPerSecond / 1e9)) GB/s copying (measured)",
      "  encoding      \(Self.number(network.encodeMilliseconds)) ms per \(benchmark.tiles == 1 ? "slice" : "tile")",
      "  step          \(Self.number(network.stepMilliseconds)) ms, one item of \(Self.number(network.stepGigaflop)) GFLOP: "
        + "\(Self.number(effective)) GFLOP/s, \(Self.percent(network.stepShareOfPeak)) of the peak",
      "  sampler step  \(Self.number(benchmark.batchStepMilliseconds)) ms for \(benchmark.batch) together, "
        + "\(Self.number(benchmark.batchStepMilliseconds / Double(benchmark.batch))) ms each",
      "  slice         \(Self.number(benchmark.sliceSeconds)) s for \(benchmark.samples) samples × \(benchmark.steps) steps "
        + "(\(benchmark.sampler)), reckoned from these times",
      "  memory        \(Self.number(Double(benchmark.peakMemory) / 1e6)) MB at most", "",
      Self.row(["one step, by layer kind", "calls", "ms", "GFLOP/s", "of peak", "least ms", "bound"]),
    ]
    lines += network.layers.map { layer in
      Self.row([
        layer.kind, "\(layer.calls)", Self.number(layer.milliseconds), Self.number(layer.effectiveGigaflops),
        Self.percent(layer.shareOfPeak), Self.number(max(layer.arithmeticBound, layer.memoryBound)),
        layer.bound.rawValue,
      ])
    }
    if benchmark.processorShare < 0.9 {
      lines += [
        "",
        "  This process had \(Self.percent(benchmark.processorShare)) of its threads' time: other work took turns, and all times are too long.",
      ]
    }
    text = lines.joined(separator: "\n")
  }

  private static func products(_ name: String) -> String { name == "packed" ? "our own" : "OpenBLAS'" }

  /// The first two words of OpenBLAS' description are its name and version.
  private static func version(_ description: String) -> String {
    description.split(separator: " ").dropFirst().first.map(String.init) ?? description
  }

  private static func row(_ cells: [String]) -> String {
    let first = cells[0].padding(toLength: 26, withPad: " ", startingAt: 0)
    return "  " + first
      + cells.dropFirst().map { String(repeating: " ", count: max(1, 12 - $0.count)) + $0 }.joined()
  }

  /// Three significant digits.
  private static func number(_ value: Double) -> String {
    guard value.isFinite, value > 0 else { return "0" }
    let digits = max(0, 2 - Int(log10(value).rounded(.down)))
    return String(format: "%.\(digits)f", value)
  }

  private static func percent(_ share: Double) -> String { "\(number(share * 100)) %" }
}
