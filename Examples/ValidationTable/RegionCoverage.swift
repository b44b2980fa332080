import ArgumentParser
import Foundation
import ImageQuality
import SuperResolution
import Tensors
import Volumes

/// Whether intervals of regional means hold, whatever the region's size: cubes of several sides over a slab of neighbouring slices, by noise
/// coupling. With the right noise length coverage does not drift with the side.
struct RegionCoverage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "regions", abstract: "Coverage of the 90 % interval of means over cubes, by noise coupling.")

  @Option var data = ProcessInfo.processInfo.environment["RESIDUA_DATA"] ?? "../shared/data"
  @Option(parsing: .upToNextOption) var subjects = ["sub-08", "sub-32"]
  @Option(help: "First slice.") var first = 60
  @Option(help: "Slices.") var count = 40
  @Option var samples = 4
  @Option var steps: Int?
  @Option(parsing: .upToNextOption, help: "Sides of the cubes in millimetres.") var sides: [Double] = [5, 10, 20, 40]
  @Option(parsing: .upToNextOption, help: "Couplings, as --noise of residua upscale takes them.")
  var noise = ["independent", "correlated:1.3", "shared"]
  @Option(help: "Pixels next to the scan's edge, in the plane of the slice, that belong to no cube.") var margin = 3
  @Option(help: "Agreement with the input: report, or project.") var consistency = "report"

  func validate() throws {
    guard samples > 1, count > 0, margin >= 0, sides.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw ValidationError("two samples or more, a slice or more, a margin of 0 or more, and sides above 0")
    }
  }

  func run() throws {
    guard let agreement = UpscaleSettings.Consistency(rawValue: consistency) else {
      throw ValidationError("--consistency is report or project")
    }
    let model = try LoadedModel(named: nil, scale: 2, engine: Engine())
    func line(_ cells: [String]) { print("| \(cells.joined(separator: " | ")) |") }
    line(["noise"] + sides.map { "\($0) mm: coverage, error / spread (cubes)" })
    line(["---"] + sides.map { _ in "---" })
    for text in noise {
      guard let coupling = UpscaleSettings.SliceNoise(text) else { throw ValidationError("no coupling \(text)") }
      var settings = UpscaleSettings()
      settings.noise = coupling
      settings.samples = samples
      settings.steps = steps
      settings.consistency = agreement
      var intervals = sides.map { _ in IntervalStatistics(levels: [0.9]) }
      var spreads = sides.map { _ in SpreadSkill(sampleCount: samples) }
      for subject in subjects {
        let scan = try VolumeFile.open(URL(fileURLWithPath: "\(data)/mri/validation/\(subject)_T1w.nii.gz"))
        for (k, statistics) in try gather(scan, model: model, settings: settings).enumerated() {
          // At least half of a cube has to be tissue.
          let spacing = scan.header.geometry.spacing
          let whole = [spacing.x, spacing.y, spacing.z].reduce(1.0) { $0 * max((sides[k] / $1).rounded(), 1) }
          let least = Int(whole / 2)
          intervals[k].merge(statistics.intervals(levels: [0.9], leastCount: least))
          let regions = statistics.regions(leastCount: least)
          guard !regions.isEmpty else { continue }
          let moments = SampleMoments((0..<samples).map { n in regions.map { $0.sampleMeans[n] } })
          spreads[k].add(mean: moments.mean, deviation: moments.deviation, truth: regions.map(\.truthMean))
        }
      }
      line(
        [text]
          + zip(intervals, spreads).map { interval, spread in
            let coverage = 100 * (interval.results.first?.coverage ?? .nan)
            return String(format: "%.1f %%, %.2f (%d)", coverage, spread.skill / spread.spread, interval.count)
          })
    }
  }

  private func gather(_ scan: any VolumeReader, model: LoadedModel, settings: UpscaleSettings) throws
    -> [RegionStatistics]
  {
    let validation = try ValidationSlices(scan: scan, model: model)
    let spacing = scan.header.geometry.spacing
    var statistics = sides.map { _ in RegionStatistics(sampleCount: samples) }
    for index in first..<first + count {
      let (truth, result) = try validation.upscaled(slice: index, settings: settings, spacing: spacing.z)
      // A skull-stripped scan ends at a cut. To know from the truth which side a pixel lies on is to know more than any reader of the
      // output: the means of cubes that the cut goes through would be compared along an edge that was never measured.
      let tissue = inner(ForegroundMask.nonZero(truth.values), width: truth.width)
      for (k, side) in sides.enumerated() {
        let labels = RegionStatistics.cubeLabels(
          slice: index - first, width: truth.width, height: truth.height, spacing: (spacing.x, spacing.y, spacing.z),
          side: side)
        statistics[k].add(samples: result.samples.map(\.values), truth: truth.values, labels: labels, mask: tissue)
      }
      FileHandle.standardError.write(Data("slice \(index)\n".utf8))
    }
    return statistics
  }

  /// Without the pixels of which a neighbour, above, below or beside, is outside; as often as the margin is wide.
  private func inner(_ mask: ForegroundMask, width: Int) -> ForegroundMask {
    var included = mask.included
    for _ in 0..<margin {
      let before = included
      for i in before.indices where before[i] {
        let isAtSide = i % width == 0 || i % width == width - 1 || i < width || i + width >= before.count
        included[i] = !isAtSide && before[i - 1] && before[i + 1] && before[i - width] && before[i + width]
      }
    }
    return ForegroundMask(included: included)
  }
}
