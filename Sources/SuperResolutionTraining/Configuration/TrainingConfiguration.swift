import Diffusion
import Neural
import SuperResolution
import Volumes

/// Everything that decides what a training learns. Two trainings with equal configurations and equal scans give equal weights, bit for bit.
///
/// It is read from YAML (`init(yaml:overrides:)`), where every property stands under its name in snake case; see `Docs/HowTo/Train.md`.
public struct TrainingConfiguration: Sendable, Equatable {
  /// What all randomness is keyed with.
  public var seed: UInt64 = 1
  /// What is learned.
  public var model = Model()
  /// From what.
  public var data = Data()
  /// How patches are varied.
  public var augmentation = Augmentation()
  /// How weights are changed.
  public var optimiser = Optimiser()
  /// The encoder alone, as a super-resolution network: L1 on the image.
  public var encoder = Stage(updates: 20_000, rate: 4e-4)
  /// The noise predictor under the frozen encoder: L1 on ε.
  public var predictor = Stage(updates: 60_000, rate: 4e-4)
  /// When the training saves, validates and logs; changes no weight.
  public var upkeep = Upkeep()
  /// What the model's card says, by name (`license`, `anatomy`, …), beside what is measured.
  public var card: [String: String] = [:]

  /// The defaults, as `Docs/HowTo/Train.md` lists them; `data.train` is empty and has to be filled.
  public init() {}

  /// Sizes of the network and of what it learns.
  public struct Model: Sendable, Equatable {
    /// 2, 3, 4 or 8.
    public var scale = 2
    /// Channels of the encoder.
    public var encoderFeatures = 32
    /// Residual-in-residual dense blocks of the encoder.
    public var encoderBlocks = 5
    /// Channels of the noise predictor at the first level.
    public var dim = 32
    /// Channels of its levels, in units of `dim`; as many levels as entries.
    public var mults = [1, 2, 2, 4]
    /// T of the cosine schedule.
    public var timesteps = 100
    /// How a difference of images becomes the residual that is diffused.
    public var residual = ResidualMapping.published
    /// A model file whose encoder is taken as it is, so that only the noise predictor is trained; empty for none.
    public var encoderFile = ""
    /// A model file whose weights training starts from instead of random ones; empty for none. Its network must be of the same sizes.
    public var startFile = ""

    /// The network's sizes.
    public var shape: NetworkShape {
      NetworkShape(
        scale: scale, encoderFeatures: encoderFeatures, encoderBlocks: encoderBlocks, dim: dim, mults: mults)
    }
  }

  /// Scans, and how pairs of resolutions are made from them.
  public struct Data: Sendable, Equatable {
    /// Scans, or folders that are searched for scans.
    public var train: [String] = []
    /// Scans to validate with; empty to put `validationSubjects` of `train` aside.
    public var validation: [String] = []
    /// How many subjects of `train` are put aside for validation where `validation` is empty.
    public var validationSubjects = 2
    /// The slices that patches are cut from.
    public var plane = Plane.axial
    /// This percentile of a scan's positive voxels becomes +1; 0 becomes −1.
    public var percentile = 99.5
    /// How low resolution is made.
    public var degradation = Degradation.bicubic
    /// Values above this share of the intensity range count as tissue.
    public var tissueAbove = 0.04
    /// The share of patches that may lie anywhere; the centre of all others is tissue.
    public var anywhere = 0.1
    /// Modality (`MR`, `CT`) and contrast (`T1-weighted`, …) of the scans that do not say so themselves; empty for unknown.
    public var modality = ""
    /// Of scans that do not say it themselves; `nil` for unknown.
    public var contrast = ""

    /// The defaults, without scans.
    public init() {}
  }

  /// Which slices of a scan are learned from.
  public enum Plane: String, Sendable, CaseIterable {
    /// The plane of the acquisition.
    case acquired
    /// Across the axis nearest to foot–head.
    case axial
    /// Across the axis nearest to back–front.
    case coronal
    /// Across the axis nearest to left–right.
    case sagittal
    /// Slices across all three voxel axes.
    case all
  }

