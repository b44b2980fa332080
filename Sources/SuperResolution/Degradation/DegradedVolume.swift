import Foundation
import Tensors
import Volumes

/// A volume as a scanner of lower resolution might have seen it: every slice across one axis made smaller, on demand.
///
/// Rows and columns beyond the last whole group of `scale` pixels fall away (`VolumeHeader.downscaled`). Values that are not finite are
/// filled from their neighbours first, as for a network.
public final class DegradedVolume: VolumeReader {
  /// Of the low resolution.
  public let header: VolumeHeader
  /// How slices become smaller.
  public let degradation: Degradation
  /// How many times.
  public let scale: Int
  /// Across which the slices lie that become smaller.
  public let axis: VoxelAxis
  private let source: any VolumeReader
  private let noise: NoiseField
  private let range: Double
  private let columns: AxisWeights
  private let rows: AxisWeights
  private var scratch: SliceScratch?

  public var scratchBytes: Int { scratch?.byteCount ?? 0 }

  /// - Parameters:
  ///   - axis: across which the slices lie.
  ///   - range: the width of the intensity range that the degradation's noise is a share of, in the volume's unit.
  ///   - seed: of the noise; a slice's noise does not depend on which others are made.
  /// - Throws: `SuperResolutionError` when a slice is smaller than `scale` pixels, or for a degradation with numbers that cannot be.
  public init(
    of source: any VolumeReader, by degradation: Degradation, scale: Int, across axis: VoxelAxis, range: Double,
    seed: UInt64 = 0
  ) throws {
    if let problem = degradation.problem { throw SuperResolutionError(.invalidSetting, "degradation", problem + ".") }
    let (width, height) = source.header.sliceSize(across: axis)
    guard width >= scale, height >= scale else {
      throw SuperResolutionError(
        .unsupported, "slices of \(width)×\(height)", "they are too small to be made \(scale) times smaller.")
    }
    header = source.header.downscaled(by: scale, across: axis)
    self.source = source
    self.degradation = degradation
    self.scale = scale
    self.axis = axis
    self.range = range
    noise = NoiseField(seed: seed)
    columns = degradation.weights(count: width / scale * scale, scale: scale, outputs: 0..<width / scale)
    rows = degradation.weights(count: height / scale * scale, scale: scale, outputs: 0..<height / scale)
  }

  public func readSlice(_ index: Int, across axis: VoxelAxis, frame: Int) throws -> VolumeSlice {
    if axis == self.axis { return try made(index, frame: frame) }
    if scratch == nil {
      scratch = try SliceScratch(size: header.size, frames: header.frames, folder: nil, subject: "degraded volume")
    }
    guard let scratch else { return try made(index, frame: frame) }
    if !scratch.isComplete(frame: frame) {
      for slice in 0..<header.count(along: self.axis) {
        try scratch.write(made(slice, frame: frame), at: slice, across: self.axis, frame: frame)
      }
    }
    return try scratch.read(index, across: axis, frame: frame)
  }

  private func made(_ index: Int, frame: Int) throws -> VolumeSlice {
    let slice = try source.readSlice(index, across: axis, frame: frame)
    var low = lowered(slice.cropped(toMultipleOf: scale))
    guard degradation.noiseDeviation > 0 else { return low }
    var drawn = [Float](repeating: 0, count: low.values.count)
    drawn.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      noise.fill(
        start, rows: 0..<low.height, columns: 0..<low.width, sample: 0, slice: index, frame: frame, step: 0)
    }
    // The deviation is in the model's units, of which the range has two.
    for p in low.values.indices { low.values[p] += degradation.noiseDeviation / 2 * range * Double(drawn[p]) }
    return low
  }

  /// A slice of the high resolution (cropped) made smaller, without noise: what LR-PSNR compares with.
  public func lowered(_ slice: VolumeSlice) -> VolumeSlice {
    precondition(
      slice.width == columns.outputs.count * scale && slice.height == rows.outputs.count * scale,
      "a slice of the high resolution")
    let values = slice.filled(fallback: 0).values
    return VolumeSlice(
      width: columns.outputs.count, height: rows.outputs.count,
      values: columns.appliedToColumns(
        of: rows.appliedToRows(of: values, width: slice.width), height: rows.outputs.count))
  }
}

extension VolumeSlice {
  /// Without the last columns and rows that do not fill a multiple.
  package func cropped(toMultipleOf factor: Int) -> VolumeSlice {
    let (w, h) = (width / factor * factor, height / factor * factor)
    if w == width && h == height { return self }
    return VolumeSlice(width: w, height: h, values: (0..<h).flatMap { y in values[y * width..<y * width + w] })
  }
}
