import Diffusion
import Figures
import Foundation
import Volumes

/// The figures of SRDiff (Li et al. 2022, figures 1 and 2), drawn from one slice of a user's own.
public struct Explanation {
  /// The numbers behind the pictures.
  public let slice: SliceExplanation
  /// Mean and deviation, as an upscale gives them.
  public let result: UpscaledSlice
  private let low: AnatomicalView
  private let high: AnatomicalView
  private let unit: String
  private let scale: Int
  private let samples: Int
  private let schedule: NoiseSchedule
  private let title: String
  private let place: String
  private let drawn: String
  private let walk: String

  /// Pixels of the longer side of a picture in a row of a few.
  private static let panel = 300
  /// In a strip every pixel of the slice shows, unless there are too many: the mean of neighbours is other noise.
  private var stripPanel: Int { min(max(200, slice.bicubic.width, slice.bicubic.height), 400) }
  private static let footer = "Residua \(ToolVersion.number). Research use only. Not for diagnosis."
  /// A display window ends at these quantiles of what it shows.
  private static let (brightestDeviation, largestResidual) = (0.995, 0.998)

  init(
    slice: SliceExplanation, result: UpscaledSlice, source: VolumeHeader, output: VolumeHeader, axis: VoxelAxis,
    model: LoadedModel, walked: Int, settings: UpscaleSettings, resultSteps: Int, name: String
  ) {
    self.slice = slice
    self.result = result
    low = AnatomicalView(of: source.geometry, across: axis)
    high = AnatomicalView(of: output.geometry, across: axis)
    unit = source.intensityUnit.label
    (scale, samples, schedule) = (model.scale, settings.samples, model.configuration.schedule)
    title = name
    let timesteps = schedule.timesteps
    walk = "ancestral sampling, " + (walked == timesteps ? "all \(timesteps) steps" : "\(walked) of \(timesteps) steps")
    place = "\(high.plane.rawValue) slice \(result.index + 1) of \(source.count(along: axis)), ×\(model.scale)"
    drawn = "mean and σ of \(settings.samples) samples, \(resultSteps) steps each (\(settings.sampler.rawValue))"
  }

  /// The files of `pictures`.
  public static let names = ["slice.png", "forward.png", "reverse.png", "schedule.png"]

  /// One file each: the slice and what becomes of it; the forward and the reverse process over t; the schedule.
  /// - Throws: `FigureError`.
  public func pictures() throws -> [(name: String, image: RasterImage)] {
    [
      ("slice.png", try montage([sliceRow], title, "\(place); \(drawn)", size: Self.panel).drawn()),
      (
        "forward.png",
        try montage([forwardRow], "Forward: the residual becomes noise", place, labels: ["x_t"], size: stripPanel)
          .drawn()
      ),
      (
        "reverse.png",
        try montage(
          reverseRows, "Reverse: noise becomes a residual", "\(place); \(walk)", labels: Self.reverseLabels,
          size: stripPanel
        ).drawn()
      ),
      ("schedule.png", try schedulePage.drawn()),
    ]
  }

  /// Everything but the schedule on one page.
  /// - Throws: `FigureError`.
  public func picture() throws -> RasterImage {
    try montage(
      [sliceRow, forwardRow] + reverseRows, title, "\(place); \(drawn); reverse: \(walk)",
      labels: ["the slice", "forward: x_t"] + Self.reverseLabels, size: stripPanel
    ).drawn()
  }

  private static let reverseLabels = ["reverse: x_t", "predicted residual", "base + residual"]

  private func montage(_ rows: [[Panel]], _ title: String, _ subtitle: String, labels: [String] = [], size: Int)
    -> Montage
  {
    var montage = Montage(title: title, rows: rows)
    montage.subtitle = subtitle
    montage.footer = Self.footer
    montage.rowLabels = labels
    montage.panelSize = size
    // What is made smaller to be looked at takes its text along.
    montage.textScale = max(1, Double(size) / 260)
    return montage
  }

  // MARK: Rows

  private var window: DisplayWindow { DisplayWindow(grayFor: low.picture(of: slice.lowResolution), unit: unit) }

