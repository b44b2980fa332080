import Diffusion
import Foundation
import SuperResolutionTraining
import Testing

@Suite struct ConfigurationTests {
  @Test func everythingHasADefaultButTheData() throws {
    let configuration = try TrainingConfiguration(yaml: "data: {train: scans}")
    var expected = TrainingConfiguration()
    expected.data.train = ["scans"]
    #expect(configuration == expected)
  }

  @Test func keysAndOverridesReachTheirPlaces() throws {
    let yaml = """
      seed: 18446744073709551615
      model: {scale: 4, dim: 48, mults: [1, 2, 3], residual: asinh, residual_knee: 0.04}
      data:
        train: [a, b]
        degradation: blur
        blur_sigma: 0.7
        noise: 0.01
        plane: all
      augmentation: {gamma: 1, intensity_scale: [0.5, 2]}
      optimiser: {kind: adamw, weight_decay: 0.01}
      """
    let configuration = try TrainingConfiguration(
      yaml: yaml, overrides: ["predictor.rate=1e-5", "data.noise=0.02", "card.anatomy=knee", "encoder.decay=step"])
    #expect(configuration.seed == .max)
    #expect(
      configuration.model.shape
        == NetworkShape(scale: 4, encoderFeatures: 32, encoderBlocks: 5, dim: 48, mults: [1, 2, 3]))
    #expect(configuration.model.residual == .asinh(knee: 0.04, reach: 2))
    #expect(configuration.data.train == ["a", "b"])
    #expect(configuration.data.degradation == .blur(sigma: 0.7, noise: 0.02))
    #expect(configuration.data.plane == .all)
    #expect(configuration.augmentation.gamma == 1...1)
    #expect(configuration.optimiser.kind == .adamw)
    #expect(configuration.predictor.rate == 1e-5)
    #expect(configuration.encoder.decay == .step)
    #expect(configuration.card == ["anatomy": "knee"])
  }

  @Test(arguments: [
    ("data: {train: a}\ndate: 3", "date is not a setting"),
    ("data: {train: a, plan: axial}", "data.plan is not a setting"),
    ("data: {train: a, plane: oblique}", "expected one of acquired, axial, coronal, sagittal, all"),
    ("data: {train: a}\nmodel: {scale: 5}", "scale is 5"),
    ("data: {train: a}\nmodel: {scale: two}", "model.scale is 'two', expected a whole number"),
    ("data: {train: a}\nencoder: {patch: 20}", "encoder.patch is 20"),
    ("data: {train: a}\npredictor: {rate: -1}", "predictor.rate is -1.0"),
    ("data: {train: a}\noptimiser: {beta2: 1}", "optimiser.beta2"),
    ("data: {train: a}\nmodel: 3", "model should be a list of keys and values"),
    ("data: {}", "data.train is empty"),
    ("data: [", "is not YAML"),
    ("[1, 2]", "the document should be a list of keys and values"),
    ("data: {train: a}\nseed: -1", "seed is '-1'"),
    ("data: {train: a}\nencoder: {rate: .nan}", "encoder.rate is '.nan', expected a number"),
  ]) func mistakesAreNamed(yaml: String, text: String) {
    let error = #expect(throws: TrainingError.self) { try TrainingConfiguration(yaml: yaml) }
    #expect(error?.code == .invalidConfiguration)
    #expect(error?.reason.contains(text) == true, "\(error?.reason ?? "")")
  }

  @Test(arguments: ["rate", "=3", "data.train.deep=3", "encoder..rate=3"]) func wrongOverridesAreNamed(text: String) {
    let error = #expect(throws: TrainingError.self) {
      try TrainingConfiguration(yaml: "data: {train: a}", overrides: [text])
    }
    #expect(error?.code == .invalidConfiguration)
  }

  @Test func allMistakesAreNamedAtOnce() {
    let yaml = "data: {train: a, plan: x}\nmodel: {scale: two}\noptimiser: {betta: 1}"
    let error = #expect(throws: TrainingError.self) { try TrainingConfiguration(yaml: yaml) }
    for text in ["data.plan", "model.scale", "optimiser.betta"] { #expect(error?.reason.contains(text) == true) }
  }

  /// The table of Docs/HowTo/Train.md names every setting and no other.
  @Test func everySettingIsDocumented() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appendingPathComponent("Docs/HowTo/Train.md"), encoding: .utf8)
    let start = try #require(text.range(of: "| key | default | meaning |"))
    var named: Set<String> = []
    for line in text[start.upperBound...].split(separator: "\n", omittingEmptySubsequences: false).dropFirst() {
      guard line.hasPrefix("|") else { break }
      let cell = line.split(separator: "|")[0]
      var section = ""
      for (k, name) in cell.split(separator: "`").enumerated() where k % 2 == 1 {
        if let dot = name.firstIndex(of: ".") { section = String(name[...dot]) }
        let key = name.contains(".") ? String(name) : section + name
        named.formUnion(["encoder", "predictor"].map { key.replacingOccurrences(of: "….", with: "\($0).") })
      }
    }
    named.subtract(["encoder", "predictor", "card.…", "---"])
    #expect(named.sorted() == TrainingConfiguration.settingNames)
  }

  @Test(arguments: [2, 4]) func theRecipesOfTheDefaultModelsAreValid(scale: Int) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let url = root.appendingPathComponent("Examples/Training/default-x\(scale).yaml")
    let configuration = try TrainingConfiguration(yaml: String(contentsOf: url, encoding: .utf8))
    #expect(configuration.model.scale == scale)
    #expect(configuration.model.dim <= 48)
  }
}
