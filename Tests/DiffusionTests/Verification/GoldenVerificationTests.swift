import Diffusion
import Foundation
import Neural
import Tensors
import Testing

/// The problems of golden contents for the tiny ×2 model.
private func problems(_ contents: FileContents) throws -> [String] {
  let model = try ModelFile(contentsOf: TinyModel.url("tiny-x2"))
  return try contents.withFile { url in
    do {
      _ = try GoldenVerification(of: model, against: url, on: Engine(threads: 1))
      return []
    } catch { return (error as? GoldenError)?.problems ?? ["\(error)"] }
  }
}

@Suite struct GoldenVerificationTests {
  /// Conditions, noise predictions, the encoder's image and all 100 ancestral steps against PyTorch in Float64 (Golden/COMMANDS).
  @Test(arguments: TinyModel.names) func modelsMatchPyTorch(_ name: String) throws {
    let model = try ModelFile(contentsOf: TinyModel.url(name))
    for threads in [1, 2] {
      var steps: [Int] = []
      let verification = try GoldenVerification(
        of: model, against: TinyModel.url(name + "-golden"), on: Engine(threads: threads)
      ) { done, total in steps.append(done * 1000 + total) }
      #expect(verification.comparisons.map(\.name) == ["condition", "epsilon", "encoder_image", "residual"])
      #expect(verification.passes(tolerance: 1e-4), "\(verification.comparisons)")
      #expect(verification.ignored == [] && steps == (1...100).map { $0 * 1000 + 100 })
      print(name, verification.comparisons.map { "\($0.name) \($0.error)" }.joined(separator: ", "))
    }
  }

  /// One wrong weight in one layer is seen in what depends on it, and only there.
  @Test(arguments: [
    ("rrdb.RRDB_trunk.0.RDB2.conv3.weight", ["condition", "epsilon", "encoder_image", "residual"]),
    ("rrdb.HRconv.weight", ["encoder_image"]), ("denoise_fn.cond_proj.bias", ["condition", "epsilon", "residual"]),
    ("denoise_fn.ups.1.1.block2.block.1.weight", ["epsilon", "residual"]),
    ("denoise_fn.mlp.2.bias", ["epsilon", "residual"]),
  ])
  func brokenWeightsFail(_ weight: String, _ affected: [String]) throws {
    var contents = try TinyModel.contents("tiny-x2")
    contents.floats[weight]!.values[0] += 1
    let verification = try contents.withFile {
      try GoldenVerification(
        of: ModelFile(contentsOf: $0), against: TinyModel.url("tiny-x2-golden"), on: Engine(threads: 1))
    }
    #expect(!verification.passes(tolerance: 1e-4))
    #expect(verification.comparisons.filter { $0.error > 1e-4 }.map(\.name) == affected, "\(verification.comparisons)")
  }

  @Test func anyOfTheOutputsWillDo() throws {
    let model = try ModelFile(contentsOf: TinyModel.url("tiny-x2"))
    let whole = try TinyModel.contents("tiny-x2-golden")
    for (removed, left) in [
      (["condition", "residual", "noise"], ["epsilon", "encoder_image"]),
      (["epsilon", "x_t", "encoder_image", "residual", "noise"], ["condition"]),
      (["condition", "epsilon", "encoder_image"], ["residual"]),
    ] {
      var contents = whole
      for name in removed { contents.floats[name] = nil }
      contents.floats["remark"] = ([1], [1])
      let verification = try contents.withFile {
        try GoldenVerification(of: model, against: $0, on: Engine(threads: 1))
      }
      #expect(verification.comparisons.map(\.name) == left && verification.ignored == ["remark"])
      #expect(verification.passes(tolerance: 1e-4))
    }
  }

  @Test func faultsOfAGoldenFileAreListedTogether() throws {
    let whole = try TinyModel.contents("tiny-x2-golden")
    func changed(_ change: (inout FileContents) -> Void) throws -> [String] {
      var contents = whole
      change(&contents)
      return try problems(contents)
    }
    #expect(
      try changed {
        $0.floats["x_t"] = nil
        $0.floats["noise"] = nil
        $0.integers["t"] = nil
      } == ["noise is missing", "t is missing", "x_t is missing"])
    #expect(try changed { $0.floats["lr"] = nil } == ["lr is missing"])
    #expect(
      try changed {
        for name in ["condition", "epsilon", "encoder_image", "residual", "noise"] { $0.floats[name] = nil }
      }
      .first?.contains("nothing to compare") == true)
    #expect(try changed { $0.floats["residual"] = nil } == ["noise is there, but residual is missing"])
    #expect(
      try changed {
        $0.floats["x_t"]!.shape = [2, 1, 24, 16]
        $0.floats["noise"]!.shape = [101, 16, 24]
        $0.integers["t"]!.shape = [2, 1]
      }.count == 3)
    #expect(
      try changed { $0.floats["lr"]!.shape = [1, 2, 8, 12] } == [
        "lr has the shape [1, 2, 8, 12], expected [N, 1, h, w]"
      ])
    #expect(try changed { $0.floats["lr"] = ([1, 1, 3, 9], [Float](repeating: 0, count: 27)) }.count > 2)
    #expect(try changed { $0.integers["t"]!.values[1] = 100 } == ["t holds 100, but the model's steps are 0 to 99"])
    #expect(try changed { $0.integers["t"]!.values[1] = -1 }.count == 1)
    #expect(
      try changed {
        $0.integers["t"] = nil
        $0.floats["t"] = ([2], [1, 2])
      } == ["t is of type F32, expected integers"])
    #expect(try changed { $0.floats["epsilon"]!.values[7] = .nan } == ["epsilon: 1 values are not finite"])
    #expect(try problems(FileContents()).count == 2)
    let model = try ModelFile(contentsOf: TinyModel.url("tiny-x2"))
    #expect(throws: GoldenError.self) {
      try GoldenVerification(of: model, against: TinyModel.url("absent"), on: Engine(threads: 1))
    }
  }
}
