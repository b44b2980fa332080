import ImageQuality

/// What N samples say about the truth, gathered over a scan. All values are shares of the data range, so that scans of different
/// brightness can be pooled.
package struct UncertaintyTally: Codable, Sendable {
  /// Parts of a scan that are reported by themselves.
  package enum Part: String, CaseIterable, Codable, Sendable, CodingKeyRepresentable {
    /// The foreground without its edges.
    case tissue
    /// Where the truth is steepest.
    case edges
    /// Slices at either end of the foreground.
    case ends
    /// Everything outside of the foreground.
    case background

    var title: String {
      switch self {
      case .tissue: "tissue between edges"
      case .edges: "edges"
      case .ends: "end slices"
      case .background: "background"
      }
    }
  }

  /// Coverage and spread of a part.
  package struct Regional: Codable, Sendable {
    var intervals = IntervalStatistics()
    var spread: SpreadSkill
  }

  let sampleCount: Int
  /// Over the foreground.
  var foreground: EnsembleStatistics
  var parts: [Part: Regional] = [:]
  /// Where there is a calibration.
  var calibrated: CalibratedTally?

  package init(sampleCount: Int) {
    self.sampleCount = sampleCount
    foreground = EnsembleStatistics(sampleCount: sampleCount, dataRange: 1)
  }

  /// Adds a slice. Samples and truth are in the truth's unit.
  package mutating func add(
    samples: [[Double]], _ comparison: SliceComparison, isEnd: Bool, calibration: AppliedCalibration? = nil
  ) {
    let width = comparison.range.upperBound - comparison.range.lowerBound
    func share(_ values: [Double]) -> [Double] { values.map { ($0 - comparison.range.lowerBound) / width } }
    let (drawn, truth) = (samples.map(share), share(comparison.truth.values))
    foreground.add(samples: drawn, truth: truth, mask: comparison.foreground)
    let moments = SampleMoments(drawn)
    var masks: [Part: ForegroundMask] = [
      .tissue: comparison.foreground.subtracting(comparison.edges), .edges: comparison.edges,
      .background: comparison.background,
    ]
    if isEnd { masks[.ends] = comparison.foreground }
    for (part, mask) in masks {
      parts[part, default: Regional(spread: SpreadSkill(sampleCount: sampleCount))].add(moments, truth, mask)
    }
    guard let calibration else { return }
    var calibrated = calibrated ?? CalibratedTally(sampleCount: sampleCount)
    calibrated.add(moments, truth: truth, foreground: comparison.foreground, parts: masks, calibration)
    self.calibrated = calibrated
  }
}

extension UncertaintyTally.Regional {
  fileprivate mutating func add(_ moments: SampleMoments, _ truth: [Double], _ mask: ForegroundMask) {
    spread.add(mean: moments.mean, deviation: moments.deviation, truth: truth, mask: mask)
    intervals.add(
      mean: moments.mean, deviation: moments.deviation, truth: truth, sampleCount: moments.sampleCount, mask: mask)
  }
}
