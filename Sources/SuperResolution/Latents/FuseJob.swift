import Foundation
import Volumes

/// One volume from file to file, with a region of another image fused in.
public struct FuseJob {
  /// Input (A), output, model and settings. One sample is drawn, whatever the settings say.
  public var job: UpscaleJob
  /// The image to paste from (B), in the unit of A: on A's grid or on the output's.
  public var other: URL
  /// Pasted is where this volume, on either grid, is finite and not 0.
  public var region: URL
  /// t that the composite is noised to; `nil` for half of the model's.
  public var step: Int?
  /// Output pixels around the region over which the result falls back to the plain sample.
  public var margin: Int

  /// Output pixels around the region, where nothing else is asked for.
  public static let usualMargin = 16
  /// Output pixels around the region, at most.
  public static let largestMargin = 256

  /// A job of these parts; each is explained at its property.
  public init(job: UpscaleJob, other: URL, region: URL, step: Int? = nil, margin: Int = FuseJob.usualMargin) {
    self.job = job
    self.other = other
    self.region = region
    self.step = step
    self.margin = margin
  }

  /// - Parameter report: as for `UpscaleJob.run`.
  /// - Returns: what the sidecar says.
  /// - Throws: `SuperResolutionError`, `VolumeError` or what `report` throws.
  public func run(report: (UpscaleJob.Event) throws -> Void = { _ in }) throws -> UpscaleRecord {
    guard (0...Self.largestMargin).contains(margin) else {
      throw SuperResolutionError(
        .invalidSetting, "--margin", "is 0 to \(Self.largestMargin) output pixels, not \(margin).")
    }
    var paste: FusionSource?
    var start = 0
    var pasted = 0
    // The slice with the largest part of the region, or the middle one.
    var shown: FusedSlice?
    return try LatentRun(job: job, others: [("B", other), ("--region", region)], what: "one sample, fused").run(
      report: report, header: { $0 },
      prepare: { upscaler in
        start = step ?? upscaler.model.configuration.timesteps / 2
        try LatentRun.check(step: start, of: upscaler.model)
        paste = try FusionSource(
          image: VolumeFile.open(other), named: other.path, mask: VolumeFile.open(region), named: region.path,
          onto: upscaler.reader.header, or: upscaler.header)
      },
      next: { upscaler, progress in
        guard let paste,
          let found = try upscaler.nextFused(with: paste, margin: margin, step: start, progress: progress)
        else { return nil }
        pasted += found.pasted
        let isMiddle = found.index == upscaler.reader.header.count(along: upscaler.axis) / 2
        if job.preview != nil, found.pasted > shown?.pasted ?? 0 || (shown?.pasted ?? 0 == 0 && isMiddle) {
          shown = found
        }
        return [LatentRun.Slice(values: found.fused, index: found.index, frame: found.frame)]
      },
      picture: { about in shown.map { about.montage(fused: $0, step: start) } },
      amend: { record in
        if pasted == 0 {
          let text = "\(region.lastPathComponent) marks nothing: the output is the plain sample."
          record.warnings.append(text)
          try report(.warning(text))
        }
        record.output.estimate = "one sample, fused"
        record.fusion = .init(
          other: other.lastPathComponent, otherSHA256: try LatentRun.digest(other),
          otherIsLowResolution: paste?.imageIsLowResolution ?? false, region: region.lastPathComponent,
          regionSHA256: try LatentRun.digest(region), pastedPixels: pasted, step: start, margin: margin)
      })
  }
}
