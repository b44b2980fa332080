import Diffusion
import Foundation
import SuperResolution
import Yams

extension TrainingConfiguration {
  /// Reads a configuration.
  ///
  /// - Parameters:
  ///   - yaml: the text; what it leaves out has its default.
  ///   - overrides: `key=value`, with the key's full name, as `predictor.rate=1e-4`; they win over the text.
  ///   - source: what to call the text in messages.
  /// - Throws: `TrainingError` that lists everything that is wrong at once.
  public init(yaml: String, overrides: [String] = [], source: String = "configuration") throws {
    func invalid(_ problems: [String]) -> TrainingError {
      let list = problems.count == 1 ? problems[0] : "\n" + problems.map { "  - \($0)" }.joined(separator: "\n")
      return TrainingError(.invalidConfiguration, source, list + (problems.count == 1 ? "." : ""))
    }
    var node: Node
    do {
      node = try Yams.compose(yaml: yaml) ?? Self.emptyMapping
    } catch {
      throw invalid(["is not YAML: \(error)"])
    }
    if node.null != nil { node = Self.emptyMapping }
    for text in overrides {
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw invalid(["--set \(text) should read key=value, as predictor.rate=1e-4"])
      }
      let keys = text[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      let value: Node
      do {
        value = try Yams.compose(yaml: String(text[text.index(after: equals)...])) ?? .scalar(Node.Scalar(""))
      } catch {
        throw invalid(["--set \(text): the value is not YAML: \(error)"])
      }
      guard node.mapping != nil, Self.set(value, at: keys[...], in: &node) else {
        throw invalid(["--set \(text): no section of that name can be there"])
      }
    }
    self.init()
    let reader = SettingsReader(node)
    read(reader)
    let problems = reader.allProblems
    guard problems.isEmpty else { throw invalid(problems) }
    guard self.problems.isEmpty else { throw invalid(self.problems) }
  }

  /// The full names of all settings, as `predictor.rate`; those of `card` are free.
  package static let settingNames: [String] = {
    let reader = SettingsReader(nil)
    var configuration = TrainingConfiguration()
    configuration.read(reader)
    return reader.allNames.sorted()
  }()

  private static var emptyMapping: Node { .mapping(Node.Mapping([])) }

  private static func set(_ value: Node, at keys: ArraySlice<String>, in node: inout Node) -> Bool {
    guard let key = keys.first, !key.isEmpty else { return false }
    guard var mapping = node.mapping else { return false }
    let name = Node.scalar(Node.Scalar(key))
    if keys.count == 1 {
      mapping[name] = value
    } else {
      var child = mapping[name] ?? Self.emptyMapping
      if child.null != nil { child = Self.emptyMapping }
      guard set(value, at: keys.dropFirst(), in: &child) else { return false }
      mapping[name] = child
    }
    node = .mapping(mapping)
    return true
  }

  private mutating func read(_ reader: SettingsReader) {
    reader.seed("seed", into: &seed)
    readModel(reader.section("model"))
    readData(reader.section("data"))
    let augmenting = reader.section("augmentation")
    augmenting.flag("flips", into: &augmentation.flips)
    augmenting.flag("rotations", into: &augmentation.rotations)
    augmenting.range("intensity_scale", into: &augmentation.intensityScale)
    augmenting.range("gamma", into: &augmentation.gamma)
    let optimising = reader.section("optimiser")
    optimising.choice("kind", into: &optimiser.kind)
    optimising.number("beta1", into: &optimiser.beta1)
    optimising.number("beta2", into: &optimiser.beta2)
    optimising.number("weight_decay", into: &optimiser.weightDecay)
    optimising.number("clip", into: &optimiser.clip)
    optimising.number("average", into: &optimiser.average)
    Self.read(reader.section("encoder"), into: &encoder)
    Self.read(reader.section("predictor"), into: &predictor)
    let keeping = reader.section("upkeep")
    keeping.integer("checkpoint_every", into: &upkeep.checkpointEvery)
    keeping.integer("validate_every", into: &upkeep.validateEvery)
    keeping.integer("log_every", into: &upkeep.logEvery)
    keeping.integer("validation_slices", into: &upkeep.validationSlices)
    keeping.integer("validation_samples", into: &upkeep.validationSamples)
    keeping.integer("validation_steps", into: &upkeep.validationSteps)
    reader.section("card").everyText(into: &card)
  }

  private mutating func readModel(_ reader: SettingsReader) {
    reader.integer("scale", into: &model.scale)
    reader.integer("encoder_features", into: &model.encoderFeatures)
    reader.integer("encoder_blocks", into: &model.encoderBlocks)
    reader.integer("dim", into: &model.dim)
    reader.integers("mults", into: &model.mults)
    reader.integer("timesteps", into: &model.timesteps)
    reader.text("encoder_file", into: &model.encoderFile)
    reader.text("start_file", into: &model.startFile)
    enum Kind: String, CaseIterable { case linear, asinh }
    var kind = Kind.linear
    reader.choice("residual", into: &kind)
    var (rescale, knee, reach) = (2.0, 0.05, 2.0)
    reader.number("residual_rescale", into: &rescale)
    reader.number("residual_knee", into: &knee)
    reader.number("residual_reach", into: &reach)
    model.residual =
      kind == .linear ? .linear(rescale: max(rescale, 1e-6)) : .asinh(knee: max(knee, 1e-6), reach: max(reach, 1e-6))
  }

  private mutating func readData(_ reader: SettingsReader) {
    reader.texts("train", into: &data.train)
    reader.texts("validation", into: &data.validation)
    reader.integer("validation_subjects", into: &data.validationSubjects)
    reader.choice("plane", into: &data.plane)
    reader.number("percentile", into: &data.percentile)
    reader.number("tissue_above", into: &data.tissueAbove)
    reader.number("anywhere", into: &data.anywhere)
    reader.text("modality", into: &data.modality)
    reader.text("contrast", into: &data.contrast)
    enum Kind: String, CaseIterable { case bicubic, kspace, blur }
    var kind = Kind.bicubic
    reader.choice("degradation", into: &kind)
    var (sigma, noise) = (0.5, 0.0)
    reader.number("blur_sigma", into: &sigma)
    reader.number("noise", into: &noise)
    switch kind {
    case .bicubic: data.degradation = .bicubic
    case .kspace: data.degradation = .kspace
    case .blur: data.degradation = .blur(sigma: sigma, noise: noise)
    }
  }

  private static func read(_ reader: SettingsReader, into stage: inout Stage) {
    reader.integer("updates", into: &stage.updates)
    reader.integer("batch", into: &stage.batch)
    reader.integer("patch", into: &stage.patch)
    reader.number("rate", into: &stage.rate)
    reader.integer("warm_up", into: &stage.warmUp)
    reader.choice("decay", into: &stage.decay)
    reader.integer("decay_every", into: &stage.decayEvery)
    reader.number("decay_factor", into: &stage.decayFactor)
    reader.number("floor", into: &stage.floor)
  }
}
