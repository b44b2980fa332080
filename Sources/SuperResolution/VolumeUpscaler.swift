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
/// Memory is a few slices. Two passes over the volume for the intensity mapping come first, at `init`.
public final class VolumeUpscaler {
  public let model: LoadedModel
  public let settings: UpscaleSettings
  public let mapping: IntensityMapping
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
  public private(set) var timings = UpscaleRecord.Timings()

  /// Below this the samples are noise for the most part.
  private static let fewestSteps = 4

  private let reader: any VolumeReader
  private let slices: SliceUpscaler
  private var position = 0

  /// - Parameter checkpoint: called often; what it throws ends the work and comes out here.
  /// - Throws: `SuperResolutionError` for settings that do not fit, `VolumeError` for a volume that cannot be read.
  public init(
    reader: any VolumeReader, model: LoadedModel, settings: UpscaleSettings, checkpoint: () throws -> Void = {}
  ) throws {
    let clock = Date()
    let source = reader.header
    let axis = settings.plane.axis(of: source)
    let (width, height) = source.sliceSize(across: axis)
    if let obstacle = Self.obstacle(to: source, settings: settings, scale: model.scale) { throw obstacle }
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
    if let steps = settings.steps, steps < Self.fewestSteps {
      said.append(
        "\(steps) steps leave visible noise in the result and a deviation that says little: take \(Self.fewestSteps) or more."
      )
    }
    warnings = said
    slices = try SliceUpscaler(
      model: model, settings: settings, mapping: mapping, width: width, height: height,
      sliceSpacing: source.geometry.spacing[axis.rawValue])
    timings.statistics = Date().timeIntervalSince(clock)
  }

  /// Slices of all frames.
  public var sliceCount: Int { reader.header.count(along: axis) * reader.header.frames }

  /// The steps that a slice takes.
  public var steps: Int { slices.steps }

  /// The next slice, frame by frame; `nil` after the last.
  /// - Parameter progress: called between the sampler's steps with the share (0…1) of this slice that is done; what it throws ends the
  ///   work and comes out here.
  public func next(progress: (Double) throws -> Void = { _ in }) throws -> UpscaledSlice? {
    guard position < sliceCount else { return nil }
    let (frame, index) = position.quotientAndRemainder(dividingBy: reader.header.count(along: axis))
    let clock = Date()
    let slice = try reader.readSlice(index, across: axis, frame: frame)
    timings.read += Date().timeIntervalSince(clock)
    defer { position += 1 }
    if let kept = try keeper?.kept(index, frame: frame),
      let result = slices.restored(kept, of: slice, index: index, frame: frame, keepsSamples: keepsSamples)
    {
      return result
    }
    let result = try slices.upscale(
      slice, index: index, frame: frame, keepsSamples: keepsSamples, timings: &timings, progress: progress)
    try keeper?.keep(KeptSlice(result), index, frame: frame)
    return result
  }

  /// One slice by its number, the same whichever were made before; `next()` goes on where it was.
  public func slice(at index: Int, frame: Int = 0, progress: (Double) throws -> Void = { _ in }) throws -> UpscaledSlice {
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
