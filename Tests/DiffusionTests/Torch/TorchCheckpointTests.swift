import Diffusion
import Foundation
import Neural
import Tensors
import Testing

@Suite struct TorchCheckpointTests {
  static func url(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Golden/torch/\(name)")
  }

  private func converted<Result>(
    _ name: String, as type: ElementType? = nil, _ body: (URL) throws -> Result
  ) throws -> Result {
    try FileContents().withFile { url in
      try ModelConversion(of: Self.url(name)).write(to: url, as: type, metadata: ["license": "CC0-1.0"])
      return try body(url)
    }
  }

  /// Both of PyTorch's forms, made into model files, compute what PyTorch computes (Tests/Reference/torch_checkpoints.py).
  @Test(arguments: [("published.ckpt", "published-golden"), ("colour.pt", "colour-golden")])
  func aConvertedModelComputesWhatPyTorchDoes(checkpoint: String, golden: String) throws {
    try converted(checkpoint) { url in
      let verification = try GoldenVerification(
        of: ModelFile(contentsOf: url), against: Self.url("\(golden).safetensors"), on: Engine(threads: 1))
      #expect(verification.comparisons.map(\.name).sorted() == ["condition", "encoder_image", "epsilon"])
      for comparison in verification.comparisons {
        #expect(comparison.error < 1e-5, "\(comparison.name): \(comparison.error)")
      }
    }
  }

  @Test func thePublishedFormIsFoundAndDescribed() throws {
    let conversion = try ModelConversion(of: Self.url("published.ckpt"))
    #expect(conversion.entry == "state_dict.model" && conversion.prefix.isEmpty)
    try converted("published.ckpt") { url in
      let file = try ModelFile(contentsOf: url)
      #expect(
        file.configuration.network
          == NetworkShape(scale: 4, encoderFeatures: 4, encoderBlocks: 2, dim: 4, mults: [1, 2]))
      #expect(file.configuration.baseScale == 255.0 / 256 && file.configuration.timesteps == 100)
      #expect(file.elementTypes == [.float32] && !file.carriesSchedule)
      #expect(file.metadata["license"] == "CC0-1.0")
    }
    let half = try converted("published.ckpt", as: .float16) { url in try ModelFile(contentsOf: url).elementTypes }
    #expect(half == [.float16])
  }

  @Test func threeChannelsAPrefixAndHalfPrecision() throws {
    let conversion = try ModelConversion(of: Self.url("colour.pt"))
    #expect(conversion.entry.isEmpty && conversion.prefix == "module.")
    try converted("colour.pt") { url in
      let file = try ModelFile(contentsOf: url)
      #expect(file.configuration.network.channels == 3 && file.elementTypes == [.float16])
    }
  }

  /// The optimiser's numbers are listed, and not read.
  @Test func theOptimisersStateIsThere() throws {
    let checkpoint = try TorchCheckpoint(contentsOf: Self.url("published.ckpt"))
    #expect(!checkpoint.isZip)
    #expect(checkpoint.dictionaries.keys.contains("state_dict.model"))
    #expect(try TorchCheckpoint(contentsOf: Self.url("colour.pt")).isZip)
  }

  @Test func aBufferOfAnotherScheduleIsRefused() throws {
    // The last of the betas is cut to 0.999: exchanged in the file itself.
    var bytes = [UInt8](try Data(contentsOf: Self.url("published.ckpt")))
    let pattern = PickleBytes.number(Int(Float(0.999).bitPattern), 4)
    let at = try #require((0...bytes.count - 4).first { Array(bytes[$0..<$0 + 4]) == pattern })
    bytes.replaceSubrange(at..<at + 4, with: PickleBytes.number(Int(Float(0.5).bitPattern), 4))
    let error = #expect(throws: ModelError.self) {
      try FileContents().withFile { url in
        let changed = url.deletingLastPathComponent().appendingPathComponent("changed.ckpt")
        try Data(bytes).write(to: changed)
        try ModelConversion(of: changed).write(to: url)
      }
    }
    #expect(error?.problems.contains { $0.contains("betas at step 99") } == true, "\(error?.description ?? "")")
  }

  @Test func whatIsMissingIsListed() throws {
    let one = PickleBytes.dictionary("denoise_fn.mlp.0.bias", PickleBytes.tensor(shape: [4], strides: [1], count: 4))
    try FileContents().withFile { url in
      let odd = url.deletingLastPathComponent().appendingPathComponent("odd.pt")
      try Data(PickleBytes.legacy(one)).write(to: odd)
      let error = #expect(throws: ModelError.self) { try ModelConversion(of: odd).write(to: url) }
      #expect(error?.subject == odd.path)
      #expect(error?.problems.contains { $0.contains("missing: rrdb.conv_first.weight") } == true)
    }
  }
}
