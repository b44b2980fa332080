import Foundation
import ImageQuality
import SuperResolution
import Tensors
import Volumes

/// One scan's slices as truth, halved as input, and what the model makes of them.
struct ValidationSlices {
  private let scan: any VolumeReader
  private let model: LoadedModel
  private let mapping: IntensityMapping

  init(scan: any VolumeReader, model: LoadedModel) throws {
    self.scan = scan
    self.model = model
    mapping = try model.mapping(for: VolumeStatistics(of: scan, percentile: 99.5)).mapping
  }

  /// `subject,slice slice …`, a header line first.
  static func list(at path: String) throws -> [(subject: String, slices: [Int])] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropFirst().map { line in
      let parts = line.split(separator: ",")
      return (String(parts[0]), parts[1].split(separator: " ").compactMap { Int($0) })
    }
  }

  /// Decibels, the paper's σ on a 0–255 scale, correlations, seconds.
  func score(slice index: Int, settings: UpscaleSettings) throws -> [String: Double] {
    let scale = model.scale
    let truth = try scan.readSlice(index, across: .k, frame: 0).cropped(toMultipleOf: scale)
    let (width, height) = (truth.width / scale, truth.height / scale)
    let halving = BicubicResampling(height: truth.height, width: truth.width, toHeight: height, toWidth: width)
    let input = VolumeSlice(width: width, height: height, values: halving.resampled(truth.values))
    let slices = try SliceUpscaler(
      model: model, settings: settings, mapping: mapping, width: width, height: height, sliceSpacing: 1)
    let clock = Date()
    let result = try slices.upscale(input, index: index, keepsSamples: true)
    let seconds = Date().timeIntervalSince(clock)

    let tissue = ForegroundMask.nonZero(truth.values)
    let range = mapping.high - mapping.low
    func decibels(_ estimate: [Double], _ truth: [Double], _ mask: ForegroundMask?) -> Double {
      var errors = ErrorStatistics()
      errors.add(estimate: estimate, truth: truth, mask: mask)
      return errors.peakSignalToNoiseRatio(dataRange: range)
    }
    var scores = [
      "bicubic": decibels(result.bicubic.values, truth.values, tissue),
      "encoder": decibels(try slices.encoderImage(of: input).values, truth.values, tissue),
      "mean": decibels(result.estimate.values, truth.values, tissue),
      "seconds": seconds,
    ]
    let samples = result.samples.map(\.values)
    scores["sample"] = decibels(samples[0], truth.values, tissue)
    scores["lr-psnr"] = decibels(halving.resampled(result.estimate.values), input.values, nil)
    if let deviation = result.deviation {
      var sigma = PixelDeviation()
      sigma.add(deviation: deviation.values, mask: tissue)
      scores["sigma"] = sigma.value(dataRange: range)
      let inside = truth.values.indices.filter { tissue.included[$0] }
      let profile = UncertaintyProfile(
        deviation: inside.map { deviation.values[$0] }, error: inside.map { truth.values[$0] - result.estimate.values[$0] },
        sampleCount: samples.count)
      scores["spearman"] = profile.rankCorrelation
      let curve = profile.sparsification()
      scores["ause/constant"] = curve.areaUnderError / curve.areaUnderErrorOfConstant
      var ranks = RankHistogram(sampleCount: samples.count)
      ranks.add(samples: samples, truth: truth.values, mask: tissue)
      scores["outside"] = ranks.excessOutside
      scores["slope"] = ranks.slope
    }
    return scores
  }
}

extension VolumeSlice {
  /// Without the last columns and rows that do not fill a multiple.
  fileprivate func cropped(toMultipleOf factor: Int) -> VolumeSlice {
    let (w, h) = (width / factor * factor, height / factor * factor)
    return VolumeSlice(width: w, height: h, values: (0..<h).flatMap { y in values[y * width..<y * width + w] })
  }
}
