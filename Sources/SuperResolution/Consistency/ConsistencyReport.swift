import Foundation
import ImageQuality
import Volumes

/// How well the output agrees with the input, slice by slice: LR-PSNR, the decibels between the output made smaller and the input
/// (SRDiff, Li et al. 2022, section 4.1). The range of a decibel is that of the intensity mapping.
public struct ConsistencyReport: Codable, Sendable {
  /// One slice's agreement.
  public struct Slice: Codable, Sendable {
    /// Time point, from 0.
    public let frame: Int
    /// Which slice, from 0, across the axis of the slices.
    public let index: Int
    /// In dB; absent where output and input agree exactly, as in an empty slice.
    public let psnr: Double?
  }

  /// `report`, or `project` where samples were brought into agreement.
  public let mode: String
  /// How the output was made smaller, in words.
  public let degradation: String
  /// By frame, then slice.
  public let slices: [Slice]
  /// Over the slices with a value.
  public let median: Double?
  /// Of all slices with a value, in dB.
  public let lowest: Double?
  /// Slices further below the median than `limit`: look at them.
  public let suspicious: [Slice]
  /// In dB below the median: the larger of 6 dB and five times the usual spread (1.4826 · median absolute deviation).
  public let limit: Double?

  static let leastLimit = 6.0
  static let spreads = 5.0

  init(mode: String, degradation: String, slices: [Slice]) {
    self.mode = mode
    self.degradation = degradation
    self.slices = slices
    let values = slices.compactMap(\.psnr)
    func middle(_ values: [Double]) -> Double? {
      let sorted = values.sorted()
      guard !sorted.isEmpty else { return nil }
      return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
    let median = middle(values)
    let limit = median.flatMap { m in
      middle(values.map { abs($0 - m) }).map { max(Self.leastLimit, Self.spreads * 1.4826 * $0) }
    }
    self.median = median
    self.limit = limit
    lowest = values.min()
    suspicious = slices.filter { slice in
      guard let psnr = slice.psnr, let median, let limit else { return false }
      return psnr < median - limit
    }
  }

  /// One line for people.
  public var summary: String {
    guard let median, let lowest else { return "the output agrees with the input exactly" }
    return String(format: "agreement with the input (LR-PSNR): median %.1f dB, lowest slice %.1f dB", median, lowest)
  }

  /// A warning where slices are out of line.
  var warning: String? {
    guard !suspicious.isEmpty, let median else { return nil }
    let shown = suspicious.prefix(8).map { slice in
      // From 1, as pictures, pages and `--slice` count.
      (slice.frame > 0 ? "time point \(slice.frame + 1), " : "") + "\(slice.index + 1) (\(String(format: "%.1f", slice.psnr ?? 0)) dB)"
    }
    let more = suspicious.count > 8 ? " and \(suspicious.count - 8) more" : ""
    let one = suspicious.count == 1
    return "slice\(one ? "" : "s") \(shown.joined(separator: ", "))\(more) agree\(one ? "s" : "") less with the input than the median of "
      + String(format: "%.1f dB", median) + ": look at \(one ? "it" : "them") before you use \(one ? "it" : "them")."
  }
}

/// Gathers the agreement of an output with its input, slice by slice.
package struct ConsistencyCheck {
  private let operation: DataConsistency
  private let range: Double
  private let mode: UpscaleSettings.Consistency
  private let scale: Int
  private var slices: [ConsistencyReport.Slice] = []

  /// - Parameters:
  ///   - operation: by which an output slice is made smaller.
  ///   - range: of a decibel, in the volume's unit.
  package init(
    operation: DataConsistency, range: Double, scale: Int, mode: UpscaleSettings.Consistency = .report
  ) {
    self.operation = operation
    self.range = range
    self.scale = scale
    self.mode = mode
  }

  init(of upscaler: VolumeUpscaler, operation: DataConsistency) {
    self.init(
      operation: operation, range: upscaler.mapping.high - upscaler.mapping.low, scale: upscaler.model.scale,
      mode: upscaler.settings.consistency)
  }

  mutating func add(_ slice: UpscaledSlice) {
    add(slice.estimate, for: slice.lowResolution, index: slice.index, frame: slice.frame)
  }

  /// - Parameters:
  ///   - estimate: the output's slice.
  ///   - low: the input's.
  package mutating func add(_ estimate: VolumeSlice, for low: VolumeSlice, index: Int, frame: Int) {
    // What is not finite in the input says nothing; around it the filled values stand.
    let known = low.values.map(\.isFinite)
    let values = known.allSatisfy(\.self) ? estimate.values : estimate.filled(fallback: 0).values
    let lowered = operation.lowered(values)
    var errors = ErrorStatistics()
    errors.add(estimate: lowered, truth: low.values, mask: ForegroundMask(included: known))
    let psnr = errors.count > 0 ? errors.peakSignalToNoiseRatio(dataRange: range) : .infinity
    slices.append(.init(frame: frame, index: index, psnr: psnr.isFinite ? (psnr * 1000).rounded() / 1000 : nil))
  }

  package var report: ConsistencyReport {
    ConsistencyReport(mode: mode.rawValue, degradation: operation.degradation.text(scale: scale), slices: slices)
  }
}
