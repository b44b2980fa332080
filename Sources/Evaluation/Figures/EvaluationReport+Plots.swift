import Figures
import Foundation
import SuperResolution
import Volumes

extension EvaluationReport {
  /// Writes what there is to see and to read into a folder: `slices.csv`, `volumes.csv`, `set.csv`, `report.json`, `quality.png` and,
  /// with samples, `uncertainty.png`. Older ones are replaced.
  /// - Throws: `VolumeError` or `FigureError` where they cannot be written.
  package func write(to folder: URL) throws {
    for (name, text) in [("slices.csv", slicesCSV), ("volumes.csv", volumesCSV), ("set.csv", setCSV)] {
      try writeAtomically(Array(text.utf8), to: folder.appendingPathComponent(name), overwrite: true)
    }
    try writeAtomically(Array(try json), to: folder.appendingPathComponent("report.json"), overwrite: true)
    try qualityPage.write(to: folder.appendingPathComponent("quality.png").path, overwrite: true)
    if let uncertainty {
      try uncertainty.page.write(to: folder.appendingPathComponent("uncertainty.png").path, overwrite: true)
    }
  }

  private static let footer = "Residua \(ToolVersion.number). Research use only. Not for diagnosis."

  /// A plot per measure: every subject a dot, the mean over subjects with its interval beside them.
  private var qualityPage: PlotPage {
    let shown: [EvaluationMeasure] = [.psnr, .ssim, .ssim7, .lpips, .lrPSNR, .mae, .maeEdges, .flicker]
    let names = methods.map { $0 == .encoder ? "encoder" : $0 == .mean ? "mean of \(recipe.samples)" : $0.rawValue }
    let plots = shown.filter(measures.contains).map { measure in
      var dots: [(x: Double, y: Double)] = []
      var means: [(x: Double, y: Double, low: Double, high: Double)] = []
      for (place, method) in methods.enumerated() {
        let values = values(measure, of: method).filter(\.isFinite)
        dots += values.map { (Double(place) - 0.12, $0) }
        if let summary = summary(measure, of: method), summary.mean.isFinite {
          let ends = summary.interval
          means.append((Double(place) + 0.12, summary.mean, ends.lowerBound, ends.upperBound))
        }
      }
      var plot = Plot(
        title: measure.title,
        x: PlotAxis("", range: -0.6...Double(methods.count) - 0.4, categories: names), y: PlotAxis(measure.title))
      plot.series = [
        .points("a subject", x: dots.map(\.x), y: dots.map(\.y)),
        .points(
          "mean, 95 % interval", x: means.map(\.x), y: means.map(\.y), lower: means.map(\.low),
          upper: means.map(\.high)),
      ]
      if measure == .flicker { plot.references = [PlotReference(.horizontal(1), label: "the truth's own")] }
      return plot
    }
    var page = PlotPage(
      plots, columns: 2, title: "\(recipe.model), ×\(recipe.scale): methods side by side, over the foreground")
    page.plotWidth = 560
    page.footer = Self.footer
    return page
  }
}

extension UncertaintyReport {
  /// Six plots: ranks, coverage, spread against skill by σ, coverage by σ, sparsification, coverage by subject.
  var page: PlotPage {
    var page = PlotPage(
      [ranksPlot, coveragePlot, reliabilityPlot, decilePlot, sparsificationPlot, subjectPlot]
        + (calibrated.map { [$0.coveragePlot, $0.decilePlot] } ?? []), columns: 2,
      title: "Does σ mean something? \(subjects.count.of("subject")), \(samples) samples")
    page.plotWidth = 480
    page.plotHeight = 340
    page.footer = "Residua \(ToolVersion.number). Research use only. Not for diagnosis."
    return page
  }

  private var ranksPlot: Plot {
    Plot(
      title: "Rank of the truth among the samples",
      x: PlotAxis("samples below the truth", categories: ranks.indices.map(String.init)),
      y: PlotAxis("share of voxels"),
      series: [.bars("", ranks)],
      references: [PlotReference(.horizontal(1 / Double(ranks.count)), label: "calibrated")])
  }

  private var coveragePlot: Plot {
    let nominal = levels.map(\.nominal)
    return Plot(
      title: "Coverage, mean and range of subjects", x: PlotAxis("nominal coverage", range: 0...1),
      y: PlotAxis("observed coverage", range: 0...1),
      series: [
        .points(
          "subjects", x: nominal, y: levels.map(\.mean), lower: levels.map(\.minimum), upper: levels.map(\.maximum)),
        .line("", x: nominal, y: levels.map(\.mean)),
      ], references: [PlotReference(.diagonal, label: "calibrated")], isSquare: true)
  }

