import Foundation
import SuperResolution
import Testing
import Volumes

@Suite struct ModelScopeTests {
  private let scope = ModelScope(
    pixel: 0.8...1, slice: 1...1, plane: "axial", modalities: ["MR": 40], contrasts: ["T1-weighted": 39, "unknown": 1],
    shape: [.skewness: -0.3...0.1, .median: 0.5...0.6])

  private func header(_ spacing: SIMD3<Double>, _ modality: Modality = .mr, _ contrast: AcquiredContrast.Kind? = .t1)
    -> VolumeHeader
  {
    VolumeHeader(
      size: (8, 8, 8), frames: 1, geometry: VolumeGeometry(affine: AffineTransform(spacing: spacing)), acquiredAxis: .k,
      modality: modality, contrast: contrast.map { AcquiredContrast($0, source: "the file's name") })
  }

  private func said(
    _ scope: ModelScope, _ header: VolumeHeader, across axis: VoxelAxis = .k,
    _ shape: [IntensityShape.Measure: Double] = [:]
  ) -> [VolumeFinding] {
    scope.findings(for: header, across: axis, shape: IntensityShape(shape), scale: 2, isForCT: false)
  }

  @Test func whatItSaysIsWhatItReads() {
    #expect(ModelScope(metadata: scope.metadata) == scope)
    #expect(scope.metadata["seen_pixel_mm"] == "0.800…1.000")
    #expect(scope.metadata["seen_contrast"] == "T1-weighted (39), unknown (1)")
    #expect(ModelScope(metadata: [:]).isEmpty && !scope.isEmpty)
    // As earlier versions and people write it.
    #expect(
      ModelScope(metadata: ["seen_pixel_mm": "0.8...1", "seen_modality": "mr, unknown"]).modalities == [
        "MR": 1, "unknown": 1,
      ])
    for text in ["", "wide", "2…1", "1…2…3", "nan", "1…inf"] {
      let odd = ModelScope(metadata: ["seen_slice_mm": text])
      #expect(odd.problems.count == 1 && odd.slice == nil, "\(text)")
      #expect(said(odd, header([1, 1, 9])).allSatisfy { $0.severity == .note })
    }
  }

  @Test func whatWasSeenPasses() {
    for spacing: SIMD3<Double> in [[1.6, 2, 1], [0.8, 0.8, 1], [2.5, 2.5, 1.25], [0.65, 0.65, 0.8]] {
      #expect(
        said(scope, header(spacing), [.skewness: 0, .median: 0.55]).allSatisfy { $0.severity == .note }, "\(spacing)")
    }
    #expect(said(scope, header([1.6, 2, 1])).isEmpty)
    // As fine as the truth was: the output is finer than anything seen, which is worth a note.
    #expect(said(scope, header([0.8, 0.8, 1])).map(\.severity) == [.note])
    #expect(said(scope, header([1.6, 2, 1], .unknown, nil)).isEmpty)
  }

  private static let outside: [(SIMD3<Double>, String)] = [
    ([0.6, 0.8, 1], "pixels of 0.6 × 0.8 mm lie outside of the admissible 0.64…2.5 mm"),
    ([2, 2.6, 1], "pixels of 2.0 × 2.6 mm"),
    ([1, 1, 5], "slices 5.0 mm apart lie outside of the admissible 0.8…1.25 mm"), ([1, 1, 0.7], "slices 0.7 mm apart"),
  ]

  @Test(arguments: outside) func spacings(spacing: SIMD3<Double>, text: String) {
    let warnings = said(scope, header(spacing)).filter { $0.severity == .warning }
    #expect(warnings.count == 1 && warnings[0].text.contains(text), "\(warnings)")
  }

  @Test func oneSliceHasNoDistance() {
    var single = header([1.6, 1.6, 9])
    single.size = (8, 8, 1)
    #expect(said(scope, single).isEmpty)
  }

  @Test func modalityAndContrast() {
    #expect(
      said(scope, header([1.6, 1.6, 1], .ct, nil), [.median: 0])[0].text.contains(
        "this is a CT, and the model has learned from MR alone"))
    #expect(
      said(ModelScope(), header([1, 1, 1], .ct, nil)).contains { $0.severity == .warning && $0.text.contains("a CT") })
    #expect(said(scope, header([1.6, 1.6, 1], .other, nil)).count == 1)
    let flair = said(scope, header([1.6, 1.6, 1], .mr, .flair))
    #expect(
      flair.count == 1 && flair[0].text.contains("FLAIR by the file's name, and none of the 40 scans")
        && flair[0].text.contains("it has seen T1-weighted"))
    // One scan of forty is not learning.
    var mixed = scope
    mixed.contrasts["FLAIR"] = 1
    #expect(said(mixed, header([1.6, 1.6, 1], .mr, .flair))[0].text.contains("only 1 of the 41"))
    mixed.contrasts["FLAIR"] = 3
    #expect(said(mixed, header([1.6, 1.6, 1], .mr, .flair)).isEmpty)
  }

  @Test func planeIsANote() {
    let found = said(scope, header([1, 1, 1]), across: .i).filter { $0.text.contains("sagittal") }
    #expect(found.map(\.severity) == [.note])
  }

  @Test func shapes() {
    let found = said(scope, header([1.6, 1.6, 1]), [.skewness: 1.3, .median: 0.66, .spread: 9])
    #expect(found.count == 1)
    #expect(
      found[0].text.contains(
        "the skewness of the foreground's histogram is 1.3, admissible are -0.5…0.3 (seen: -0.3…0.1)"), "\(found)")
    #expect(found[0].text.contains("the median brightness of the foreground is 0.66, admissible are 0.45…0.65"))
    #expect(said(scope, header([1.6, 1.6, 1]), [.skewness: 0.29, .median: 0.46]).isEmpty)
  }

  /// Against the definitions, computed from the values themselves.
  @Test func theShapeOfAVolume() throws {
    let header = VolumeHeader(
      size: (20, 20, 2), frames: 1, geometry: VolumeGeometry(affine: AffineTransform(spacing: [1, 1, 1])),
      acquiredAxis: .k)
    var values = [Double](repeating: 0, count: 800)
    for k in 0..<500 { values[k] = 40 + 60 * pow(Double(k) / 499, 2) }
    for k in 500..<560 { values[k] = 1 }
    values[799] = .nan
    let statistics = try VolumeStatistics(of: Volume(header: header, values: values), percentile: 99.5)
    let shape = try #require(statistics.shape)
    let unit = try #require(statistics.positivePercentile)
    let foreground = values.filter { $0 / unit > 0.04 }.map { min($0 / unit, 1) }.sorted()
    #expect(foreground.count == 500)
    let mean = foreground.reduce(0, +) / 500
    func moment(_ power: Double) -> Double { foreground.reduce(0) { $0 + pow($1 - mean, power) } / 500 }
    #expect(abs(shape[.median]! - foreground[249]) < 0.005)
    #expect(abs(shape[.spread]! - (foreground[374] - foreground[124])) < 0.008)
    #expect(abs(shape[.skewness]! - moment(3) / pow(moment(2), 1.5)) < 0.02)
    #expect(abs(shape[.backgroundZero]! - 239.0 / 299) < 1e-12)
    #expect(try VolumeStatistics(of: Volume(header: header), percentile: 99.5).shape == nil)
  }

  @Test func figuresFromATable() throws {
    let text = "subject,slice,psnr,note\nb,1,30,x\na,1,20,x\na,2,22,x\nb,2,,x\n"
    let figures = try #require(MeasuredFigures(csv: text))
    #expect(figures.csv == "subject,psnr,note\na,21.000,\nb,30.000,\nmean,25.500,")
    #expect(MeasuredFigures(csv: figures.csv)?.csv == figures.csv)
    #expect(figures.markdown.hasPrefix("| subject | psnr | note |\n| --- | --- | --- |\n| a | 21.000 |  |"))
    for odd in ["", "subject", "subject,x", "name,x\na,1", "subject,x\na,1,2", "subject\na"] {
      #expect(MeasuredFigures(csv: odd) == nil, "\(odd)")
    }
  }
}
