import ImageQuality
import SuperResolution
import Volumes

/// What every method makes of one slice.
struct EnlargedSlice {
  let index: Int
  let low: VolumeSlice
  /// In the order of the settings' methods.
  let images: [(method: EvaluationMethod, image: VolumeSlice)]
  let samples: [VolumeSlice]
  let deviation: VolumeSlice?

  init(_ index: Int, of pair: EvaluatedPair, settings: EvaluationSettings, progress: (Double) throws -> Void) throws {
    self.index = index
    let low = try pair.low.readSlice(index, across: pair.axis, frame: 0)
    let drawn = settings.needsSamples ? try pair.upscaler.slice(at: index, progress: progress) : nil
    images = try settings.methods.compactMap { method in
      switch method {
      case .encoder: return (method, try pair.upscaler.encoderImage(of: low))
      case .sample: return drawn?.samples.first.map { (method, $0) }
      case .mean: return drawn.map { (method, $0.estimate) }
      default: return method.interpolation.map { (method, pair.enlarged(low, by: $0)) }
      }
    }
    self.low = low
    samples = drawn?.samples ?? []
    deviation = drawn?.deviation
  }

  /// The paper's σ over the foreground.
  func sigma(_ comparison: SliceComparison) -> Double? {
    guard let deviation else { return nil }
    var sigma = PixelDeviation()
    sigma.add(deviation: deviation.values, mask: comparison.foreground)
    return sigma.value(dataRange: comparison.range.upperBound - comparison.range.lowerBound)
  }

  func keep(in files: KeptFiles, _ comparison: SliceComparison, at position: Int) throws {
    let (width, height) = (comparison.truth.width, comparison.truth.height)
    func slice(_ values: [Double]) -> VolumeSlice { VolumeSlice(width: width, height: height, values: values) }
    try files.write(slice(comparison.truth.values), as: "truth", at: position)
    try files.write(low, as: "low", at: position)
    try files.write(slice(comparison.foreground.included.map { $0 ? 1 : 0 }), as: "foreground", at: position)
    for (method, image) in images { try files.write(image, as: method.rawValue, at: position) }
    for (number, sample) in samples.enumerated() {
      try files.write(sample, as: "sample-\(number + 1)", at: position)
    }
  }
}