  /// How patches are varied, at random.
  public struct Augmentation: Sendable, Equatable {
    /// Mirrored along x and y, at random.
    public var flips = true
    /// Quarter turns, at random.
    public var rotations = true
    /// Intensities are multiplied by a number from this range …
    public var intensityScale = 0.9...1.1
    /// … after they were raised to a power from this one. Both act on [0, 1].
    public var gamma = 0.8...1.25
  }

  /// How weights are changed.
  public struct Optimiser: Sendable, Equatable {
    /// How weights are changed.
    public enum Kind: String, Sendable, CaseIterable {
      /// Kingma and Ba 2015, with L2 decay.
      case adam
      /// Loshchilov and Hutter 2019, with decoupled decay.
      case adamw
    }

    /// Adam or AdamW.
    public var kind = Kind.adam
    /// Decay of the mean of gradients, 0 ≤ β₁ < 1.
    public var beta1 = 0.9
    /// Decay of the mean of squared gradients, 0 ≤ β₂ < 1.
    public var beta2 = 0.99
    /// Share of the weights that is taken away, times the rate; 0 for none.
    public var weightDecay = 0.0
    /// The largest norm of all gradients together; 0 for no limit.
    public var clip = 1.0
    /// Decay of the moving average of the weights; 0 for none.
    public var average = 0.999

    var settings: Adam.Settings {
      var settings = Adam.Settings()
      settings.beta1 = beta1
      settings.beta2 = beta2
      if weightDecay > 0 { settings.weightDecay = kind == .adam ? .coupled(weightDecay) : .decoupled(weightDecay) }
      settings.largestNorm = clip > 0 ? clip : nil
      settings.averageDecay = average > 0 ? average : nil
      return settings
    }
  }

  /// One of the two stages.
  public struct Stage: Sendable, Equatable {
    /// What becomes of the learning rate after the warm-up.
    public enum Decay: String, Sendable, CaseIterable {
      /// It stays.
      case constant
      /// It falls by `decayFactor` after every `decayEvery` updates.
      case step
      /// It falls along half a cosine to `floor`.
      case cosine
    }

    /// Updates of the weights, 0 or more.
    public var updates: Int
    /// Patches per update, 1 or more.
    public var batch = 16
    /// Side of a high-resolution patch in pixels.
    public var patch = 64
    /// Learning rate after the warm-up, above 0.
    public var rate: Double
    /// Updates over which the rate rises; 0 for none.
    public var warmUp = 500
    /// What becomes of the rate then.
    public var decay = Decay.cosine
    /// For `step`: the rate is multiplied by `decayFactor` after every so many updates.
    public var decayEvery = 20_000
    /// Of `step`: what the rate is multiplied by.
    public var decayFactor = 0.5
    /// For `cosine`: the share of the rate that is left at the end.
    public var floor = 0.01

    /// The defaults, but for updates and rate.
    public init(updates: Int, rate: Double) {
      self.updates = updates
      self.rate = rate
    }

    var learningRate: LearningRate {
      let course: LearningRate.Decay =
        switch decay {
        case .constant: .constant
        case .step: .step(every: decayEvery, factor: decayFactor)
        case .cosine: .cosine(updates: updates, floor: floor)
        }
      return LearningRate(base: rate, warmUp: warmUp, decay: course)
    }
  }

  /// What does not change the weights.
  public struct Upkeep: Sendable, Equatable {
    /// Updates between checkpoints.
    public var checkpointEvery = 1000
    /// Updates between validations.
    public var validateEvery = 2000
    /// Updates between lines of log.csv.
    public var logEvery = 50
    /// Slices of each validation scan that are scored.
    public var validationSlices = 3
    /// Samples and reverse steps of the diffusion's score.
    public var validationSamples = 4
    /// Steps of each.
    public var validationSteps = 8
  }
}

extension TrainingConfiguration.Data {
  /// What is wrong with the names of modality and contrast, in words.
  public var nameProblems: [String] {
    var found: [String] = []
    if !["", "MR", "CT"].contains(modality) { found.append("data.modality is '\(modality)', expected MR or CT") }
    let known = AcquiredContrast.Kind.allCases.map(\.rawValue)
    if !contrast.isEmpty, !known.contains(contrast) {
      found.append("data.contrast is '\(contrast)', expected one of \(known.joined(separator: ", "))")
    }
    return found
  }
}

