import Volumes

extension VolumeUpscaler {
  /// The next slice between two samples, once per weight; `nil` after the last. Instead of `next(progress:)`.
  func nextBetween(
    otherSeed: UInt64, weights: [Double], step: Int, progress: (Double) throws -> Void
  ) throws -> (slices: [VolumeSlice], input: VolumeSlice, index: Int, frame: Int)? {
    guard let (slice, index, frame, region) = try nextInput() else { return nil }
    let results = try slices.interpolate(
      slice, index: index, frame: frame, region: region, otherSeed: otherSeed, weights: weights, step: step,
      timings: &timings, progress: progress)
    count(slices.computedShare(of: region))
    return (results, slice, index, frame)
  }

  /// The next slice with a region of another image fused in; `nil` after the last. Instead of `next(progress:)`.
  func nextFused(
    with paste: FusionSource, margin: Int, step: Int, progress: (Double) throws -> Void
  ) throws -> FusedSlice? {
    guard let (slice, index, frame, region) = try nextInput() else { return nil }
    let pasted = try paste.region(ofSlice: index, across: axis, frame: frame, scale: model.scale)
    let pixels = pasted.count { $0 }
    var fusion: SliceUpscaler.Fusion?
    if pixels > 0 {
      fusion = SliceUpscaler.Fusion(
        other: try other(paste, index, frame: frame), region: pasted, margin: margin, step: step)
    }
    let result = try slices.fuse(
      fusion, into: slice, index: index, frame: frame, region: region, timings: &timings, progress: progress)
    count(pixels > 0 ? 1 : slices.computedShare(of: region))
    return FusedSlice(
      index: index, frame: frame, plain: result.plain, fused: result.fused,
      other: fusion.map { VolumeSlice(width: result.plain.width, height: result.plain.height, values: $0.other) },
      region: pasted, pasted: pixels)
  }

  /// The other image's slice on the output grid: as it is, or as a sample of its own where it is in low resolution.
  private func other(_ paste: FusionSource, _ index: Int, frame: Int) throws -> [Double] {
    let slice = try paste.image.readSlice(index, across: axis, frame: paste.image.header.frames == 1 ? 0 : frame)
    guard paste.imageIsLowResolution else { return slice.filled(fallback: mapping.low).values }
    let finite = VolumeSlice(
      width: slice.width, height: slice.height, values: slice.filled(fallback: mapping.low).values)
    return try slices.upscale(finite, index: index, frame: frame, keepsSamples: false, timings: &timings) { _ in }
      .estimate.values
  }
}

/// A slice with a region of another image in it.
struct FusedSlice {
  let index: Int
  let frame: Int
  /// The sample that the region was pasted into.
  let plain: VolumeSlice
  let fused: VolumeSlice
  /// What was pasted from; `nil` where nothing was.
  let other: VolumeSlice?
  /// Which output pixels were pasted, and how many.
  let region: [Bool]
  let pasted: Int
}

/// What is pasted: another image and the region of it.
struct FusionSource {
  /// On the volume's grid or on the output's.
  let image: ReorientedReader
  let imageIsLowResolution: Bool
  /// Pasted is where it is finite and not 0.
  let mask: ReorientedReader
  let maskIsLowResolution: Bool

  /// - Throws: `VolumeError` where one of them lies on neither grid, `SuperResolutionError` where the frames do not fit.
  init(
    image: any VolumeReader, named imageName: String, mask: any VolumeReader, named maskName: String,
    onto source: VolumeHeader, or output: VolumeHeader
  ) throws {
    let grids = [("the input", source), ("the output", output)]
    for (reader, name) in [(image, imageName), (mask, maskName)]
    where ![1, source.frames].contains(reader.header.frames) {
      throw SuperResolutionError(
        .invalidSetting, name,
        "has \(reader.header.frames) frames where the input has \(source.frames). Give it one for all, or as many.")
    }
    let fitting = try ReorientedReader.match(image, named: imageName, to: grids)
    (self.image, imageIsLowResolution) = (fitting.reader, fitting.grid == 0)
    let region = try ReorientedReader.match(mask, named: maskName, to: grids)
    (self.mask, maskIsLowResolution) = (region.reader, region.grid == 0)
  }

  /// Which pixels of an output slice are pasted.
  func region(ofSlice index: Int, across axis: VoxelAxis, frame: Int, scale: Int) throws -> [Bool] {
    let slice = try mask.readSlice(index, across: axis, frame: mask.header.frames == 1 ? 0 : frame)
    let isPasted = slice.values.map { $0.isFinite && $0 != 0 }
    guard maskIsLowResolution else { return isPasted }
    return (0..<slice.height * scale).flatMap { y in
      (0..<slice.width * scale).map { x in isPasted[y / scale * slice.width + x / scale] }
    }
  }
}
