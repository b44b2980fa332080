import Foundation
import SuperResolution
import Testing

/// `SuperResolver` and the command go one way: same bytes.
@Suite struct LibraryTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: folder.path(name))) }
  private func url(_ name: String) -> URL { URL(fileURLWithPath: folder.path(name)) }

  /// A sidecar's record without what differs from run to run: clocks, and names of files.
  private func record(_ name: String) throws -> [String: Any] {
    let json = try #require(JSONSerialization.jsonObject(with: bytes(name)) as? [String: Any])
    var record = try #require(json["Residua"] as? [String: Any])
    record["timings"] = nil
    var input = try #require(record["input"] as? [String: Any])
    (input["file"], input["sha256"]) = (nil, nil)
    record["input"] = input
    var output = try #require(record["output"] as? [String: Any])
    output["files"] = nil
    record["output"] = output
    return record
  }

  @Test(arguments: [
    [], ["--plane", "coronal"], ["--estimate", "sample", "--consistency", "project"], ["--mask", "m.nii"],
  ])
  func theCommandsBytes(options: [String]) throws {
    try write(phantom((18, 20, 4), frames: options.isEmpty ? 2 : 1), to: folder.path("in.nii.gz"))
    try write(
      phantom((18, 20, 4)) { volume in
        let mask = Volume(header: volume.header)
        for j in 2..<9 { for i in 3..<17 { mask[i, j, 1] = 1 } }
        volume = mask
      }, to: folder.path("m.nii"), type: .uint8)
    let outcome = try Tool.run(
      ["upscale", folder.path("in.nii.gz"), folder.path("a.nii.gz"), "--uncertainty", folder.path("as.nii.gz")]
        + ["--samples", "3", "--steps", "4", "--seed", "5", "--threads", "1", "--quiet"]
        + options.map { $0 == "m.nii" ? folder.path($0) : $0 })
    try #require(outcome.status == 0, "\(outcome.errors)")

    var resolver = try SuperResolver(threads: 1)
    (resolver.settings.samples, resolver.settings.steps, resolver.settings.seed) = (3, 4, 5)
    if options.contains("coronal") { resolver.settings.plane = .coronal }
    if options.contains("sample") { (resolver.settings.estimate, resolver.settings.consistency) = (.sample, .project) }
    let mask = options.contains("m.nii") ? try VolumeFile.open(url("m.nii")) : nil
    var shares: [Double] = []
    let result = try resolver.upscale(VolumeFile.open(url("in.nii.gz")), mask: mask, keepsSamples: true) {
      shares.append($0)
    }
    try result.write(to: url("b.nii.gz"), deviation: url("bs.nii.gz"))

    #expect(try bytes("b.nii.gz") == bytes("a.nii.gz"))
    #expect(try bytes("bs.nii.gz") == bytes("as.nii.gz"))
    #expect(try NSDictionary(dictionary: record("b.json")) == NSDictionary(dictionary: record("a.json")))
    #expect(shares.last == 1 && shares == shares.sorted() && shares.allSatisfy { 0...1 ~= $0 })
    #expect(result.consistency?.slices.isEmpty == false && result.record.output.meanDeviation != nil)
    #expect(result.samples.count == 3)
    let mean = result.volume.values.indices.map { p in result.samples.reduce(0) { $0 + $1.values[p] } / 3 }
    if resolver.settings.estimate == .mean {
      #expect(zip(mean, result.volume.values).allSatisfy { abs($0 - $1) < 1e-6 })
    } else {
      #expect(result.volume.values == result.samples[0].values)
    }
  }

  /// A volume made in memory is as good as a file.
  @Test func aVolumeInMemory() throws {
    let volume = phantom((16, 18, 2))
    var resolver = try SuperResolver()
    (resolver.settings.samples, resolver.settings.steps) = (1, 4)
    let result = try resolver.upscale(volume)
    #expect(result.deviation == nil && result.samples.isEmpty)
    #expect(result.volume.header.size == (32, 36, 2))
    #expect(result.record.input.sha256.count == 64)
    let other = phantom((16, 18, 2)) { $0[3, 4, 1] = 1 }
    #expect(try FileDigest.sha256(of: other) != result.record.input.sha256)
    let slices = try resolver.upscaler(for: volume)
    #expect(try slices.next()?.estimate.values == result.volume.readSlice(0, across: .k, frame: 0).values)
    #expect(throws: SuperResolutionError.self) { try result.write(to: url("o.nii"), deviation: url("s.nii")) }
    try result.write(to: url("o.nii"))
    #expect(throws: VolumeError.self) { try result.write(to: url("o.nii")) }
    try result.write(to: url("o.nii"), overwrite: true)
    #expect(folder.contents == ["o.json", "o.nii"])
  }

  @Test func oneNameForTwoIsRefusedAndNothingIsLeft() throws {
    var resolver = try SuperResolver()
    (resolver.settings.samples, resolver.settings.steps) = (2, 4)
    let result = try resolver.upscale(phantom((16, 16, 1)))
    #expect(throws: SuperResolutionError.self) { try result.write(to: url("o.nii"), deviation: url("./o.nii")) }
    #expect(throws: VolumeError.self) { try result.write(to: url("o.nii"), deviation: url("s.mnc")) }
    #expect(folder.contents.isEmpty)
  }

  @Test func whatProgressThrowsComesOut() throws {
    struct Stop: Error {}
    let resolver = try SuperResolver()
    #expect(throws: Stop.self) { try resolver.upscale(phantom((16, 18, 8))) { if $0 > 0.2 { throw Stop() } } }
  }

  @Test func aCancelledTaskStops() async throws {
    let resolver = try SuperResolver()
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      _ = try resolver.upscale(phantom((16, 18, 8)))
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  /// A plan of one's own that says what ddpm says gives ddpm's bytes, under its own name.
  @Test func aPlanOfOnesOwn() throws {
    let volume = phantom((16, 18, 1))
    var resolver = try SuperResolver()
    resolver.settings.samples = 2
    (resolver.settings.sampler, resolver.settings.steps) = (.ddpm, 5)
    let expected = try resolver.upscale(volume)
    let steps = try SamplingPlan(schedule: resolver.model.schedule, method: .ddpm, steps: 5).steps
    func plan(_ schedule: NoiseSchedule, noise: Double = 1) throws -> SamplingPlan {
      try SamplingPlan(schedule: schedule, named: "mine", visiting: steps) { t in
        let (alpha, next) = (t.cumulativeAlpha, t.nextCumulativeAlpha)
        let beta = 1 - alpha / next
        return .init(
          residual: next.squareRoot() * beta / (1 - alpha), noisy: (1 - beta).squareRoot() * (1 - next) / (1 - alpha),
          deviation: noise * (beta * (1 - next) / (1 - alpha)).squareRoot())
      }
    }
    resolver.settings.plan = try plan(resolver.model.schedule)
    let own = try resolver.upscale(volume)
    #expect(own.volume.values == expected.volume.values && own.deviation?.values == expected.deviation?.values)
    #expect(own.record.settings.sampler == "custom, mine" && own.record.settings.steps == 5)
    resolver.settings.plan = try plan(resolver.model.schedule, noise: 0)
    #expect(try resolver.upscale(volume).volume.values != expected.volume.values)
    resolver.settings.plan = try plan(NoiseSchedule(cosine: 200))
    #expect(throws: SuperResolutionError.self) { try resolver.upscale(volume) }
  }

  /// The degradation that is named is the one that samples are brought into agreement with.
  @Test func aDegradationOfOnesOwn() throws {
    let volume = phantom((16, 18, 2))
    let box = Degradation.kernel(DegradationKernel("box", reach: 0.5) { _ in 1 })
    var resolver = try SuperResolver()
    (resolver.settings.samples, resolver.settings.steps) = (2, 4)
    (resolver.settings.degradation, resolver.settings.consistency) = (box, .project)
    let result = try resolver.upscale(volume)
    for k in 0..<2 {
      for j in 0..<18 {
        for i in 0..<16 {
          let four = [(0, 0), (1, 0), (0, 1), (1, 1)].map { result.volume[2 * i + $0.0, 2 * j + $0.1, k] }
          #expect(abs(four.reduce(0, +) / 4 - volume[i, j, k]) < 1e-2)
        }
      }
    }
    #expect(result.consistency?.degradation.hasPrefix("kernel box") == true)
  }
}
