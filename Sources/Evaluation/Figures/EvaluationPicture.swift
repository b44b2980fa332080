import Figures
import ImageQuality
import SuperResolution
import Volumes

/// One slice of a scan: what went in, what the methods made of it, the truth, and below each how wrong it is; at the end how unsure the
/// model was.
struct EvaluationPicture {
  let pair: EvaluatedPair
  let slice: EnlargedSlice
  let settings: EvaluationSettings

  /// Enough to see the difference; all seven would be small.
  private static let shown: [EvaluationMethod] = [.bicubic, .encoder, .sample, .mean]
  /// Errors are shown up to this quantile of bicubic's, or the first method's.
  private static let brightest = 0.995

  func montage(name: String) throws -> Montage {
    let (axis, unit) = (pair.axis, pair.truth.header.intensityUnit.label)
    let view = AnatomicalView(of: pair.truth.header.geometry, across: axis)
    let lowView = AnatomicalView(of: pair.low.header.geometry, across: axis)
    let truth = try pair.truthSlice(slice.index)
    let gray = Rendering.gray(
      DisplayWindow(low: pair.dataRange.lowerBound, high: pair.dataRange.upperBound, unit: unit))
    var upper = [
      Panel(lowView.picture(of: slice.low), gray, caption: "low resolution", letters: lowView.letters)
    ]
    let methods = slice.images.filter { Self.shown.contains($0.method) }
    let images = methods.isEmpty ? Array(slice.images.prefix(4)) : methods
    func difference(_ image: VolumeSlice) -> VolumeSlice {
      VolumeSlice(
        width: image.width, height: image.height, values: zip(image.values, truth.values).map { abs($0 - $1) })
    }
    let top = images.first.flatMap { view.picture(of: difference($0.image)).quantile(Self.brightest) } ?? 1
    let window = DisplayWindow(low: 0, high: top > 0 ? top : 1, unit: unit)
    var lower = [Panel(view.picture(of: truth), gray, caption: "truth", letters: view.letters)]
    for (place, (method, image)) in images.enumerated() {
      // One bar for all.
      var errors = Rendering.mapped(window, label: "|error|")
      if place < images.count - 1 { errors.barLabel = nil }
      let title = method.title(samples: settings.upscaling.samples)
      upper.append(Panel(view.picture(of: image), gray, caption: title, letters: view.letters))
      lower.append(
        Panel(
          view.picture(of: difference(image)), errors, caption: "error of \(title)",
          letters: view.letters))
    }
    if let deviation = slice.deviation {
      upper.append(
        Panel(
          view.picture(of: deviation), .mapped(window, label: "σ"),
          caption: "σ over \(settings.upscaling.samples) samples, as the errors are shown", letters: view.letters))
    }
    var montage = Montage(title: name, rows: [upper, lower])
    montage.subtitle = "\(view.plane.rawValue) slice \(slice.index) of \(pair.sliceCount), counted from 0"
    montage.footer = "Residua \(ToolVersion.number). Research use only. Not for diagnosis."
    montage.panelSize = 260
    return montage
  }
}