extension TrainingConfiguration {
  /// The two halves of a training, in their order.
  public enum StageName: String, Sendable, CaseIterable {
    /// The encoder alone, as a super-resolution network.
    case encoder
    /// The noise predictor, under the frozen encoder.
    case predictor
  }

  /// The settings of a stage.
  public func stage(_ name: StageName) -> Stage { name == .encoder ? encoder : predictor }

  /// What is wrong with the values, in words.
  var problems: [String] {
    var found = model.shape.problems.map { "model: \($0)" }
    func require(_ holds: Bool, _ text: String) { if !holds { found.append(text) } }
    require(
      model.encoderFile.isEmpty || model.startFile.isEmpty,
      "model.encoder_file and model.start_file exclude each other: start_file brings an encoder, encoder.updates: 0 keeps it"
    )
    require(!data.train.isEmpty, "data.train is empty: name folders or files to learn from")
    require((2...NoiseSchedule.mostTimesteps).contains(model.timesteps), "model.timesteps is \(model.timesteps)")
    require(data.percentile > 0 && data.percentile <= 100, "data.percentile is \(data.percentile), expected 0…100")
    require((0..<1).contains(data.tissueAbove), "data.tissue_above is \(data.tissueAbove), expected 0…1")
    require((0...1).contains(data.anywhere), "data.anywhere is \(data.anywhere), expected 0…1")
    require(data.validationSubjects >= 0, "data.validation_subjects is negative")
    found += data.nameProblems
    if let problem = data.degradation.problem { found.append(problem) }
    for (name, range) in [("intensity_scale", augmentation.intensityScale), ("gamma", augmentation.gamma)] {
      require(range.lowerBound > 0 && range.upperBound <= 10, "augmentation.\(name) is \(range), expected 0…10")
    }
    let shares = [("beta1", optimiser.beta1), ("beta2", optimiser.beta2), ("average", optimiser.average)]
    for (name, value) in shares {
      require((0..<1).contains(value), "optimiser.\(name) is \(value), expected 0 or more and below 1")
    }
    require(
      optimiser.weightDecay >= 0 && optimiser.weightDecay < 1, "optimiser.weight_decay is \(optimiser.weightDecay)")
    require(optimiser.clip >= 0, "optimiser.clip is \(optimiser.clip), expected 0 or more")
    for name in StageName.allCases {
      let stage = stage(name)
      let unit =
        model.scale * model.shape.sideMultiple / Self.greatestCommonDivisor(model.scale, model.shape.sideMultiple)
      require((0...100_000_000).contains(stage.updates), "\(name).updates is \(stage.updates)")
      require((1...1024).contains(stage.batch), "\(name).batch is \(stage.batch), expected 1…1024")
      require(
        stage.patch % unit == 0 && (model.shape.leastSide...1024).contains(stage.patch),
        "\(name).patch is \(stage.patch), expected a multiple of \(unit) from \(model.shape.leastSide) to 1024")
      require(stage.rate > 0 && stage.rate <= 1, "\(name).rate is \(stage.rate), expected above 0 and up to 1")
      require(stage.warmUp >= 0, "\(name).warm_up is \(stage.warmUp), expected 0 or more")
      require(stage.decayEvery > 0, "\(name).decay_every is \(stage.decayEvery), expected 1 or more")
      require(stage.decayFactor > 0 && stage.decayFactor <= 1, "\(name).decay_factor is \(stage.decayFactor)")
      require((0...1).contains(stage.floor), "\(name).floor is \(stage.floor), expected 0…1")
    }
    let counts = [
      ("checkpoint_every", upkeep.checkpointEvery), ("validate_every", upkeep.validateEvery),
      ("log_every", upkeep.logEvery), ("validation_slices", upkeep.validationSlices),
      ("validation_samples", upkeep.validationSamples), ("validation_steps", upkeep.validationSteps),
    ]
    for (name, value) in counts { require(value > 0, "upkeep.\(name) is \(value), expected 1 or more") }
    require(upkeep.validationSteps <= model.timesteps, "upkeep.validation_steps is more than model.timesteps")
    return found
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? max(a, 1) : greatestCommonDivisor(b, a % b)
  }
}
