import Diffusion
import Foundation
import Volumes

/// A volume's way through the model, slice by slice, at the pace of the caller:
///
/// ```swift
/// let upscaler = try VolumeUpscaler(reader: volume, model: model, settings: UpscaleSettings())
/// while let slice = try upscaler.next() { … }
/// ```
///
/// Memory is a few slices, and one bit for 64 voxels of where there is tissue. Passes over the volume come first, at `init`: two for the
/// intensity mapping, two for the background.
public final class VolumeUpscaler {
  /// The model, with the engine that it runs on.
  public let model: LoadedModel
  /// As they were given.
  public let settings: UpscaleSettings
  /// Between the volume's values and the model's, the same for all slices.
  public let mapping: IntensityMapping
  /// Of the input's values.
  public let statistics: VolumeStatistics
  /// Across which the slices lie.
  public let axis: VoxelAxis
  /// Size and geometry of what comes out; `settings.estimate` and the deviation share it.
  public let header: VolumeHeader
  /// What the user should know: an input unlike what the model has learned from, settings that were adapted, an intensity mapping that found
  /// nothing to hold on to.
  public let warnings: [String]
  /// What is worth knowing and no cause for worry.
  public let notes: [String]
  /// Keep each sample in `UpscaledSlice.samples`.
  public var keepsSamples = false
  /// Remembers finished slices; what it has is not computed again.
  public var keeper: (any SliceKeeper)?
  /// Seconds spent so far.
  public internal(set) var timings = UpscaleRecord.Timings()

  /// Below this the samples are noise for the most part.
  private static let fewestSteps = 4

  let reader: any VolumeReader
  let slices: SliceUpscaler
  private let tissue: TissueMap?
  private var position = 0
  private var skippedSlices = 0
  private var computedSlices = 0.0
  private let backgroundSource: UpscaleRecord.Background.Source
  private let emptyValues: [Double]?

  /// - Parameters:
  ///   - mask: what to compute, instead of what is found by itself: a volume on the reader's grid (axes may be stored in another order or
  ///     direction), tissue where it is finite and not 0; one frame, or as many as the volume.
  ///   - checkpoint: called often; what it throws ends the work and comes out here.
  /// - Throws: `SuperResolutionError` for settings that do not fit, `VolumeError` for a volume that cannot be read or a mask on another grid.
  public init(
    reader: any VolumeReader, model: LoadedModel, settings: UpscaleSettings, mask: (any VolumeReader)? = nil,
    checkpoint: () throws -> Void = {}
  ) throws {
    let clock = Date()
    let source = reader.header
    let axis = settings.plane.axis(of: source)
    let (width, height) = source.sliceSize(across: axis)
    if let obstacle = Self.obstacle(to: source, settings: settings, scale: model.scale) { throw obstacle }
    if let problem = settings.degradation?.problem {
      throw SuperResolutionError(.invalidSetting, "degradation", problem + ".")
    }
    self.reader = reader
    self.model = model
    self.settings = settings
    self.axis = axis
    header = source.upscaled(by: model.scale, across: axis)
    statistics = try VolumeStatistics(of: reader, percentile: model.intensity.percentile, checkpoint: checkpoint)
    var said: [String]
    (mapping, said) = model.mapping(for: statistics, of: source.modality)
    let findings = model.scope.findings(
      for: source, across: axis, shape: statistics.shape, scale: model.scale, isForCT: model.intensity.isHounsfield)
    said = findings.filter { $0.severity == .warning }.map { $0.text + "." } + said
    notes = findings.filter { $0.severity == .note }.map { $0.text + "." }
    if settings.strict, !said.isEmpty || model.scope.isEmpty {
      throw SuperResolutionError(
        .outsideModel, model.url.lastPathComponent,
        "the input is unlike what this model has learned from, and --strict was given:\n"
          + (said + (model.scope.isEmpty ? [ModelScope.saysNothing + "."] : [])).map { "  - \($0)" }.joined(
            separator: "\n")
          + "\nChoose another model, or leave --strict out and judge the result with care.")
    }
    if statistics.nonFinite > 0 {
      said.append(
        "\(statistics.nonFinite) voxels are not finite (NaN or infinite): interpolated around, and put back where they were."
      )
    }
    if let steps = settings.plan?.updates.count ?? settings.steps, steps < Self.fewestSteps {
      said.append(
        "\(steps) steps leave visible noise in the result and a deviation that says little: take \(Self.fewestSteps) or more."
      )
    }
    if let mask {
      let fitting = try Self.fitting(mask, source)
      tissue = try TissueMap.marked(by: fitting, in: source, across: axis, checkpoint: checkpoint)
      (backgroundSource, emptyValues) = (.mask, nil)
    } else if settings.background == .skip {
      let found = try TissueMap.find(in: reader, across: axis, mapping: mapping, checkpoint: checkpoint)
      tissue = found?.map
      backgroundSource = found == nil ? .none : .found
      emptyValues = found.map { [$0.level.lowest, $0.level.highest].filter(\.isFinite) }
    } else {
      (tissue, backgroundSource, emptyValues) = (nil, .kept, nil)
    }
    warnings = said
    slices = try SliceUpscaler(
      model: model, settings: settings, mapping: mapping, width: width, height: height,
      sliceSpacing: source.geometry.spacing[axis.rawValue],
      precision: source.precision(range: mapping.high - mapping.low))
    timings.statistics = Date().timeIntervalSince(clock)
  }

