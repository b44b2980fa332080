import Diffusion
import Foundation
import Tensors
import Volumes

/// What upscaling a scan costs here, measured on a few steps of its own slices through the network, in tiles of the size that it will be cut
/// into.
public struct UpscaleMeasurement: Codable, Sendable {
  /// Pixels of a tile before upscaling.
  public let tileWidth: Int
  /// Rows of a tile before upscaling.
  public let tileHeight: Int
  /// Seconds that one step takes for one sample of one tile.
  public let secondsPerStep: Double
  /// Seconds per tile besides the steps: encoder, base, blending.
  public let secondsPerTile: Double
  /// Seconds per voxel of the input for reading it three times (range, percentile, slices).
  public let secondsPerVoxelRead: Double
  /// Seconds per voxel of the output for packing and writing one volume.
  public let secondsPerVoxelWritten: Double
  /// Bytes per voxel of a packed estimate and of a packed deviation.
  public let bytesPerVoxel: Double
  /// Bytes per voxel of a packed deviation.
  public let bytesPerDeviation: Double

  /// Steps that are timed after a first one.
  private static let timedSteps = 3
  /// Where in the volume slices are looked at, as shares of its length: what lies outside the head packs better.
  private static let places = [0.2, 0.5, 0.8]

  /// Measures on three slices of a scan.
  /// - Parameter checkpoint: called between the runs; what it throws comes out here.
  public init(
    _ reader: any VolumeReader, model: LoadedModel, settings: UpscaleSettings, voxelType: OutputVoxelType,
    checkpoint: () throws -> Void = {}
  ) throws {
    let header = reader.header
    let axis = settings.plane.axis(of: header)
    var clock = ContinuousClock.now
    let statistics = try VolumeStatistics(of: reader, percentile: model.intensity.percentile, checkpoint: checkpoint)
    let mapping = model.mapping(for: statistics, of: header.modality).mapping
    // The upscale itself reads once more.
    secondsPerVoxelRead = clock.lap() * 1.5 / Double(max(1, statistics.voxels))

    let layout = UpscaleTiles(header, axis: axis, model: model, settings: settings)
    (tileWidth, tileHeight) = (layout.width, layout.height)
    let pixels = tileWidth * tileHeight * model.scale * model.scale
    let batch = TileSampler.batch(of: settings.samples, pixels: pixels)
    let most =
      settings.plan?.updates.count ?? settings.steps
      ?? min(settings.sampler.defaultSteps, model.configuration.timesteps)
    func run(steps: Int, on slice: VolumeSlice, at index: Int) throws -> (slice: UpscaledSlice, seconds: Double) {
      var few = settings
      few.plan = nil
      few.steps = min(steps, most)
      few.samples = batch
      let upscaler = try SliceUpscaler(
        model: model, settings: few, mapping: mapping, width: slice.width, height: slice.height,
        sliceSpacing: header.geometry.spacing[axis.rawValue])
      try checkpoint()
      var clock = ContinuousClock.now
      return (try upscaler.upscale(slice, index: index, keepsSamples: false), clock.lap())
    }
    let count = header.count(along: axis)
    let indices = Self.places.map { min(count - 1, Int(Double(count) * $0)) }
    let slices = try indices.map { index in
      layout.middle(of: try reader.readSlice(index, across: axis, frame: 0))
    }
    // The first run warms up: memory, and the model's packed weights.
    let results = [
      try run(steps: Self.timedSteps, on: slices[0], at: indices[0]), try run(steps: 1, on: slices[2], at: indices[2]),
      try run(steps: 1 + Self.timedSteps, on: slices[1], at: indices[1]),
    ]
    let timed = min(most, 1 + Self.timedSteps) - 1
    let step = timed > 0 ? max(0, results[2].seconds - results[1].seconds) / Double(timed) : results[1].seconds
    secondsPerStep = step / Double(batch)
    secondsPerTile = timed > 0 ? max(0, results[1].seconds - step) : 0

    clock = .now
    let type = voxelType == .float32 ? .float32 : header.storedType
    let estimates = results.map(\.slice.estimate)
    bytesPerVoxel = try Self.packedBytes(estimates, type: type, like: header)
    secondsPerVoxelWritten = clock.lap() / Double(estimates.reduce(0) { $0 + $1.values.count })
    bytesPerDeviation = try Self.packedBytes(results.compactMap(\.slice.deviation), type: .float32, like: header)
  }

