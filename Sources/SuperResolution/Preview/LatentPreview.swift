import Figures
import Volumes

/// The picture beside the output of a job on latents: what went in, what came out, and what differs.
struct LatentPreview {
  let source: VolumeHeader
  let output: VolumeHeader
  let axis: VoxelAxis
  let title: String

  /// The middle slice between two samples.
  struct Between {
    let input: VolumeSlice
    let bicubic: VolumeSlice
    let samples: [VolumeSlice]
    let weights: [Double]
    let step: Int
    let index: Int
  }

  /// More pictures beside each other cannot be told apart.
  private static let mostSamples = 6
  /// A difference's window ends at this quantile.
  private static let largestDifference = 0.998
  /// Of the field of view, around a region.
  private static let roomAroundRegion = 0.08

  func montage(between: Between) -> Montage {
    let count = between.samples.count
    let shown =
      count <= Self.mostSamples
      ? Array(0..<count) : (0..<Self.mostSamples).map { $0 * (count - 1) / (Self.mostSamples - 1) }
    let window = window(of: between.input)
    let before = AnatomicalView(of: source.geometry, across: axis)
    let first = between.samples[0]
    let changes = shown.map { minus(between.samples[$0], first) }
    let limit = largest(changes)
    var samples = [
      Panel(before.picture(of: between.input), .gray(window), caption: "low resolution", letters: before.letters)
    ]
    var differences = [panel(between.bicubic, .gray(window), "bicubic")]
    for (number, change) in zip(shown, changes) {
      let weight = NumberText.short(between.weights[number])
      samples.append(panel(between.samples[number], .gray(window), "λ = \(weight)"))
      differences.append(
        panel(
          change, difference(limit, hasBar: number == shown.last),
          "change from λ = \(NumberText.short(between.weights[0]))"))
    }
    var montage = Montage(title: title, rows: [samples, differences])
    montage.subtitle = "\(slice(between.index)); two samples mixed at step \(between.step)"
    montage.panelSize = 240
    return finished(montage)
  }

  func montage(fused slice: FusedSlice, step: Int) -> Montage {
    let window = window(of: slice.plain)
    let view = AnatomicalView(of: output.geometry, across: axis)
    let change = minus(slice.fused, slice.plain)
    let limit = largest([change])
    let region = VolumeSlice(
      width: slice.plain.width, height: slice.plain.height, values: slice.region.map { $0 ? 1 : 0 })
    var marked = Rendering.overlaid(
      window, by: view.picture(of: region), overlayWindow: DisplayWindow(low: 0, high: 1), map: .meadow, threshold: 0.5,
      opacity: 0.35)
    marked.barLabel = nil
    var panels = [panel(slice.plain, .gray(window), "A: a sample without the region")]
    if let other = slice.other { panels.append(panel(other, marked, "B, and the region of it (tinted)")) }
    panels.append(panel(slice.fused, .gray(window), "fused"))
    panels.append(panel(change, difference(limit, hasBar: true), "fused − A"))
    var montage = Montage(title: title, rows: [panels])
    montage.subtitle =
      "\(self.slice(slice.index)); \(slice.pasted) pixels pasted, noised to step \(step)"
    montage.zoom = zoom(to: view.picture(of: region))
    return finished(montage)
  }

  private func finished(_ montage: Montage) -> Montage {
    var montage = montage
    montage.footer =
      "Residua \(ToolVersion.number). Neither measured nor an estimate. Research use only. Not for diagnosis."
    return montage
  }

  private func slice(_ index: Int) -> String {
    "\(AnatomicalView(of: output.geometry, across: axis).plane.rawValue) slice \(index + 1) of \(source.count(along: axis))"
  }

  private func panel(_ slice: VolumeSlice, _ rendering: Rendering, _ caption: String) -> Panel {
    let view = AnatomicalView(of: output.geometry, across: axis)
    return Panel(view.picture(of: slice), rendering, caption: caption, letters: view.letters)
  }

  private func window(of slice: VolumeSlice) -> DisplayWindow {
    DisplayWindow(
      grayFor: Picture(width: slice.width, height: slice.height, values: slice.values),
      unit: source.intensityUnit.label)
  }

  private func difference(_ limit: Double, hasBar: Bool) -> Rendering {
    var rendering = Rendering.mapped(
      DisplayWindow(low: -limit, high: limit, unit: source.intensityUnit.label), map: .balance, label: "difference")
    if !hasBar { rendering.barLabel = nil }
    return rendering
  }

  private func minus(_ a: VolumeSlice, _ b: VolumeSlice) -> VolumeSlice {
    VolumeSlice(width: a.width, height: a.height, values: zip(a.values, b.values).map { $0 - $1 })
  }

  private func largest(_ slices: [VolumeSlice]) -> Double {
    let sizes = slices.flatMap { $0.values.filter(\.isFinite).map { abs($0) } }.sorted()
    let top = sizes.isEmpty ? 0 : sizes[Int(Double(sizes.count - 1) * Self.largestDifference)]
    return top > 0 ? top : max(sizes.last ?? 1, 1e-30)
  }

  /// The region with some room around it; `nil` where there is none, or nothing to gain.
  private func zoom(to region: Picture) -> ZoomRegion? {
    let marked = region.values.indices.filter { region.values[$0] > 0 }
    guard let top = marked.first, let bottom = marked.last else { return nil }
    let columns = marked.map { $0 % region.width }
    guard let left = columns.min(), let right = columns.max() else { return nil }
    let (w, h) = (Double(region.width), Double(region.height))
    let x = max(0, Double(left) / w - Self.roomAroundRegion)
    let y = max(0, Double(top / region.width) / h - Self.roomAroundRegion)
    let width = min(1, Double(right + 1) / w + Self.roomAroundRegion) - x
    let height = min(1, Double(bottom / region.width + 1) / h + Self.roomAroundRegion) - y
    guard max(width, height) < 0.7 else { return nil }
    return ZoomRegion(x: x, y: y, width: width, height: height)
  }
}
