import Foundation
import SuperResolution
import Tensors
import Testing
import Volumes

/// Scans of the data folder; tests that need them are listed as not run where it is absent.
private enum Scans {
  static let folder = URL(fileURLWithPath: ProcessInfo.processInfo.environment["RESIDUA_DATA"] ?? "../shared/data")
  static var isThere: Bool { FileManager.default.fileExists(atPath: folder.path) }

  static func open(_ path: String) throws -> any VolumeReader {
    try VolumeFile.open(folder.appendingPathComponent(path))
  }
}

/// A slice drawn in letters: `.` air, `#` body, `o` a dark organ of the air's own value, `x` not a number.
private func drawn(_ rows: [String], noise: Double = 0) -> VolumeSlice {
  let field = NoiseField(seed: 3)
  var deviations = [Float](repeating: 0, count: rows.count * rows[0].count)
  deviations.withUnsafeMutableBufferPointer {
    field.fill($0.baseAddress!, rows: 0..<rows.count, columns: 0..<rows[0].count, sample: 0, slice: 0, step: 0)
  }
  let values = rows.joined().enumerated().map { p, letter -> Double in
    switch letter {
    case "#": 500
    case "x": .nan
    default: abs(noise * Double(deviations[p]))
    }
  }
  return VolumeSlice(width: rows[0].count, height: rows.count, values: values)
}

@Suite struct BackgroundFillTests {
  private let level = BackgroundLevel(lowest: -20, highest: 20)

  @Test func anEnclosedDarkOrganIsTissue() {
    let slice = drawn([
      "............",
      "..########..",
      "..##oooo##..",
      "..##oooo##..",
      "..##oooo##..",
      "..##oooo##..",
      "..########..",
      "............",
      "............",
    ])
    let tissue = slice.tissue(besides: level)
    for (p, isTissue) in tissue.enumerated() {
      let (x, y) = (p % 12, p / 12)
      // The mean of 3×3 makes the body one pixel wider.
      let inside = (1...10).contains(x) && (0...7).contains(y)
      #expect(isTissue == inside, "(\(x), \(y))")
    }
  }

  @Test func whatOpensToTheEdgeIsBackground() {
    let rows = (0..<20).map { y in
      (0..<20).map { x in (4...15).contains(x) && (4...15).contains(y) && !((8...11).contains(x) && y < 12) ? "#" : "."
      }
      .joined()
    }
    let tissue = drawn(rows).tissue(besides: level)
    #expect(!tissue[6 * 20 + 9], "a bay four wide is open")
    #expect(tissue[14 * 20 + 9] && tissue[6 * 20 + 5] && !tissue[0])
  }

  @Test func noiseAndPaddingAreEmpty() {
    let rows = (0..<32).map { y in
      (0..<32).map { x in x < 3 ? "x" : (10...20).contains(x) && (10...20).contains(y) ? "#" : "." }.joined()
    }
    let tissue = drawn(rows, noise: 12).tissue(besides: level)
    #expect(tissue.count { $0 } == 13 * 13, "the body and the pixel around it")
  }

  @Test func aSliceOfNothingHasNoTissueAndABodyToTheEdgeIsAllTissue() {
    #expect(!drawn([String](repeating: "......", count: 4)).tissue(besides: level).contains(true))
    #expect(!drawn([String](repeating: "xxxxxx", count: 4)).tissue(besides: level).contains(true))
    #expect(!drawn([String](repeating: "######", count: 4)).tissue(besides: level).contains(false))
  }
}

@Suite struct BorderSurveyTests {
  private let mapping = IntensityMapping(low: 0, high: 1000, rule: "test")

  private func level(of rows: [String], noise: Double) -> BackgroundLevel? {
    var survey = BorderSurvey()
    survey.add(drawn(rows, noise: noise))
    return survey.level(mapping)
  }

  @Test func theBandFollowsTheNoise() throws {
    let air = [String](repeating: String(repeating: ".", count: 64), count: 64)
    #expect(try #require(level(of: air, noise: 0)) == BackgroundLevel(lowest: -20, highest: 20))
    let noisy = try #require(level(of: air, noise: 40))
    #expect(noisy.highest > 70 && noisy.highest < 110)
    #expect(try #require(level(of: air, noise: 110)).highest <= 200, "never far into the range")
    #expect(level(of: air, noise: 300) == nil, "what is so bright is no air")
  }

  @Test func edgesFullOfTissueHoldNoBackground() {
    #expect(level(of: [String](repeating: String(repeating: "#", count: 40), count: 40), noise: 0) == nil)
    var survey = BorderSurvey()
    #expect(survey.level(mapping) == nil)
    survey.add(VolumeSlice(width: 1, height: 1, values: [.nan]))
    #expect(survey.level(mapping) == nil)
    // A slice smaller than a block is one.
    survey.add(VolumeSlice(width: 3, height: 1, values: [0, 0, 0]))
    #expect(survey.level(mapping) != nil)
  }
}

@Suite struct TissueMapTests {
  private let header = VolumeHeader(
    size: (100, 60, 5), frames: 2, geometry: VolumeGeometry(affine: AffineTransform(spacing: [1, 1, 1])),
    acquiredAxis: .k)