  /// Seconds for one scan, in one process.
  /// - Parameters:
  ///   - tiles: per slice.
  ///   - volumesWritten: the estimate, and the deviation or samples beside it.
  public func seconds(
    tilePixels: Int, tiles: Int, slices: Int, samples: Int, steps: Int, voxels: Int, scale: Int, volumesWritten: Int
  ) -> Double {
    let size = Double(tilePixels) / Double(tileWidth * tileHeight)
    let perTile = (secondsPerTile + secondsPerStep * Double(samples * steps)) * size
    return perTile * Double(tiles * slices) + secondsPerVoxelRead * Double(voxels)
      + secondsPerVoxelWritten * Double(voxels * scale * scale * volumesWritten)
  }

  /// Bytes per voxel of these slices as a `.nii.gz`; 0 without slices.
  private static func packedBytes(_ slices: [VolumeSlice], type: ScalarType, like source: VolumeHeader) throws -> Double
  {
    guard let first = slices.first else { return 0 }
    let header = VolumeHeader(
      size: (first.width, first.height, slices.count), frames: 1, geometry: source.geometry, acquiredAxis: .k,
      storedType: type, rescale: source.rescale)
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("residua-\(UUID().uuidString).nii.gz")
    defer { unlink(url.path) }
    let writer = try NiftiWriter(NiftiOutput(header: header, type: type), to: url)
    for (index, slice) in slices.enumerated() { try writer.writeSlice(slice, at: index, across: .k, frame: 0) }
    try writer.finish()
    let bytes = try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int ?? 0
    return Double(bytes) / Double(first.values.count * slices.count)
  }
}

/// How the slices of a scan are cut: the size of a tile before upscaling, and how many make a slice.
public struct UpscaleTiles: Hashable, Sendable {
  /// Pixels of a tile per row, before upscaling.
  public let width: Int
  /// Rows of a tile, before upscaling.
  public let height: Int
  /// Tiles of a slice.
  public let count: Int

  /// - Parameters:
  ///   - width: pixels of a slice.
  ///   - height: pixels of a slice.
  public init(width: Int, height: Int, model: LoadedModel, settings: UpscaleSettings) {
    let shape = model.network.shape
    let layout = TileLayout(
      width: width, height: height, scale: model.scale, tile: settings.tile, multiple: shape.sideMultiple,
      least: shape.leastSide)
    self.width = layout.columns.length
    self.height = layout.rows.length
    count = layout.count
  }

  init(_ header: VolumeHeader, axis: VoxelAxis, model: LoadedModel, settings: UpscaleSettings) {
    let size = header.sliceSize(across: axis)
    self.init(width: size.width, height: size.height, model: model, settings: settings)
  }

  /// Of a tile, before upscaling.
  public var pixels: Int { width * height }

  /// As much of a slice as makes one tile, from its middle.
  func middle(of slice: VolumeSlice) -> VolumeSlice {
    let (w, h) = (min(width, slice.width), min(height, slice.height))
    let (left, top) = ((slice.width - w) / 2, (slice.height - h) / 2)
    let values = (0..<h).flatMap { y in
      let start = (top + y) * slice.width + left
      return slice.values[start..<start + w]
    }
    return VolumeSlice(width: w, height: h, values: Array(values))
  }
}

extension ContinuousClock.Instant {
  /// Seconds since this instant, which becomes now.
  fileprivate mutating func lap() -> Double {
    let now = ContinuousClock.now
    defer { self = now }
    let (seconds, attoseconds) = (now - self).components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
