import Foundation
import SuperResolution
import Tensors
import Volumes

/// How long a plan takes on this machine, and how much disk, from a short measurement.
package struct BatchEstimate: Codable, Sendable {
  package struct Share: Codable, Sendable {
    package let name: String
    package let seconds: Double
    package let bytes: Int
  }

  /// Seconds of one process with the threads that were measured; several processes on the same cores share them.
  package let seconds: Double
  /// Bytes of all outputs.
  package let bytes: Int
  /// Bytes that the output's file system has left.
  package let bytesFree: Int?
  package let threads: Int
  package let samples: Int
  package let steps: Int
  package let measurements: [UpscaleMeasurement]
  /// Jobs in the plan's order.
  package let jobs: [Share]

  /// Most sizes of tiles that are measured, and the time after which no further one is begun.
  private static let mostMeasurements = 3
  private static let mostSeconds = 30.0
  /// Around the pixels of a DICOM slice: the source's header, with ours.
  private static let dicomHeaderBytes = 4096
  private static let sidecarBytes = 4096
  /// Roughly: a picture of a 160×160 slice at ×2 takes some 130 kB. Small beside the volumes.
  private static let previewBytesPerPixel = 1.2

  /// - Throws: where none of the scans can be read; what `checkpoint` throws.
  package init?(
    of plan: BatchPlan, for request: BatchRequest, model: LoadedModel, voxelType: OutputVoxelType,
    checkpoint: () throws -> Void = {}
  ) throws {
    let settings = request.settings
    let tiles = plan.jobs.map { job in
      job.scan.map { UpscaleTiles(width: $0.width, height: $0.height, model: model, settings: settings) }
    }
    var measured: [UpscaleTiles: UpscaleMeasurement] = [:]
    let start = Date()
    for key in Self.mostWork(plan, tiles).prefix(Self.mostMeasurements) {
      guard measured.isEmpty || Date().timeIntervalSince(start) < Self.mostSeconds else { break }
      let candidates = plan.jobs.indices.filter {
        tiles[$0].map { ($0.width, $0.height) == (key.width, key.height) } ?? false
      }
      let middle = plan.jobs[candidates[candidates.count / 2]]
      guard
        let reader = try? VolumeFile.open(middle.input, series: middle.series, allowGaps: request.allowGaps)
      else { continue }
      measured[key] = try UpscaleMeasurement(
        reader, model: model, settings: settings, voxelType: voxelType, checkpoint: checkpoint)
    }
    guard !measured.isEmpty else { return nil }
    measurements = measured.values.sorted { ($0.tileWidth, $0.tileHeight) < ($1.tileWidth, $1.tileHeight) }
    threads = model.engine.threads
    samples = settings.samples
    steps = settings.steps ?? min(settings.sampler.defaultSteps, model.configuration.timesteps)
    let sizes = (samples: samples, steps: steps)
    jobs = zip(plan.jobs, tiles).map { job, tiles in
      guard let scan = job.scan, let tiles, let nearest = Self.nearest(to: tiles, in: measured) else {
        return Share(name: job.name, seconds: 0, bytes: 0)
      }
      let seconds = nearest.seconds(
        tilePixels: tiles.pixels, tiles: tiles.count, slices: scan.sliceCount, samples: sizes.samples,
        steps: sizes.steps, voxels: scan.voxels, scale: model.scale,
        volumesWritten: 1 + job.outputs.maps.count + (job.outputs.samples == nil ? 0 : sizes.samples))
      let volume = OutputSizes(scan: scan, scale: model.scale, type: voxelType, measured: nearest)
      return Share(name: job.name, seconds: seconds, bytes: volume.bytes(of: job.outputs, samples: sizes.samples))
    }
    seconds = jobs.reduce(0) { $0 + $1.seconds }
    bytes = jobs.reduce(0) { $0 + $1.bytes }
    bytesFree = Self.free(at: request.output)
  }

  /// Sizes of tiles, those with the most pixels to compute first.
  private static func mostWork(_ plan: BatchPlan, _ tiles: [UpscaleTiles?]) -> [UpscaleTiles] {
    var work: [UpscaleTiles: Int] = [:]
    for (job, tiles) in zip(plan.jobs, tiles) {
      guard let scan = job.scan, let tiles else { continue }
      work[tiles, default: 0] += tiles.pixels * tiles.count * scan.sliceCount
    }
    return work.keys.sorted { (work[$0] ?? 0, $0.pixels, $0.width) > (work[$1] ?? 0, $1.pixels, $1.width) }
  }

  private static func nearest(to tiles: UpscaleTiles, in measured: [UpscaleTiles: UpscaleMeasurement])
    -> UpscaleMeasurement?
  {
    measured.min { a, b in
      let (x, y) = (abs(a.key.pixels - tiles.pixels), abs(b.key.pixels - tiles.pixels))
      return x == y ? a.key.width < b.key.width : x < y
    }?.value
  }

  private static func free(at folder: URL) -> Int? {
    var folder = folder.standardizedFileURL
    while FileIdentity(folder.path) == nil, folder.path != "/" { folder.deleteLastPathComponent() }
    var status = statvfs()
    guard statvfs(folder.path, &status) == 0 else { return nil }
    return Int(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
  }

  /// What the files of one scan take.
  private struct OutputSizes {
    let scan: ScanShape
    let scale: Int
    let type: OutputVoxelType
    let measured: UpscaleMeasurement
    private var voxels: Int { scan.voxels * scale * scale }

    func bytes(of outputs: BatchJob.Outputs, samples: Int) -> Int {
      let own = type == .float32 ? 4 : scan.voxelBytes
      var bytes = volume(outputs.estimate, plain: own, packed: measured.bytesPerVoxel, dicom: 2) + sidecarBytes
      for name in outputs.maps {
        bytes += volume(name, plain: 4, packed: measured.bytesPerDeviation, dicom: 4)
      }
      // Labels pack to little; small beside the volumes.
      if let name = outputs.labels { bytes += name.hasSuffix(".gz") ? voxels / 50 : voxels * scan.voxelBytes }
      if outputs.regions != nil { bytes += sidecarBytes }
      if outputs.preview != nil { bytes += Int(Double(voxels / max(1, scan.sliceCount)) * previewBytesPerPixel) }
      if outputs.samples != nil {
        let name = outputs.estimate.hasSuffix(".nii") ? ".nii" : ".nii.gz"
        bytes += samples * volume(name, plain: own, packed: measured.bytesPerVoxel, dicom: 2)
      }
      return bytes
    }

    private func volume(_ name: String, plain: Int, packed: Double, dicom: Int) -> Int {
      if name.hasSuffix(".nii") { return voxels * plain }
      if name.hasSuffix(".nii.gz") { return Int(Double(voxels) * packed) }
      return voxels * dicom + scan.sliceCount * dicomHeaderBytes
    }
  }
}