  /// Slices of all frames.
  public var sliceCount: Int { reader.header.count(along: axis) * reader.header.frames }

  /// The degradation that the output is held to.
  var consistency: DataConsistency { slices.consistency }

  /// The steps that a slice takes.
  public var steps: Int { slices.steps }

  /// The next slice, frame by frame; `nil` after the last.
  /// - Parameter progress: called between the sampler's steps with the share (0…1) of this slice that is done; what it throws ends the
  ///   work and comes out here.
  public func next(progress: (Double) throws -> Void = { _ in }) throws -> UpscaledSlice? {
    guard let (slice, index, frame, region) = try nextInput() else { return nil }
    if let kept = try keeper?.kept(index, frame: frame),
      let result = slices.restored(
        kept, of: slice, index: index, frame: frame, region: region, keepsSamples: keepsSamples)
    {
      count(result.computedShare)
      return result
    }
    let result = try slices.upscale(
      slice, index: index, frame: frame, region: region, keepsSamples: keepsSamples, timings: &timings,
      progress: progress)
    try keeper?.keep(KeptSlice(result), index, frame: frame)
    count(result.computedShare)
    return result
  }

  /// The slice that is next, as it was read, with its place and where it holds tissue; `count(_:)` goes on to the one after it.
  func nextInput() throws -> (slice: VolumeSlice, index: Int, frame: Int, region: TissueRegion?)? {
    guard position < sliceCount else { return nil }
    let (frame, index) = position.quotientAndRemainder(dividingBy: reader.header.count(along: axis))
    let clock = Date()
    let slice = try reader.readSlice(index, across: axis, frame: frame)
    timings.read += Date().timeIntervalSince(clock)
    return (slice, index, frame, tissue?.region(ofSlice: index, frame: frame))
  }

  func count(_ computedShare: Double) {
    position += 1
    computedSlices += computedShare
    if computedShare == 0 { skippedSlices += 1 }
  }

  /// What was computed and what was not, of the slices done so far.
  public var background: UpscaleRecord.Background {
    UpscaleRecord.Background(
      from: backgroundSource, emptyValues: emptyValues,
      skippedShare: position == 0 ? 0 : 1 - computedSlices / Double(position), skippedSlices: skippedSlices)
  }

  private static func fitting(_ mask: any VolumeReader, _ source: VolumeHeader) throws -> ReorientedReader {
    guard mask.header.frames == 1 || mask.header.frames == source.frames else {
      throw SuperResolutionError(
        .invalidSetting, "the mask",
        "has \(mask.header.frames) frames where the volume has \(source.frames). Give it one for all, or as many.")
    }
    return try ReorientedReader.match(mask, named: "the mask", to: [("the volume", source)]).reader
  }

  /// One slice by its number, the same whichever were made before; `next()` goes on where it was.
  public func slice(at index: Int, frame: Int = 0, progress: (Double) throws -> Void = { _ in }) throws -> UpscaledSlice
  {
    let clock = Date()
    let slice = try reader.readSlice(index, across: axis, frame: frame)
    timings.read += Date().timeIntervalSince(clock)
    return try slices.upscale(
      slice, index: index, frame: frame, keepsSamples: keepsSamples, timings: &timings, progress: progress)
  }

  /// What the encoder alone makes of a slice of the low resolution (the image of its PSNR-oriented head), in the volume's unit.
  package func encoderImage(of slice: VolumeSlice) throws -> VolumeSlice { try slices.encoderImage(of: slice) }

  /// Columns, rows and frames up to which the noise is keyed (`NoiseField`), with room for a tile that reaches beyond the slice.
  private static let largestSide = (1 << 20) - 4096
  private static let mostFrames = 1 << 18
  /// Output pixels of a slice, and of all samples of one slice, which are in memory together.
  private static let mostPixels = 1 << 28
  private static let mostSampledPixels = 1 << 31

  /// What stands in the way of upscaling a volume with this header, before any voxel is read.
  package static func obstacle(to source: VolumeHeader, settings: UpscaleSettings, scale: Int) -> SuperResolutionError?
  {
    let (width, height) = source.sliceSize(across: settings.plane.axis(of: source))
    let samples = settings.samples
    guard width <= largestSide / scale, height <= largestSide / scale, width * height <= mostPixels / (scale * scale)
    else {
      return SuperResolutionError(
        .unsupported, "slice of \(width)×\(height)",
        "upscaled ×\(scale) it exceeds \(largestSide) pixels a side or \(mostPixels) in all. Crop the volume or choose another --plane."
      )
    }
    guard source.frames <= mostFrames else {
      return SuperResolutionError(
        .unsupported, "\(source.frames) frames", "at most \(mostFrames) are possible. Split the file.")
    }
    guard samples >= 1, samples <= UpscaleSettings.mostSamples,
      width * height * scale * scale * samples <= mostSampledPixels
    else {
      return SuperResolutionError(
        .invalidSetting, "\(samples) samples",
        "of a slice of \(width * scale)×\(height * scale) pixels do not fit into memory together. Ask for fewer.")
    }
    return nil
  }
}
