import Figures
import Foundation
import Volumes

/// The picture beside an output: low resolution, bicubic, super-resolved and uncertainty, side by side, with a detail below.
struct UpscalePreview {
  /// Share of the field of view that the detail shows along each side.
  private static let detail = 0.3
  /// The window of σ ends at this quantile of the slice.
  private static let brightestDeviation = 0.995

  let source: VolumeHeader
  let output: VolumeHeader
  let axis: VoxelAxis
  let scale: Int
  let samples: Int
  let estimate: UpscaleSettings.Estimate
  let title: String

  /// The slice shown: the middle one.
  var sliceIndex: Int { source.count(along: axis) / 2 }

  func montage(of slice: UpscaledSlice) -> Montage {
    let before = AnatomicalView(of: source.geometry, across: axis)
    let after = AnatomicalView(of: output.geometry, across: axis)
    let low = before.picture(of: slice.lowResolution)
    let unit = source.intensityUnit.label
    let window = DisplayWindow(grayFor: low, unit: unit)
    let size = { (picture: Picture) in
      "\(picture.width)×\(picture.height), \(Self.millimetres(picture.spacing.x))×\(Self.millimetres(picture.spacing.y)) mm"
    }
    let bicubic = after.picture(of: slice.bicubic)
    let result = after.picture(of: slice.estimate)
    var panels = [
      Panel(low, .gray(window), caption: "low resolution\n\(size(low))", letters: before.letters),
      Panel(bicubic, .gray(window), caption: "bicubic ×\(scale)\n\(size(bicubic))", letters: after.letters),
      Panel(
        result, .gray(window),
        caption: "super-resolved, " + (estimate == .mean ? "mean of \(samples)" : "one sample") + "\n\(size(result))",
        letters: after.letters),
    ]
    if let deviation = slice.deviation {
      let picture = after.picture(of: deviation)
      let top = picture.quantile(Self.brightestDeviation) ?? 1
      panels.append(
        Panel(
          picture, .mapped(DisplayWindow(low: 0, high: top > 0 ? top : 1, unit: unit), label: "standard deviation"),
          caption: "uncertainty: σ over \(samples) samples", letters: after.letters))
    }
    var montage = Montage(title: title, rows: [panels])
    montage.subtitle = "\(after.plane.rawValue) slice \(slice.index + 1) of \(source.count(along: axis))"
    montage.footer = "Residua \(ToolVersion.number). Research use only. Not for diagnosis."
    montage.zoom = ZoomRegion(
      x: (1 - Self.detail) / 2, y: (1 - Self.detail) / 2, width: Self.detail, height: Self.detail)
    return montage
  }

  private static func millimetres(_ value: Double) -> String { String(format: "%.3g", value) }
}
