import ImageQuality
import SuperResolution
import Volumes

/// What one slice is compared in: the truth, where its foreground lies, and the range that decibels refer to.
package struct SliceComparison {
  let truth: ImagePlane
  let low: VolumeSlice
  let foreground: ForegroundMask
  let background: ForegroundMask
  let edges: ForegroundMask
  /// Low-resolution pixels at least half of which are foreground.
  let lowForeground: ForegroundMask
  let range: ClosedRange<Double>
  private var width: Double { range.upperBound - range.lowerBound }

  package init(truth: VolumeSlice, low: VolumeSlice, rule: ForegroundRule, range: ClosedRange<Double>) {
    let everything = ForegroundMask(included: truth.values.map(\.isFinite))
    self.truth = ImagePlane(width: truth.width, height: truth.height, values: truth.values)
    self.low = low
    self.range = range
    foreground = rule.mask(of: truth.values).intersected(with: everything)
    background = everything.subtracting(foreground)
    edges = foreground.edges(of: self.truth, share: EvaluationSettings.edgeShare)
    let scale = truth.width / low.width
    var counts = [Int](repeating: 0, count: low.width * low.height)
    for y in 0..<low.height * scale {
      for x in 0..<low.width * scale where foreground.included[y * truth.width + x] {
        counts[y / scale * low.width + x / scale] += 1
      }
    }
    lowForeground = ForegroundMask(included: counts.map { 2 * $0 >= scale * scale })
  }

  /// All measures of an enlarged slice that exist; what cannot be taken (a window larger than the slice) is left out.
  /// - Parameters:
  ///   - lowered: the enlarged slice, made smaller again.
  ///   - distance: LPIPS, where there are weights.
  package func scores(
    of image: VolumeSlice, lowered: VolumeSlice, distance: PerceptualDistance?
  ) -> [EvaluationMeasure: Double] {
    func errors(_ mask: ForegroundMask?) -> ErrorStatistics {
      var errors = ErrorStatistics()
      errors.add(estimate: image.values, truth: truth.values, mask: mask)
      return errors
    }
    let (tissue, all) = (errors(foreground), errors(nil))
    var scores: [EvaluationMeasure: Double] = [
      .psnr: tissue.peakSignalToNoiseRatio(dataRange: width), .psnrAll: all.peakSignalToNoiseRatio(dataRange: width),
      .mae: tissue.meanAbsoluteError, .bias: tissue.bias, .maeEdges: errors(edges).meanAbsoluteError,
      .maeBackground: errors(background).meanAbsoluteError,
    ]
    let plane = ImagePlane(width: image.width, height: image.height, values: image.values)
    let windows: [(StructuralSimilarity.Window, EvaluationMeasure, EvaluationMeasure)] = [
      (.gaussian, .ssim, .ssimAll), (.uniform, .ssim7, .ssim7All),
    ]
    for (window, masked, whole) in windows {
      guard let map = try? StructuralSimilarity(window, dataRange: width).map(plane, truth) else { continue }
      let inner = foreground.cropped(width: truth.width, height: truth.height, by: window.radius)
      scores[masked] = map.mean(inside: inner)
      scores[whole] = map.mean(inside: nil)
    }
    if let distance, truth.values.allSatisfy(\.isFinite) {
      scores[.lpips] = try? distance(plane, truth, window: range)
    }
    for (measure, mask) in [(EvaluationMeasure.lrPSNR, lowForeground), (.lrPSNRAll, nil)] {
      var errors = ErrorStatistics()
      errors.add(estimate: lowered.values, truth: low.values, mask: mask)
      scores[measure] = errors.peakSignalToNoiseRatio(dataRange: width)
    }
    // No number where there was no pixel.
    return scores.filter { !$0.value.isNaN }
  }
}

extension ForegroundMask {
  /// The mask of the pixels that are `radius` or more away from the border.
  fileprivate func cropped(width: Int, height: Int, by radius: Int) -> ForegroundMask {
    ForegroundMask(
      included: (radius..<height - radius).flatMap { y in included[y * width + radius..<(y + 1) * width - radius] })
  }
}

extension ImagePlane {
  /// The mean over the pixels of the mask that are numbers; NaN where there are none.
  fileprivate func mean(inside mask: ForegroundMask?) -> Double {
    var (sum, count) = (0.0, 0)
    for p in values.indices where (mask?.included[p] ?? true) && !values[p].isNaN {
      sum += values[p]
      count += 1
    }
    return sum / Double(count)
  }
}
