import Diffusion
import Tensors
import Volumes

/// Everything about an upscale that changes its numbers, beside the model and the input.
public struct UpscaleSettings: Sendable {
  /// Samples drawn per slice, 1 or more; 2 or more for a deviation.
  public var samples = 8
  /// The reverse process.
  public var sampler: SamplerName = .sdedpmpp2m
  /// Reverse steps, 1…T; `nil` takes the sampler's default.
  public var steps: Int?
  /// A reverse process of the caller's own, in place of `sampler` and `steps`; its schedule has to be that of the model
  /// (`LoadedModel.schedule`).
  public var plan: SamplingPlan?
  /// How low resolution came about, where the model's file does not say it, or says it wrongly: what agreement with the input is
  /// measured by, and with `consistency` projected onto. `nil` for what the model has learned to undo.
  public var degradation: Degradation?
  /// Which of the T steps are visited; `nil` takes the sampler's own choice. For comparisons.
  package var spacing: StepSpacing?
  /// Same seed, same bytes.
  public var seed: UInt64 = 0
  /// Which slices go through the network.
  public var plane: Plane = .acquired
  /// What the output volume holds.
  public var estimate: Estimate = .mean
  /// Largest side of a tile in output pixels.
  public var tile = 512
  /// How the noise of neighbouring slices is related.
  public var noise: SliceNoise = .correlated(millimetres: 1.3)
  /// What is done about differences between the output, made smaller again, and the input.
  public var consistency: Consistency = .report
  /// What becomes of slices and tiles that hold nothing but background.
  public var background: Background = .skip
  /// An input unlike what the model has learned from is an error, not a warning.
  public var strict = false

  /// Below this a tile would be mostly overlap.
  public static let smallestTile = TileLayout.smallestTile

  /// The noise is keyed by sample up to here.
  public static let mostSamples = 1 << 16

  /// What the command takes where no option is given.
  public init() {}

  /// How the reverse process is called in records.
  package var samplerName: String {
    let method = plan?.method.name ?? sampler.rawValue
    let spacing = plan.flatMap { $0.spacing == .uniform ? nil : $0.spacing } ?? (plan == nil ? spacing : nil)
    return spacing.map { "\(method), \($0) steps" } ?? method
  }

  /// The plan that these settings ask for.
  /// - Throws: `SamplingError` for more steps than there are, `SuperResolutionError` for a plan of another schedule.
  func samplingPlan(for schedule: NoiseSchedule) throws -> SamplingPlan {
    guard let plan else {
      return try SamplingPlan(
        schedule: schedule, method: sampler.method, steps: steps ?? min(sampler.defaultSteps, schedule.timesteps),
        spacing: spacing ?? sampler.spacing)
    }
    guard plan.schedule == schedule else {
      throw SuperResolutionError(
        .invalidSetting, plan.method.name,
        "its plan is made for \(plan.schedule.timesteps) steps of diffusion, the model has \(schedule.timesteps). Make it with the model's schedule."
      )
    }
    return plan
  }

  /// The reverse process by the name it has on the command line.
  public enum SamplerName: String, CaseIterable, Sendable {
    /// Ancestral sampling (`SamplingMethod.ddpm`): the published process, and with few steps too little spread.
    case ddpm
    /// `SamplingMethod.ddim` with η = 0: no noise on the way.
    case ddim
    /// `SamplingMethod.dpmpp2m`: a solver of second order, no noise on the way.
    case dpmpp2m
    /// `SamplingMethod.sdedpmpp2m`: the same with fresh noise; the default.
    case sdedpmpp2m

    var method: SamplingMethod {
      switch self {
      case .ddpm: .ddpm
      case .ddim: .ddim(eta: 0)
      case .dpmpp2m: .dpmpp2m
      case .sdedpmpp2m: .sdedpmpp2m
      }
    }

    /// Which of the T steps are visited; chosen in `Docs/Validation.md`.
    package var spacing: StepSpacing { .uniform }

    /// Steps where none are asked for; chosen in `Docs/Validation.md`.
    public var defaultSteps: Int {
      switch self {
      case .ddpm: 20
      case .ddim: 12
      case .dpmpp2m, .sdedpmpp2m: 8
      }
    }
  }

  /// Which slices go through the network.
  public enum Plane: String, CaseIterable, Sendable {
    /// The plane of the acquisition (`VolumeHeader.acquiredAxis`).
    case acquired
    /// Across the axis nearest to foot–head.
    case axial
    /// Across the axis nearest to back–front.
    case coronal
    /// Across the axis nearest to left–right.
    case sagittal

    /// The voxel axis across which the slices of this plane lie.
    package func axis(of header: VolumeHeader) -> VoxelAxis {
      switch self {
      case .acquired: header.acquiredAxis
      case .axial: header.geometry.affine.axis(across: .axial)
      case .coronal: header.geometry.affine.axis(across: .coronal)
      case .sagittal: header.geometry.affine.axis(across: .sagittal)
      }
    }
  }

  /// What the output volume holds.
  public enum Estimate: String, CaseIterable, Sendable {
    /// The mean of the samples: best per voxel.
    case mean
    /// The first sample: keeps the texture.
    case sample
  }

  /// What is done about differences between the output, made smaller again, and the input (`Docs/Decisions/0011-consistency.md`).
  public enum Consistency: String, CaseIterable, Sendable {
    /// They are measured.
    case report
    /// Every sample is taken to the nearest image without them.
    case project
  }

  /// What becomes of slices and tiles that hold nothing but background.
  public enum Background: String, CaseIterable, Sendable {
    /// They get the bicubic base, and a deviation of 0.
    case skip
    /// They are computed like the rest.
    case keep
  }

  /// How the noise of neighbouring slices is related.
  public enum SliceNoise: Equatable, Sendable, CustomStringConvertible {
    /// Every slice has noise of its own.
    case independent
    /// All slices have the same.
    case shared
    /// A Gaussian filter across slices; the length is the standard deviation of the noise's autocorrelation, in millimetres.
    case correlated(millimetres: Double)

    /// `independent`, `shared`, `correlated` or `correlated:MM`.
    public init?(_ text: String) {
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      switch (parts.first, parts.count) {
      case ("independent", 1): self = .independent
      case ("shared", 1): self = .shared
      case ("correlated", 1): self = UpscaleSettings().noise
      case ("correlated", 2):
        guard let length = Double(parts[1]), length > 0, length <= 1000 else { return nil }
        self = .correlated(millimetres: length)
      default: return nil
      }
    }

    /// In slices that are `spacing` millimetres apart.
    func coupling(sliceSpacing spacing: Double) -> NoiseCoupling {
      switch self {
      case .independent: return .independent
      case .shared: return .shared
      case .correlated(let millimetres):
        let length = millimetres / spacing
        return length.isFinite ? .correlated(length: min(length, NoiseCoupling.longestLength)) : .shared
      }
    }

    public var description: String {
      switch self {
      case .independent: "independent"
      case .shared: "shared"
      case .correlated(let millimetres): "correlated:\(millimetres)"
      }
    }
  }
}
