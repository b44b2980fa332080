import Foundation
import ImageQuality
import SuperResolution
import Volumes

/// One scan, slice by slice, through all methods. Memory is a few slices.
struct ScanEvaluation {
  let scan: EvaluationScan
  let settings: EvaluationSettings
  let model: LoadedModel
  /// LPIPS, where there are weights.
  let distance: PerceptualDistance?
  let calibration: UncertaintyCalibration?
  /// Where the compared slices go; `nil` keeps none.
  let keeping: URL?
  /// Where the picture goes.
  let picture: URL

  /// - Parameter progress: the share that is done; called often, and what it throws ends the work.
  /// - Returns: the record; `nil` where the list of slices has nothing for this scan.
  func run(recipe: String, source: String, progress: (Double) throws -> Void) throws -> VolumeRecord? {
    let clock = Date()
    let pair = try EvaluatedPair(scan, settings: settings, model: model) { try progress(0) }
    guard let chosen = try settings.selection.slices(of: scan, count: pair.sliceCount) else { return nil }
    var record = record(of: pair, recipe: recipe, source: source)
    // Beyond the foreground's extent there is nothing, and within it a slice may still be empty.
    let wanted = try chosen.filter { index in
      guard pair.extent?.contains(index) ?? false else { return false }
      return !pair.foreground.mask(of: try pair.truthSlice(index).values).isEmpty
    }
    record.emptySlices = chosen.count - wanted.count
    let kept = try keeping.map { try KeptFiles(in: $0, count: wanted.count) }
    var flicker = Dictionary(uniqueKeysWithValues: settings.methods.map { ($0, SliceFlicker()) })
    let samples = settings.upscaling.samples
    let applied = try calibration.map { calibration in
      let mapping = pair.upscaler.mapping
      let width = pair.dataRange.upperBound - pair.dataRange.lowerBound
      let conditions = CalibrationConditions(of: pair.upscaler, source: pair.low.header)
      record.calibrationReasons = conditions.differences(from: calibration.conditions)
      return try AppliedCalibration(calibration, range: (mapping.high - mapping.low) / width)
    }
    var tally = settings.needsSamples && samples > 1 ? UncertaintyTally(sampleCount: samples) : nil

    for (position, index) in wanted.enumerated() {
      func part(_ share: Double) throws { try progress((Double(position) + share) / Double(wanted.count)) }
      let slice = try EnlargedSlice(index, of: pair, settings: settings) { try part(0.9 * $0) }
      let comparison = SliceComparison(
        truth: try pair.truthSlice(index), low: slice.low, rule: pair.foreground, range: pair.dataRange)
      let followsLast = position > 0 && wanted[position - 1] == index - 1
      var scores: [EvaluationMethod: [EvaluationMeasure: Double]] = [:]
      for (method, image) in slice.images {
        try part(0.95)
        scores[method] = comparison.scores(of: image, lowered: pair.lowered(image), distance: distance)
        if !followsLast { flicker[method]?.interrupt() }
        flicker[method]?.add(sample: image.values, truth: comparison.truth.values, mask: comparison.foreground)
      }
      if let sigma = slice.sigma(comparison) { scores[.mean]?[.sigma] = sigma }
      tally?.add(samples: slice.samples.map(\.values), comparison, isEnd: pair.isEndSlice(index), calibration: applied)
      record.slices.append(.init(index: index, foregroundPixels: comparison.foreground.count, scores: scores))
      if let kept { try slice.keep(in: kept, comparison, at: position) }
      if position == wanted.count / 2 {
        try EvaluationPicture(pair: pair, slice: slice, settings: settings).montage(name: scan.name)
          .write(to: picture.path, overwrite: true)
      }
    }

    let seen = flicker.filter { $0.value.count > 0 }
    record.flicker = seen.mapValues(\.ratio)
    record.truthVariation = seen.values.first?.truthVariation
    record.uncertainty = tally
    record.seconds = Date().timeIntervalSince(clock)
    try kept?.finish(
      .init(
        slices: wanted, scale: model.scale, dataRange: record.dataRange,
        degradation: settings.degradation.text(scale: model.scale), methods: settings.methods.map(\.rawValue),
        samples: settings.needsSamples ? samples : 0))
    return record
  }

  private func record(of pair: EvaluatedPair, recipe: String, source: String) -> VolumeRecord {
    let header = pair.truth.header
    return VolumeRecord(
      name: scan.name, subject: scan.subject, recipe: recipe, source: source, size: header.sizeList,
      spacing: header.spacingList, slicesAcross: ["i", "j", "k"][pair.axis.rawValue],
      dataRange: [pair.dataRange.lowerBound, pair.dataRange.upperBound], unit: header.intensityUnit.description,
      foreground: pair.foreground.description, warnings: pair.warnings)
  }
}
