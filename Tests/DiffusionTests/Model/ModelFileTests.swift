import Diffusion
import Foundation
import Neural
import Tensors
import Testing

/// The problems that opening these contents as a model gives; empty when it opens.
private func problems(_ contents: FileContents) throws -> [String] {
  try contents.withFile { url in
    let outcome = Result { () throws(ModelError) in _ = try ModelFile(contentsOf: url).weights() }
    if case .failure(let error) = outcome { return error.problems }
    return []
  }
}

@Suite struct ModelFileTests {
  @Test func sizesComeFromTheShapes() throws {
    let two = try ModelFile(contentsOf: TinyModel.url("tiny-x2"))
    #expect(
      two.configuration.network
        == NetworkShape(scale: 2, encoderFeatures: 8, encoderBlocks: 2, dim: 4, mults: [1, 2, 2, 4]))
    #expect(two.configuration.timesteps == 100 && two.configuration.residual == .published)
    #expect(two.configuration.intensity == .percentile(99.5, lower: 0, upper: 1) && two.configuration.statesIntensity)
    #expect(two.elementTypes == [.float16] && two.parameterCount == 60626 && !two.carriesSchedule)
    #expect(two.metadata["license"] == "CC0-1.0")
    let three = try ModelFile(contentsOf: TinyModel.url("tiny-x3"))
    #expect(
      three.configuration
        == ModelConfiguration(
          network: NetworkShape(scale: 3, encoderFeatures: 4, encoderBlocks: 3, dim: 6, mults: [1, 2, 2])))
    #expect(!three.configuration.statesIntensity && three.metadata.isEmpty)
    let four = try ModelFile(contentsOf: TinyModel.url("tiny-x4"))
    #expect(four.carriesSchedule && four.elementTypes == [.bfloat16])
    #expect(
      four.configuration.network
        == NetworkShape(scale: 4, encoderFeatures: 4, encoderBlocks: 5, dim: 4, mults: [1, 2, 3, 4]))
  }

  @Test(arguments: TinyModel.names) func modelTakesTheWeights(_ name: String) throws {
    let file = try ModelFile(contentsOf: TinyModel.url(name))
    let model = try file.model(on: Engine(threads: 1))
    #expect(model.parameterCount == file.parameterCount)
  }

  @Test func everyFaultIsListedInOneError() throws {
    var contents = try TinyModel.contents("tiny-x2")
    contents.floats["rrdb.HRconv.bias"] = nil
    contents.floats["denoise_fn.mid_block2.mlp.1.weight"] = nil
    contents.floats["denoise_fn.final_conv.1.bias"] = ([2], [0, 0])
    contents.floats["denoise_fn.mid_attn.weight"] = ([1], [0])
    contents.integers["rrdb.trunk_conv.bias"] = ([8], [Int](repeating: 0, count: 8))
    contents.floats["rrdb.trunk_conv.bias"] = nil
    contents.floats["betas"] = ([99], [Float](repeating: 0, count: 99))
    contents.metadata["config"] = contents.metadata["config"]!.replacingOccurrences(
      of: "\"blocks\": 2", with: "\"blocks\": 8"
    )
    .replacingOccurrences(of: "\"cosine\"", with: "\"linear\"")
    let found = try problems(contents)
    #expect(found.count == 8)
    for part in [
      "missing: rrdb.HRconv.bias [8]", "missing: denoise_fn.mid_block2.mlp.1.weight [16, 4]",
      "wrong shape: denoise_fn.final_conv.1.bias is [2], expected [1]", "not used: denoise_fn.mid_attn.weight [1]",
      "wrong type: rrdb.trunk_conv.bias is I64", "betas has 99 steps, but the metadata says 100",
      "rrdb.blocks = 8, but the shapes of the tensors say 2", "schedule is \"linear\"",
    ] { #expect(found.contains { $0.contains(part) }, "\(part) in \(found)") }
  }

  @Test func withoutItsFirstTensorTheRestIsStillChecked() throws {
    var contents = try TinyModel.contents("tiny-x2")
    contents.floats["rrdb.conv_first.weight"] = nil
    contents.floats["rrdb.conv_last.bias"] = nil
    #expect(
      try problems(contents) == ["missing: rrdb.conv_first.weight [8, 1, 3, 3]", "missing: rrdb.conv_last.bias [1]"])
    contents.metadata = [:]
    let found = try problems(contents)
    #expect(found.count == 1 && found[0].contains("missing: rrdb.conv_first.weight"))
    #expect(try !problems(FileContents()).isEmpty)
    #expect(try !problems(FileContents(floats: ["other": ([1], [1])])).isEmpty)
  }

  @Test func impossibleShapes() throws {
    for (name, shape, part) in [
      ("denoise_fn.cond_proj.weight", [8, 4, 5, 5], "kernel of 5"),
      ("denoise_fn.cond_proj.weight", [8, 4], "expected 4 dimensions"),
      ("denoise_fn.cond_proj.weight", [8, 0, 4, 4], "dim is 0"),
      ("denoise_fn.downs.2.1.block1.block.1.weight", [9, 8, 3, 3], "no multiple of dim"),
      ("denoise_fn.downs.0.1.block1.block.1.weight", [8, 8, 3, 3], "level 0 should be as wide"),
      ("rrdb.conv_first.weight", [7, 1, 3, 3], "even number"),
      ("rrdb.RRDB_trunk.99999.RDB1.conv1.bias", [0], "encoder blocks"),
      ("denoise_fn.downs.63.1.block1.block.1.weight", [0], "downs"),
    ] {
      var contents = try TinyModel.contents("tiny-x2")
      contents.metadata = [:]
      contents.floats[name] = (shape, [Float](repeating: 0, count: shape.reduce(1, *)))
      let found = try problems(contents)
      #expect(found.contains { $0.contains(part) }, "\(name) \(shape): \(found.prefix(5))")
    }
  }

  @Test func configurationFaults() throws {
    let cases = [
      ("{", "not valid JSON"), ("[]", "should be an object"), ("{\"timesteps\": 0}", "timesteps"),
      ("{\"timesteps\": 1e9}", "timesteps"), ("{\"scale\": 4}", "scale = 4, but the shapes"),
      ("{\"scale\": \"two\"}", "scale is \"two\""), ("{\"residual_rescale\": -1}", "above 0"),
      ("{\"residual\": {\"kind\": \"log\"}}", "asinh"), ("{\"scale\": 2, \"scale\": 2}", "more than once"),
      ("{\"residual_rescale\": 2, \"residual\": {\"kind\": \"asinh\", \"knee\": 1, \"reach\": 2}}", "keep one"),
      ("{\"intensity\": {\"kind\": \"magic\"}}", "intensity.kind is \"magic\""),
      ("{\"intensity\": {\"kind\": \"percentile\", \"percentile\": 101}}", "percentile should"),
      ("{\"intensity\": {\"kind\": \"hounsfield\", \"range\": [5, 5]}}", "two rising numbers"),
      ("{\"unet\": {\"mults\": [1, 2.5]}}", "whole numbers"), ("{\"base_scale\": 0}", "base_scale"),
    ]
    for (config, part) in cases {
      var contents = try TinyModel.contents("tiny-x2")
      contents.metadata = ["config": config]
      let found = try problems(contents)
      #expect(found.count == 1 && found[0].contains(part), "\(config): \(found)")
    }
    var contents = try TinyModel.contents("tiny-x2")
    contents.metadata = ["format": "lpips"]
    #expect(try problems(contents).count == 1)
  }

  @Test func valuesAreChecked() throws {
    var contents = try TinyModel.contents("tiny-x4")
    contents.floats["posterior_mean_coef1"]!.values[40] *= 1.1
    #expect(try problems(contents).first?.contains("posterior_mean_coef1 at step 40") == true)
    contents = try TinyModel.contents("tiny-x4")
    contents.floats["rrdb.conv_last.weight"]!.values[3] = .nan
    #expect(try problems(contents) == ["rrdb.conv_last.weight: 1 of 36 values are not finite"])
  }

  @Test func timestepsComeFromTheBuffers() throws {
    var contents = try TinyModel.contents("tiny-x2")
    contents.metadata = [:]
    let betas = NoiseSchedule(cosine: 40).betas.map { Float($0) }
    contents.floats["betas"] = ([40], betas)
    #expect(try contents.withFile { try ModelFile(contentsOf: $0).configuration.timesteps } == 40)
  }

  @Test func whatIsWrittenIsRead() throws {
    let source = try ModelFile(contentsOf: TinyModel.url("tiny-x2"))
    var configuration = source.configuration
    configuration.residual = .asinh(knee: 0.05, reach: 2)
    configuration.intensity = .hounsfield(lower: -1024, upper: 3071)
    configuration.baseScale = 255.0 / 256
    configuration.timesteps = 250
    configuration.notes = ["estimate_note": "a \"note\""]
    try FileContents().withFile { url in
      try ModelFile.write(source.weights(), configuration: configuration, metadata: ["license": "CC0-1.0"], to: url)
      let copy = try ModelFile(contentsOf: url)
      #expect(copy.configuration == configuration)
      #expect(copy.metadata["license"] == "CC0-1.0")
      let (a, b) = try (source.weights(), copy.weights())
      #expect(a.allSatisfy { b[$0.key]?.values == $0.value.values })
      let bytes = try Data(contentsOf: url)
      try ModelFile.write(source.weights(), configuration: configuration, metadata: ["license": "CC0-1.0"], to: url)
      #expect(try Data(contentsOf: url) == bytes)
    }
  }

  @Test func whatIsNoModel() throws {
    #expect(throws: ModelError.self) { try ModelFile(contentsOf: FileManager.default.temporaryDirectory) }
    #expect(throws: ModelError.self) { try ModelFile(contentsOf: TinyModel.url("absent")) }
    #expect(throws: ModelError.self) { try ModelFile(contentsOf: TinyModel.url("tiny-x2-golden")) }
  }
}