  private var reliabilityPlot: Plot {
    let used = deciles.filter { $0.expectedError > 0 && $0.rootMeanSquaredError > 0 }
    let all = used.flatMap { [$0.expectedError, $0.rootMeanSquaredError] }.map { $0 * 100 }
    let range = (all.min() ?? 0.1) / 1.3...(all.max() ?? 1) * 1.3
    return Plot(
      title: "Error that σ promises, and error found",
      x: PlotAxis("expected error √(1 + 1/N)·σ (% of range)", scale: .logarithmic, range: range),
      y: PlotAxis("RMSE (% of range)", scale: .logarithmic, range: range),
      series: [
        .line("σ deciles", x: used.map { $0.expectedError * 100 }, y: used.map { $0.rootMeanSquaredError * 100 }),
        .points("", x: used.map { $0.expectedError * 100 }, y: used.map { $0.rootMeanSquaredError * 100 }),
      ], references: [PlotReference(.diagonal, label: "calibrated")], isSquare: true)
  }

  private var decilePlot: Plot {
    let x = deciles.indices.map { Double($0 + 1) }
    return Plot(
      title: "Coverage by σ", x: PlotAxis("σ decile, ascending"), y: PlotAxis("observed coverage", range: 0...1),
      series: levels.enumerated().map { k, level in
        .line("\((level.nominal * 100).short) %", x: x, y: deciles.map { $0.coverage[k] })
      }, references: levels.map { PlotReference(.horizontal($0.nominal)) })
  }

  private var sparsificationPlot: Plot {
    let x = sparsification.removed.map { $0 * 100 }
    return Plot(
      title: "Error of the rest when the most uncertain are left out", x: PlotAxis("left out (% of voxels)"),
      y: PlotAxis("MAE (% of range)", range: 0...max(sparsification.overall * 105, 1e-12)),
      series: [
        .line("by σ", x: x, y: sparsification.bySigma.map { $0 * 100 }),
        .line("by the error itself", x: x, y: sparsification.oracle.map { $0 * 100 }, isDashed: true),
      ], references: [PlotReference(.horizontal(sparsification.overall * 100), label: "a σ that knows nothing")])
  }

  private var subjectPlot: Plot {
    let k = levels.firstIndex { $0.nominal == 0.9 } ?? levels.count - 1
    let names = subjects.map(\.name)
    let nominal = levels[k].nominal
    // Names of many subjects do not fit beside each other.
    let axis =
      names.count <= 10
      ? PlotAxis("", range: -0.6...Double(names.count) - 0.4, categories: names.map { String($0.suffix(10)) })
      : PlotAxis("subject", range: -0.6...Double(names.count) - 0.4)
    return Plot(
      title: "Coverage of the \((nominal * 100).short) % interval, by subject", x: axis,
      y: PlotAxis("observed coverage", range: 0...1),
      series: [.points("", x: names.indices.map(Double.init), y: subjects.map { $0.coverage[k] })],
      references: [PlotReference(.horizontal(nominal), label: "nominal")])
  }
}

extension CalibratedReport {
  fileprivate var coveragePlot: Plot {
    let nominal = levels.map(\.nominal)
    func points(_ name: String, _ kind: (Level) -> Kind) -> PlotSeries {
      let kinds = levels.map(kind)
      return .points(name, x: nominal, y: kinds.map(\.mean), lower: kinds.map(\.minimum), upper: kinds.map(\.maximum))
    }
    return Plot(
      title: "Calibrated coverage, mean and range of subjects", x: PlotAxis("nominal coverage", range: 0...1),
      y: PlotAxis("observed coverage", range: 0...1),
      series: [points("typical", \.typical), points("assured", \.assured)],
      references: [PlotReference(.diagonal, label: "calibrated")], isSquare: true)
  }

  fileprivate var decilePlot: Plot {
    let x = decileCoverage.indices.map { Double($0 + 1) }
    return Plot(
      title: "Coverage of the typical 90 % interval by σ", x: PlotAxis("σ decile, ascending"),
      y: PlotAxis("observed coverage", range: 0...1),
      series: [.line("calibrated", x: x, y: decileCoverage), .points("", x: x, y: decileCoverage)],
      references: [PlotReference(.horizontal(0.9), label: "nominal")])
  }
}
