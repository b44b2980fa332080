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

  private struct Case {
    let truth: VolumeSlice
    let input: VolumeSlice
    let halving: BicubicResampling
    let upscaler: SliceUpscaler
  }

  private func prepared(_ index: Int, settings: UpscaleSettings, spacing: Double) throws -> Case {
    let truth = try scan.readSlice(index, across: .k, frame: 0).cropped(toMultipleOf: model.scale)
    let (width, height) = (truth.width / model.scale, truth.height / model.scale)
    let halving = BicubicResampling(height: truth.height, width: truth.width, toHeight: height, toWidth: width)
    return Case(
      truth: truth, input: VolumeSlice(width: width, height: height, values: halving.resampled(truth.values)),
      halving: halving,
      upscaler: try SliceUpscaler(
        model: model, settings: settings, mapping: mapping, width: width, height: height, sliceSpacing: spacing))
  }

  /// The truth, and what the model makes of its halved copy.
  func upscaled(slice index: Int, settings: UpscaleSettings, spacing: Double) throws -> (
    truth: VolumeSlice, result: UpscaledSlice
  ) {
    let prepared = try prepared(index, settings: settings, spacing: spacing)
    return (prepared.truth, try prepared.upscaler.upscale(prepared.input, index: index, keepsSamples: true))
  }

  /// Decibels, the paper's σ on a 0–255 scale, correlations, seconds (of the clock, and of all processors).
  func score(slice index: Int, settings: UpscaleSettings) throws -> [String: Double] {
    let prepared = try prepared(index, settings: settings, spacing: 1)
    let (truth, input) = (prepared.truth, prepared.input)
    let (clock, processor) = (Date(), ProcessorTime.now)
    let result = try prepared.upscaler.upscale(input, index: index, keepsSamples: true)
    let (seconds, processorSeconds) = (Date().timeIntervalSince(clock), ProcessorTime.now - processor)

    let tissue = ForegroundMask.nonZero(truth.values)
    let range = mapping.high - mapping.low
    func decibels(_ estimate: [Double], _ truth: [Double], _ mask: ForegroundMask?) -> Double {
      var errors = ErrorStatistics()
      errors.add(estimate: estimate, truth: truth, mask: mask)
      return errors.peakSignalToNoiseRatio(dataRange: range)
    }
    var scores = [
      "bicubic": decibels(result.bicubic.values, truth.values, tissue),
      "encoder": decibels(try prepared.upscaler.encoderImage(of: input).values, truth.values, tissue),
      "mean": decibels(result.estimate.values, truth.values, tissue),
      "seconds": seconds, "processor seconds": processorSeconds,
    ]
    let samples = result.samples.map(\.values)
    scores["sample"] = decibels(samples[0], truth.values, tissue)
    scores["lr-psnr"] = decibels(prepared.halving.resampled(result.estimate.values), input.values, nil)
    if let deviation = result.deviation {
      var sigma = PixelDeviation()
      sigma.add(deviation: deviation.values, mask: tissue)
      scores["sigma"] = sigma.value(dataRange: range)
      let inside = truth.values.indices.filter { tissue.included[$0] }
      let profile = UncertaintyProfile(
        deviation: inside.map { deviation.values[$0] },
        error: inside.map { truth.values[$0] - result.estimate.values[$0] },
        sampleCount: samples.count)
      scores["spearman"] = profile.rankCorrelation
      let curve = profile.sparsification()
      scores["ause/constant"] = curve.areaUnderError / curve.areaUnderErrorOfConstant
      var ranks = RankHistogram(sampleCount: samples.count)
      ranks.add(samples: samples, truth: truth.values, mask: tissue)
      scores["outside"] = ranks.excessOutside
      if samples.count > 1 {
        var score = RankedProbabilityScore()
        score.add(samples: samples, truth: truth.values, mask: tissue)
        // On the scale of sigma.
        scores["crps"] = score.mean / range * 255
      }
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

/// Seconds of all processors that this process has used: what other work on the machine disturbs least.
enum ProcessorTime {
  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
