import Foundation
import Volumes

/// One volume from file to file, as samples between two: a frame per weight.
public struct InterpolateJob {
  /// Input, output, model and settings; its seed is the first. One sample is drawn, whatever the settings say.
  public var job: UpscaleJob
  /// Of the second sample; the first has that of the settings.
  public var otherSeed: UInt64
  /// λ of every frame of the output.
  public var weights: [Double]
  /// t at which the two samples are mixed; the plan's nearest step is taken.
  public var step: Int

  /// λ beyond these makes noise of noise.
  public static let sensibleWeights = -10.0...10.0

  /// A job of these parts; each is explained at its property.
  public init(job: UpscaleJob, otherSeed: UInt64, weights: [Double], step: Int) {
    self.job = job
    self.otherSeed = otherSeed
    self.weights = weights
    self.step = step
  }

  /// - Parameter report: as for `UpscaleJob.run`.
  /// - Returns: what the sidecar says.
  /// - Throws: `SuperResolutionError`, `VolumeError` or what `report` throws.
  public func run(report: (UpscaleJob.Event) throws -> Void = { _ in }) throws -> UpscaleRecord {
    guard !weights.isEmpty, weights.allSatisfy({ Self.sensibleWeights.contains($0) }) else {
      throw SuperResolutionError(
        .invalidSetting, "--weights", "takes one number or more between -10 and 10; 0 to 1 lie between the two samples."
      )
    }
    let weights = weights
    var visited = step
    var shown: LatentPreview.Between?
    return try LatentRun(job: job, others: [], what: "between two samples").run(
      report: report,
      header: { header in
        var header = header
        if weights.count > 1 {
          header.frameShape = (header.frames == 1 ? [] : header.frameShape) + [weights.count]
          header.frames *= weights.count
          header.frameStep = nil
          header.frameUnit = .unknown
        }
        return header
      },
      prepare: { upscaler in
        try LatentRun.check(step: step, of: upscaler.model)
        visited = upscaler.slices.step(nearest: step)
        if visited != step {
          try report(.note("the sampler does not stop at step \(step): the samples are mixed at step \(visited)."))
        }
      },
      next: { upscaler, progress in
        guard
          let found = try upscaler.nextBetween(
            otherSeed: otherSeed, weights: weights, step: visited, progress: progress)
        else { return nil }
        if found.frame == 0, found.index == upscaler.reader.header.count(along: upscaler.axis) / 2 {
          shown = LatentPreview.Between(
            input: found.input, bicubic: upscaler.slices.bicubicImage(of: found.input), samples: found.slices,
            weights: weights, step: visited, index: found.index)
        }
        return found.slices.enumerated().map { number, slice in
          LatentRun.Slice(
            values: slice, index: found.index, frame: number * upscaler.reader.header.frames + found.frame)
        }
      },
      picture: { about in shown.map(about.montage(between:)) },
      amend: { record in
        record.output.estimate = "samples between two"
        record.interpolation = .init(seeds: [job.settings.seed, otherSeed], weights: weights, step: visited)
      })
  }
}
