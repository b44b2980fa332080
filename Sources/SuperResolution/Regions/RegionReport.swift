import ImageQuality
import Volumes

/// Regions of a volume with the interval of each quantity, as table and sidecar show them.
public struct RegionReport: Encodable, Sendable {
  /// A quantity over the samples; bounds are absent for a single sample.
  public struct Value: Encodable, Sendable {
    /// Over the samples, in the unit; `nil` where the region has no finite voxel.
    public let mean: Double?
    /// Standard deviation over the samples.
    public let deviation: Double?
    /// Lower end of the interval.
    public let lower: Double?
    /// Upper end of the interval.
    public let upper: Double?

    init(_ quantity: RegionSamples.Quantity, coverage: Double, times factor: Double = 1) {
      // JSON has no NaN.
      func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 * factor : nil } }
      let interval = quantity.interval(coverage: coverage)
      mean = finite(quantity.mean)
      deviation = quantity.samples.count > 1 ? finite(quantity.deviation) : nil
      lower = finite(interval?.lowerBound)
      upper = finite(interval?.upperBound)
    }
  }

  /// One label in one frame.
  public struct Region: Encodable, Sendable {
    /// Time point, from 0.
    public let frame: Int
    /// The value in the label map.
    public let label: Int
    /// Of the output's grid.
    public let voxels: Int
    /// Voxels left out because the volume is not finite there.
    public let skipped: Int
    /// In mm³.
    public let volume: Double
    /// The mean intensity, in the volume's unit.
    public let mean: Value
    /// The standard deviation of the intensities within the region.
    public let spread: Value
    /// The part above the threshold, in mm³.
    public let above: Value?
  }

  /// Nominal, of the intervals mean ± t·√(1 + 1/N)·deviation over the samples; not corrected by any calibration.
  public let coverage: Double
  /// That the statistics come from.
  public let samples: Int
  /// Above which volume is counted; `nil` where none was asked for.
  public let threshold: Double?
  /// Of the intensities.
  public let unit: String
  /// By frame, then label.
  public let regions: [Region]

  /// - Parameter frames: the statistics of each frame.
  public init(_ frames: [RegionSamples], of header: VolumeHeader, coverage: Double) {
    let voxel = abs(header.geometry.affine.determinant)
    self.coverage = coverage
    samples = frames.first?.sampleCount ?? 0
    threshold = frames.first?.threshold
    unit = header.intensityUnit.description
    regions = frames.enumerated().flatMap { frame, statistics in
      statistics.regions.map { region in
        Region(
          frame: frame, label: region.label, voxels: region.voxels, skipped: region.skipped,
          volume: Double(region.voxels) * voxel, mean: Value(region.intensity, coverage: coverage),
          spread: Value(region.spread, coverage: coverage),
          above: region.above.map { Value($0, coverage: coverage, times: voxel) })
      }
    }
  }

  /// One line per region under a line of names; what does not exist is `n/a`, as BIDS has it.
  /// - Parameter separator: a tab or a comma.
  public func table(separator: String = "\t") -> String {
    func columns(_ name: String) -> [String] { [name, name + "_sd", name + "_lower", name + "_upper"] }
    func cells(_ value: Value?) -> [String] {
      [value?.mean, value?.deviation, value?.lower, value?.upper].map { $0.map { Self.text($0) } ?? "n/a" }
    }
    let hasThreshold = threshold != nil
    let names =
      ["frame", "label", "voxels", "skipped", "volume_mm3"] + columns("mean") + columns("spread")
      + (hasThreshold ? columns("above_mm3") : [])
    let lines = regions.map { region in
      ["\(region.frame)", "\(region.label)", "\(region.voxels)", "\(region.skipped)", Self.text(region.volume)]
        + cells(region.mean) + cells(region.spread) + (hasThreshold ? cells(region.above) : [])
    }
    return ([names] + lines).map { $0.joined(separator: separator) + "\n" }.joined()
  }

  /// For people: mean and interval of each region, aligned; at most so many lines.
  public func summary(most: Int = 20) -> String {
    let frames = Set(regions.map(\.frame)).count
    func short(_ value: Double?) -> String { value.map { Self.rounded($0) } ?? "n/a" }
    var rows = [["region", "volume mm³", "mean", "\(Int((coverage * 100).rounded())) % interval"]]
    if threshold != nil { rows[0].append("above, mm³") }
    for region in regions.prefix(most) {
      var row = [
        frames > 1 ? "\(region.frame)/\(region.label)" : "\(region.label)", short(region.volume),
        short(region.mean.mean), "\(short(region.mean.lower)) … \(short(region.mean.upper))",
      ]
      if let above = region.above { row.append("\(short(above.lower)) … \(short(above.upper))") }
      rows.append(row)
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    var lines = rows.map { row in
      zip(row, widths).map { text, width in String(repeating: " ", count: width - text.count) + text }
        .joined(separator: "  ")
    }
    if regions.count > most { lines.append("… and \(regions.count - most) more in the table") }
    return lines.joined(separator: "\n")
  }

  private static func text(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
  }

  private static func rounded(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return "\(value)" }
    var digits = 0
    var size = abs(value)
    while size >= 10, digits < 18 {
      size /= 10
      digits += 1
    }
    let step = digits >= 3 ? 1.0 : [1000.0, 100, 10][min(digits, 2)]
    return text((value * step).rounded() / step)
  }
}
