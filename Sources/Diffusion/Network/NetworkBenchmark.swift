import Foundation
import Neural
import Tensors

/// How fast a model runs on this machine: time per step and per encoding, and where a step's time goes, layer kind by layer kind.
public struct NetworkBenchmark: Sendable, Codable {
  /// All convolutions of one kind in a step.
  public struct LayerKind: Sendable, Codable {
    /// In words, e.g. `3×3, stride 2`.
    public let kind: String
    /// How often it is run in one step.
    public let calls: Int
    /// All calls of one step together.
    public let milliseconds: Double
    /// What it does in floating-point operations of a direct computation, per second, in units of 10⁹: comparable between programs.
    public let effectiveGigaflops: Double
    /// The products really computed, per second, as a share of the machine's measured peak.
    public let shareOfPeak: Double
    /// The shortest time that the machine's arithmetic allows for these products, in milliseconds.
    public let arithmeticBound: Double
    /// The shortest time that its memory allows, had every value to come from there once, in milliseconds.
    public let memoryBound: Double
    /// Which of the two bounds is the longer.
    public let bound: Bound
  }

  /// What limits a layer on the roofline of this machine.
  public enum Bound: String, Sendable, Codable {
    /// It waits for products.
    case arithmetic
    /// It waits for memory.
    case memory
  }

  /// What it was computed with.
  public let information: EngineInformation
  /// What this machine can do at most, measured beside it.
  public let peak: MachinePeak
  /// Sides of the image in pixels.
  public let height: Int
  /// Output pixels per row.
  public let width: Int
  /// Items that go through together.
  public let batch: Int
  /// Median time of a predictor step over the whole batch, in milliseconds.
  public let stepMilliseconds: Double
  /// Median time of encoding one slice, in milliseconds.
  public let encodeMilliseconds: Double
  /// Floating-point operations of a step over the whole batch, computed directly, in units of 10⁹.
  public let stepGigaflop: Double
  /// The products that a step really computes, per second, as a share of the machine's measured peak.
  public let stepShareOfPeak: Double
  /// The slowest first.
  public let layers: [LayerKind]
}

extension SRDiffModel {
  /// Measures the model on an image of `height` × `width` pixels, rounded up to a size that the network takes.
  ///
  /// - Parameters:
  ///   - batch: items per step.
  ///   - repetitions: how often each time is taken; medians are reported.
  public func benchmark(height: Int = 256, width: Int = 256, batch: Int = 1, repetitions: Int = 5) throws
    -> NetworkBenchmark
  {
    let multiple = shape.sideMultiple * shape.scale
    func suitable(_ side: Int) -> Int { (max(side, shape.leastSide) + multiple - 1) / multiple * multiple }
    let (h, w, items) = (suitable(height), suitable(width), max(1, batch))
    let lr = engine.tensor(n: 1, h: h / shape.scale, w: w / shape.scale, c: shape.channels)
    lr.fill(0)
    let noisy = engine.tensor(n: items, h: h, w: w, c: shape.channels)
    for i in 0..<noisy.count { noisy.pointer[i] = Float((i * 7919) % 2003) / 1001 - 1 }
    let steps = Array(repeating: 50, count: items)
    let index = Array(repeating: 0, count: items)
    let condition = try encode(lr: lr)
    func step() throws {
      _ = try predictNoise(in: noisy, steps: steps, conditions: [condition], conditionIndex: index)
    }
    try step()
    let encodeTime = try median(repetitions) { _ = try encode(lr: lr) }
    let stepTime = try median(repetitions) { try step() }
    let peak = engine.measuredPeak()
    var profiles: [[Profile.Entry]] = []
    for _ in 0..<max(1, repetitions) {
      let profile = Profile()
      let execution = Execution(engine, profile: profile)
      _ = predictor(noisy, steps: steps, condition: condition.projected, conditionIndex: index, in: execution)
      profiles.append(profile.entries)
    }
    let products = profiles[0].reduce(0) { $0 + $1.productOperations }
    return NetworkBenchmark(
      information: engine.information, peak: peak, height: h, width: w, batch: items, stepMilliseconds: stepTime,
      encodeMilliseconds: encodeTime, stepGigaflop: profiles[0].reduce(0) { $0 + $1.directOperations } / 1e9,
      stepShareOfPeak: products / (stepTime / 1e3) / peak.operationsPerSecond, layers: Self.kinds(profiles, peak: peak))
  }

  private func median(_ repetitions: Int, _ body: () throws -> Void) rethrows -> Double {
    var times: [Double] = []
    for _ in 0..<max(1, repetitions) {
      let start = DispatchTime.now().uptimeNanoseconds
      try body()
      times.append(Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6)
    }
    return times.sorted()[times.count / 2]
  }

  /// Entries of one kind together, each with the median of its times, the slowest kind first.
  private static func kinds(_ profiles: [[Profile.Entry]], peak: MachinePeak) -> [NetworkBenchmark.LayerKind] {
    struct Sum {
      var calls = 0
      var seconds = 0.0
      var direct = 0.0
      var products = 0.0
      var bytes = 0.0
    }
    var sums: [String: Sum] = [:]
    for (i, entry) in profiles[0].enumerated() {
      let times = profiles.map { $0[i].seconds }.sorted()
      var sum = sums[entry.kind] ?? Sum()
      sum.calls += 1
      sum.seconds += times[times.count / 2]
      sum.direct += entry.directOperations
      sum.products += entry.productOperations
      sum.bytes += entry.bytes
      sums[entry.kind] = sum
    }
    return sums.sorted { $0.value.seconds > $1.value.seconds }.map { kind, sum in
      let arithmetic = sum.products / peak.operationsPerSecond * 1e3
      let memory = sum.bytes / peak.bytesPerSecond * 1e3
      return NetworkBenchmark.LayerKind(
        kind: kind, calls: sum.calls, milliseconds: sum.seconds * 1e3,
        effectiveGigaflops: sum.direct / sum.seconds / 1e9,
        shareOfPeak: sum.products / sum.seconds / peak.operationsPerSecond, arithmeticBound: arithmetic,
        memoryBound: memory, bound: arithmetic >= memory ? .arithmetic : .memory)
    }
  }
}