  private var sliceRow: [Panel] {
    let window = window
    var panels = [
      Panel(low.picture(of: slice.lowResolution), .gray(window), caption: "low resolution", letters: low.letters),
      shown(slice.bicubic, .gray(window), "bicubic base"),
    ]
    let reference = slice.truth ?? result.mean
    let difference = VolumeSlice(
      width: reference.width, height: reference.height,
      values: zip(reference.values, slice.bicubic.values).map { $0 - $1 })
    let limit = largest(difference.values)
    panels.append(
      shown(
        difference,
        .mapped(DisplayWindow(low: -limit, high: limit, unit: unit), map: .balance, label: "difference"),
        slice.truth == nil ? "residual: super-resolved − bicubic" : "residual: truth − bicubic"))
    panels.append(shown(result.mean, .gray(window), "super-resolved, mean of \(samples)"))
    if let deviation = result.deviation {
      let picture = high.picture(of: deviation)
      let top = picture.quantile(Self.brightestDeviation) ?? 1
      panels.append(
        Panel(
          picture,
          .mapped(DisplayWindow(low: 0, high: top > 0 ? top : 1, unit: unit), label: "standard deviation"),
          caption: "uncertainty: σ over \(samples) samples", letters: high.letters))
    }
    if let truth = slice.truth { panels.append(shown(truth, .gray(window), "truth, before it was made smaller")) }
    return panels
  }

  /// From clean to noise.
  private var forwardRow: [Panel] {
    let panels = slice.moments.reversed().map { moment in
      let alpha = schedule.cumulativeAlphas[moment.step]
      return shown(
        image(moment.noised), .gray(Self.noiseWindow),
        String(
          format: "t = %d\nsignal × %.4g\nnoise × %.4g", moment.step, alpha.squareRoot(), (1 - alpha).squareRoot()))
    }
    return barred(panels, map: .gray, label: "x_t, without unit")
  }

  private var reverseRows: [[Panel]] {
    // Not of what is predicted: out of pure noise the network sees anything.
    let limit = largest(slice.residual.map(Double.init))
    let residuals = DisplayWindow(low: -limit, high: limit)
    let window = window
    return [
      barred(
        slice.moments.map { shown(image($0.noisy), .gray(Self.noiseWindow), "t = \($0.step)") }, map: .gray,
        label: "x_t, without unit"),
      barred(
        slice.moments.map {
          var rendering = Rendering.mapped(residuals, map: .balance)
          rendering.barLabel = nil
          return shown(image($0.predicted), rendering, "t = \($0.step)")
        }, map: .balance, label: "residual r, without unit"),
      barred(
        slice.moments.map { shown($0.image, .gray(window), "t = \($0.step)") }, map: .gray, label: "intensity"),
    ]
  }

  /// Noise is N(0, 1): nearly all of it lies within.
  private static let noiseWindow = DisplayWindow(low: -2.5, high: 2.5)

  /// One bar for the row, at its last picture.
  private func barred(_ panels: [Panel], map: ColourMap, label: String) -> [Panel] {
    var panels = panels
    if let last = panels.indices.last {
      panels[last].rendering = .mapped(panels[last].rendering.window, map: map, label: label)
    }
    return panels
  }

  private func shown(_ slice: VolumeSlice, _ rendering: Rendering, _ caption: String) -> Panel {
    Panel(high.picture(of: slice), rendering, caption: caption, letters: high.letters)
  }

  private func image(_ values: [Float]) -> VolumeSlice {
    VolumeSlice(width: slice.bicubic.width, height: slice.bicubic.height, values: values.map { Double($0) })
  }

  private func largest(_ values: [Double]) -> Double {
    let sizes = values.filter(\.isFinite).map { abs($0) }.sorted()
    let top = sizes.isEmpty ? 0 : sizes[Int(Double(sizes.count - 1) * Self.largestResidual)]
    return top > 0 ? top : 1
  }

  private var schedulePage: PlotPage {
    let steps = (0..<schedule.timesteps).map(Double.init)
    var plot = Plot(
      title: "The cosine schedule, T = \(schedule.timesteps)", x: PlotAxis("step t"),
      y: PlotAxis("share", range: 0...1.05))
    plot.series = [
      .line("signal, √ᾱ_t", x: steps, y: schedule.cumulativeAlphas.map { $0.squareRoot() }),
      .line("noise, √(1 − ᾱ_t)", x: steps, y: schedule.cumulativeAlphas.map { (1 - $0).squareRoot() }),
      .line(
        "added by a reverse step, √β̃_t", x: steps,
        y: (0..<schedule.timesteps).map { schedule.posteriorVariance($0).squareRoot() }, isDashed: true),
    ]
    plot.references = slice.moments.map { PlotReference(.vertical(Double($0.step))) }
    var page = PlotPage([plot])
    page.footer = "Dashed: the steps that the strips show. \(Self.footer)"
    (page.plotWidth, page.plotHeight) = (560, 320)
    return page
  }
}
