import Figures
import Foundation
import ImageQuality
import Volumes

/// A picture to see by whether labels lie where they should: the slice with most of them, its mean over the samples, the labels, and σ.
public struct RegionPreview {
  private let montage: Montage

  private static let brightestDeviation = 0.995
  /// More labels than these are told apart by a bar alone.
  private static let mostNamed = 5
  private static let labelOpacity = 0.55

  /// Reads one slice of every sample.
  ///
  /// - Parameters:
  ///   - samples: volumes of one grid, one per sample.
  ///   - labels: on the same grid.
  /// - Throws: as `RegionReport(samples:labels:threshold:coverage:)`.
  public init(samples: [URL], labels: URL, checkpoint: () throws -> Void = {}) throws {
    let readers = try samples.map { try VolumeFile.open($0) }
    guard let header = readers.first?.header else {
      throw SuperResolutionError(
        .unreadable, "samples", "there are none. Name volumes, or the folder of --keep-samples.")
    }
    let axis = header.acquiredAxis
    let map = try LabelVolume(labels, source: nil, output: header, scale: 1, axis: axis)
    var (place, most) = (header.count(along: axis) / 2, 0)
    var all: Set<Int> = []
    for index in 0..<header.count(along: axis) {
      try checkpoint()
      let found = try map.labels(index, across: axis, frame: 0).filter { $0 != 0 }
      all.formUnion(found)
      if found.count > most { (place, most) = (index, found.count) }
    }
    var moments = RunningMoments(pixels: header.sliceSize(across: axis).width * header.sliceSize(across: axis).height)
    for reader in readers { moments.add(try reader.readSlice(place, across: axis, frame: 0).values) }

    let view = AnatomicalView(of: header.geometry, across: axis)
    let (width, height) = header.sliceSize(across: axis)
    func picture(_ values: [Double]) -> Picture {
      view.picture(of: VolumeSlice(width: width, height: height, values: values))
    }
    let mean = picture(moments.mean)
    let unit = header.intensityUnit.label
    let window = DisplayWindow(grayFor: mean, unit: unit)
    let marked = picture(try map.labels(place, across: axis, frame: 0).map { $0 == 0 ? .nan : Double($0) })
    let numbers = all.sorted()
    let (first, last) = (Double(numbers.first ?? 1), Double(numbers.last ?? 1))
    var rendering = Rendering.overlaid(
      window, by: marked, overlayWindow: DisplayWindow(low: first - 1, high: last), map: .meadow,
      threshold: -.infinity, opacity: Self.labelOpacity, label: "label")
    var named = "\(numbers.count) labels of \(labels.lastPathComponent)"
    if numbers.count <= Self.mostNamed {
      rendering.barLabel = nil
      named =
        "label\(numbers.count == 1 ? "" : "s") \(numbers.map(String.init).joined(separator: ", ")) of "
        + "\(labels.lastPathComponent)" + (numbers.count > 1 ? ", from dark to light" : "")
    }
    var panels = [
      Panel(mean, .gray(window), caption: "mean of \(readers.count) samples", letters: view.letters),
      Panel(mean, rendering, caption: named, letters: view.letters),
    ]
    if readers.count > 1 {
      let deviation = picture(moments.deviation)
      let top = deviation.quantile(Self.brightestDeviation) ?? 1
      panels.append(
        Panel(
          deviation,
          .mapped(DisplayWindow(low: 0, high: top > 0 ? top : 1, unit: unit), label: "standard deviation"),
          caption: "σ over \(readers.count) samples", letters: view.letters))
    }
    var montage = Montage(
      title: "Regions of \(samples[0].deletingLastPathComponent().lastPathComponent)", rows: [panels])
    montage.subtitle =
      "\(view.plane.rawValue) slice \(place + 1) of \(header.count(along: axis)), the one with most labelled voxels"
    montage.footer = "Residua \(ToolVersion.number). Research use only. Not for diagnosis."
    self.montage = montage
  }

  /// Writes a PNG, which appears under its name only when complete.
  /// - Throws: `FigureError`.
  public func write(to url: URL, overwrite: Bool) throws { try montage.write(to: url.path, overwrite: overwrite) }
}
