import Foundation
import ImageQuality
import SuperResolution
import Volumes

/// Scores some slices of one scan: degrades, samples, and notes deviation and error at every foreground voxel.
struct CalibrationScan {
  let scan: EvaluationScan
  let pair: EvaluatedPair
  let conditions: CalibrationConditions
  /// The slices to score.
  let slices: [Int]
  /// SHA-256 of the scan's files.
  let digest: String

  /// - Parameter wanted: how many slices; `nil` for all with tissue.
  init(
    _ scan: EvaluationScan, settings: EvaluationSettings, model: LoadedModel, slices wanted: Int?, digest: String,
    checkpoint: () throws -> Void
  ) throws {
    self.scan = scan
    self.digest = digest
    pair = try EvaluatedPair(scan, settings: settings, model: model, checkpoint: checkpoint)
    conditions = CalibrationConditions(of: pair.upscaler, source: pair.low.header)
    slices = try Self.chosen(wanted, of: pair, checkpoint: checkpoint)
    guard !slices.isEmpty else {
      throw EvaluationError(.noData, scan.name, "has no slice with foreground (\(pair.foreground.description)).")
    }
  }

  /// A slice counts with this share of the fullest one's foreground: the caps of a head say little.
  private static let leastShare = 0.1

  /// Spread evenly over the tissue: the middles of equal parts.
  private static func chosen(_ wanted: Int?, of pair: EvaluatedPair, checkpoint: () throws -> Void) throws -> [Int] {
    guard let extent = pair.extent else { return [] }
    let counts = try extent.map { index in
      try checkpoint()
      return (index, pair.foreground.mask(of: try pair.truthSlice(index).values).count)
    }
    let most = counts.map(\.1).max() ?? 0
    let full = counts.filter { $0.1 > 0 && Double($0.1) >= leastShare * Double(most) }.map(\.0)
    guard let wanted, wanted < full.count else { return full }
    return (0..<wanted).map { full[(2 * $0 + 1) * full.count / (2 * wanted)] }
  }

  /// - Parameter progress: the share that is done.
  func pairs(progress: (Double) throws -> Void) throws -> CalibrationPairs {
    let range = pair.upscaler.mapping.high - pair.upscaler.mapping.low
    var deviation: [Float] = []
    var error: [Float] = []
    for (position, index) in slices.enumerated() {
      let result = try pair.upscaler.slice(at: index) {
        try progress((Double(position) + $0) / Double(slices.count))
      }
      guard let map = result.deviation else { continue }
      let truth = try pair.truthSlice(index).values
      let mask = pair.foreground.mask(of: truth)
      for p in truth.indices where mask.included[p] {
        let (s, e) = (map.values[p] / range, abs(truth[p] - result.mean.values[p]) / range)
        guard s.isFinite, e.isFinite else { continue }
        deviation.append(Float(s))
        error.append(Float(e))
      }
    }
    return CalibrationPairs(
      subject: .init(name: scan.subject, sha256: digest, slices: slices, voxels: error.count),
      conditions: conditions, deviation: deviation, error: error)
  }
}