  @Test(arguments: VoxelAxis.allCases) func marksFromAnyAxisLandInTheirCell(_ source: VoxelAxis) {
    let voxel = [37, 22, 3]
    let (width, height) = header.sliceSize(across: source)
    var marks = [Bool](repeating: false, count: width * height)
    marks[voxel[source.inPlane.y.rawValue] * width + voxel[source.inPlane.x.rawValue]] = true
    var map = TissueMap(header, across: .k)
    map.mark(marks, at: voxel[source.rawValue], across: source, frame: 1, width: width)
    for frame in 0..<2 {
      for k in 0..<5 { #expect(map.region(ofSlice: k, frame: frame).isEmpty == !(k == 3 && frame == 1)) }
    }
    let region = map.region(ofSlice: 3, frame: 1)
    // The cell is 32…39 × 16…23, the margin 16, the steps 8.
    #expect(region.extent(alignment: 4) == PixelRectangle(top: 0, left: 16, height: 40, width: 40))
    #expect(region.extent(alignment: 16) == PixelRectangle(top: 0, left: 16, height: 48, width: 48))
    #expect(region.holdsTissue(near: PixelRectangle(top: 0, left: 55, height: 1, width: 1)))
    #expect(!region.holdsTissue(near: PixelRectangle(top: 0, left: 56, height: 1, width: 1)))
    #expect(map.region(ofSlice: 0, frame: 0).extent(alignment: 4) == nil)
  }

  @Test func aSmallSavingIsNone() {
    var map = TissueMap(header, across: .k)
    var marks = [Bool](repeating: false, count: 6000)
    for p in marks.indices where p % 100 > 20 { marks[p] = true }
    map.mark(marks, at: 0, across: .k, frame: 0, width: 100)
    #expect(
      map.region(ofSlice: 0, frame: 0).extent(alignment: 4) == PixelRectangle(top: 0, left: 0, height: 60, width: 100))
  }
}

/// Real scans: what is skipped, and what must not be.
@Suite(.enabled(if: Scans.isThere, "RESIDUA_DATA holds the scans")) struct BackgroundOfScansTests {
  private func find(_ path: String, across axis: VoxelAxis = .k) throws -> (reader: any VolumeReader, map: TissueMap?) {
    let reader = try Scans.open(path)
    let statistics = try VolumeStatistics(of: reader, percentile: 99.5)
    let high = reader.header.modality == .ct ? 1024 : try #require(statistics.positivePercentile)
    let mapping = IntensityMapping(low: reader.header.modality == .ct ? -1024 : 0, high: high, rule: "test")
    return (reader, try TissueMap.find(in: reader, across: axis, mapping: mapping) {}?.map)
  }

  /// The share of a volume's pixels that the extents of its slices cover, and the number of empty slices.
  private func share(_ map: TissueMap, slices: Int) -> (covered: Double, empty: Int) {
    let areas = (0..<slices).map { slice in
      map.region(ofSlice: slice, frame: 0).extent(alignment: 4).map { $0.width * $0.height } ?? 0
    }
    return (
      Double(areas.reduce(0, +)) / Double(slices * map.width * map.height), areas.count { $0 == 0 }
    )
  }

  @Test func lungIsTissueAndTheAirAroundTheChestIsNot() throws {
    let (reader, found) = try find("dicom/chest_ct")
    let map = try #require(found)
    for index in [0, 15, 31] {
      let slice = try reader.readSlice(index, across: .k, frame: 0)
      let tissue = slice.tissue(besides: .computedTomography)
      // Both lungs, in whichever direction rows run: dark pixels in the middle third of the rows.
      var (lung, lost) = (0, 0)
      for y in 200..<330 {
        for x in 130..<380 where slice.values[y * 512 + x] < -800 {
          lung += 1
          if !tissue[y * 512 + x] { lost += 1 }
        }
      }
      #expect(lung > 5000 && lost == 0, "slice \(index): \(lung) dark pixels, \(lost) of them lost")
      let share = Double(tissue.count { !$0 }) / Double(tissue.count)
      #expect(share > 0.3 && share < 0.6, "slice \(index)")
      #expect(try #require(map.region(ofSlice: index, frame: 0).extent(alignment: 4)).width == 512, "the table is wide")
    }
  }

  @Test func everyVoxelOfABrainIsComputed() throws {
    let (reader, found) = try find("mri/validation/sub-08_T1w.nii.gz")
    let map = try #require(found)
    let (covered, empty) = share(map, slices: reader.header.size.2)
    #expect(covered > 0.5 && covered < 0.85 && empty >= 8, "\(covered), \(empty)")
    for index in 0..<reader.header.size.2 {
      let slice = try reader.readSlice(index, across: .k, frame: 0)
      let region = map.region(ofSlice: index, frame: 0)
      for (p, value) in slice.values.enumerated() where value > 100 {
        let pixel = PixelRectangle(top: p / slice.width, left: p % slice.width, height: 1, width: 1)
        if !region.holdsTissue(near: pixel) { Issue.record("slice \(index), pixel \(p): \(value) is lost") }
      }
    }
  }

  @Test(arguments: ["mri/head_MR.nii.gz", "mri/validation/T2w_head.nii.gz"]) func noisyAirIsFound(_ path: String) throws
  {
    let (reader, found) = try find(path)
    let map = try #require(found)
    let covered = share(map, slices: reader.header.size.2).covered
    #expect(covered < 0.95, "\(covered)")
  }
}
