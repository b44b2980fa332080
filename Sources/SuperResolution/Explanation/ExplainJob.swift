import Diffusion
import Foundation
import Tensors
import Volumes

/// One slice of a volume on its way through the model, for figures.
public struct ExplainJob {
  /// Input, model and settings: mean and σ are drawn as an upscale draws them. Its output is not written.
  public var job: UpscaleJob
  /// Which slice, from 0; `nil` for the middle one.
  public var slice: Int?
  /// Time point, from 0.
  public var frame = 0
  /// t that are shown, 0…T − 1; the nearest that the reverse process visits are taken.
  public var shown: [Int]?
  /// Steps of the reverse process that is shown; `nil` for all T, as in the paper.
  public var steps: Int?
  /// Takes the slice as the truth and makes it smaller first, as training did.
  public var reduces = false

  /// The middle slice of the job's input, enlarged; everything else can be set afterwards.
  public init(_ job: UpscaleJob) { self.job = job }

  /// Of T = 100; of any other T the same shares.
  static let usualShares = [0.99, 0.75, 0.5, 0.25, 0.1, 0]
  static let mostShown = 12

  /// Draws the one sample whose way is shown, and the others for mean and deviation.
  ///
  /// - Parameter report: as for `UpscaleJob.run`; a slice counts as one.
  /// - Throws: `SuperResolutionError`, `VolumeError` or what `report` throws.
  public func run(report: (UpscaleJob.Event) throws -> Void = { _ in }) throws -> Explanation {
    let source = try UpscaleSource(of: job)
    for finding in source.reader.header.findings where finding.severity == .warning {
      try report(.warning("\(source.name): \(finding.text)"))
    }
    let model =
      try job.loadedModel
      ?? LoadedModel(named: job.model, scale: job.scale, engine: Engine(threads: job.threads, kernels: job.kernels))
    let shown = try steps(of: model.configuration.timesteps)
    let axis = job.settings.plane.axis(of: source.reader.header)
    let index = try place(in: source.reader.header, across: axis)
    let reader = try reduces ? degraded(source.reader, for: model, across: axis) : source.reader
    let upscaler = try VolumeUpscaler(
      reader: reader, model: model, settings: job.settings, checkpoint: { try report(.progress(slices: 0)) })
    try upscaler.warnings.forEach { try report(.warning($0)) }
    try report(.started(slices: 1))

    var walk = job.settings
    (walk.samples, walk.sampler, walk.steps) = (1, .ddpm, steps ?? model.configuration.timesteps)
    let input = try reader.readSlice(index, across: axis, frame: frame)
    let walker = try SliceUpscaler(
      model: model, settings: walk, mapping: upscaler.mapping, width: input.width, height: input.height,
      sliceSpacing: reader.header.geometry.spacing[axis.rawValue])
    let truth =
      try reduces
      ? source.reader.readSlice(index, across: axis, frame: frame).cropped(toMultipleOf: model.scale) : nil
    let work = Double(walker.steps + upscaler.steps * job.settings.samples)
    let share = Double(walker.steps) / work
    let visited = shown.map { walker.step(nearest: $0) }
    let moved = zip(shown, visited).filter { $0 != $1 }
    if !moved.isEmpty {
      let pairs = moved.map { "\($1) for \($0)" }.joined(separator: ", ")
      try report(.note("the reverse process of \(walker.steps) steps does not stop at every t: \(pairs) is shown."))
    }
    let explanation = try walker.explain(input, index: index, frame: frame, truth: truth, at: visited) {
      try report(.progress(slices: share * $0))
    }
    let result = try upscaler.slice(at: index, frame: frame) { try report(.progress(slices: share + (1 - share) * $0)) }
    try report(.finished)
    return Explanation(
      slice: explanation, result: result, source: reader.header, output: upscaler.header, axis: axis, model: model,
      walked: walker.steps, settings: job.settings, resultSteps: upscaler.steps, name: source.name)
  }

  private func steps(of timesteps: Int) throws -> [Int] {
    let last = timesteps - 1
    guard let shown else {
      return Self.usualShares.map { Int(($0 * Double(timesteps)).rounded(.down)) }.map { min($0, last) }
    }
    guard (1...Self.mostShown).contains(shown.count), shown.allSatisfy({ (0...last).contains($0) }) else {
      throw SuperResolutionError(
        .invalidSetting, "--at",
        "takes 1 to \(Self.mostShown) of the model's steps, each 0 (nearly clean) to \(last) (nearly noise).")
    }
    return shown
  }

  private func place(in header: VolumeHeader, across axis: VoxelAxis) throws -> Int {
    let count = header.count(along: axis)
    let index = slice ?? count / 2
    guard (0..<count).contains(index) else {
      throw SuperResolutionError(
        .invalidSetting, "--slice", "is 1 to \(count) of this volume's slices, not \(index + 1).")
    }
    guard (0..<header.frames).contains(frame) else {
      throw SuperResolutionError(
        .invalidSetting, "--frame", "is 1 to \(header.frames) of this volume's time points, not \(frame + 1).")
    }
    return index
  }

  /// The volume as the model's low-resolution images were made.
  private func degraded(_ reader: any VolumeReader, for model: LoadedModel, across axis: VoxelAxis) throws
    -> DegradedVolume
  {
    let statistics = try VolumeStatistics(of: reader, percentile: model.percentile)
    let mapping = model.mapping(for: statistics, of: reader.header.modality).mapping
    return try DegradedVolume(
      of: reader, by: Degradation(of: model.configuration.degradation), scale: model.scale, across: axis,
      range: mapping.high - mapping.low)
  }
}
