import Foundation

extension EvaluationReport {
  /// What a terminal shows: methods by measures, then what σ is worth.
  package var table: String {
    var lines = head
    let shown = EvaluationMeasure.allCases.filter { ![.psnrAll, .ssimAll, .ssim7All, .lrPSNRAll].contains($0) }
    lines += rows(shown.filter(measures.contains) + (measures.contains(.lpips) ? [] : [.lpips]))
    let all: [EvaluationMeasure] = [.psnrAll, .ssimAll, .ssim7All, .lrPSNRAll]
    if all.contains(where: measures.contains) {
      lines += ["", "Over everything, background included:"] + rows(all.filter(measures.contains))
    }
    if let uncertainty {
      lines += [""] + uncertainty.lines
      if let calibrated = uncertainty.calibrated { lines += [""] + calibrated.lines }
    }
    lines += ["", "Research use only. Not for diagnosis."]
    return lines.joined(separator: "\n")
  }

  private var head: [String] {
    let slices = records.reduce(0) { $0 + $1.slices.count }
    let ranges = Set(records.map { "\($0.dataRange[0].short) … \($0.dataRange[1].short)" })
    let foregrounds = Set(records.map(\.foreground)).sorted()
    var lines = [
      "\(recipe.model), ×\(recipe.scale): \(subjects.count.of("subject")), \(records.count.of("scan")), \(slices.of("slice")); "
        + "\(recipe.sampler), \(recipe.steps) steps, \(recipe.samples) samples",
      "low resolution: \(recipe.degradation)",
      "foreground: \(foregrounds.prefix(3).joined(separator: "; "))\(foregrounds.count > 3 ? "; …" : "")",
      "data range: "
        + (recipe.dataRange != nil ? "as given, " : "the model's intensity range of each scan, ")
        + (ranges.count == 1 ? ranges.first ?? "" : "\(ranges.count) different"),
      "mean over slices, scans and subjects, ± deviation over subjects, [95 % bootstrap interval of the mean]",
    ]
    if subjects.count < 2 { lines[4] = "mean over slices and scans of one subject: no deviation and no interval" }
    return lines + [""]
  }

  private func rows(_ measures: [EvaluationMeasure]) -> [String] {
    measures.isEmpty
      ? []
      : textTable(
        [["measure"] + methods.map { $0.title(samples: recipe.samples) }]
          + measures.map { measure in
            [measure.title]
              + methods.map { method in
                guard let summary = summary(measure, of: method) else {
                  return measure == .lpips && recipe.perceptualWeightsSHA256 == nil ? "no --lpips-weights" : "–"
                }
                let digits = measure.digits
                guard summary.count > 1 else { return summary.mean.text(digits) }
                return "\(summary.mean.text(digits)) ± \(summary.deviation.text(digits)) "
                  + "[\(summary.interval.lowerBound.text(digits)), \(summary.interval.upperBound.text(digits))]"
              }
          })
  }
}

extension UncertaintyReport {
  /// For a terminal.
  var lines: [String] {
    func percent(_ value: Double) -> String { value.isFinite ? (value * 100).text(1) + " %" : "–" }
    var lines = ["Uncertainty over the foreground, from \(samples) samples; lengths in % of the data range:"]
    lines += textTable(
      [["interval", "factor on s", "coverage: pooled", "mean of subjects", "lowest", "highest", "width", "score"]]
        + levels.map { level in
          [
            percent(level.nominal), level.factor.text(3), percent(level.pooled), percent(level.mean),
            percent(level.minimum), percent(level.maximum), (level.meanWidth * 100).text(2),
            (level.meanScore * 100).text(2),
          ]
        })
    lines += [""]
    lines += textTable(
      [["part", "voxels"] + levels.map { percent($0.nominal) } + ["spread / skill"]]
        + parts.map { [$0.part, "\($0.voxels)"] + $0.coverage.map(percent) + [$0.spreadOverSkill.text(3)] }
        + deciles.enumerated().map { k, decile in
          ["σ decile \(k + 1)", ""] + decile.coverage.map(percent)
            + [(decile.expectedError / decile.rootMeanSquaredError).text(3)]
        })
    let f = figures
    lines += [""]
    lines += textTable([
      ["spread / skill (1 is right, below it too little spread)", f.spreadOverSkill.text(3)],
      [
        "gain of the mean over one sample (dB; a perfect sampler's)",
        "\(f.gainOfMean.text(2)) (\(f.gainOfPerfectMean.text(2)))",
      ],
      ["truth outside all samples, over the calibrated share", f.excessOutside.text(3)],
      ["slope of the rank histogram (0 is unbiased)", f.rankSlope.text(3)],
      ["fair CRPS (% of the range)", (f.fairCRPS * 100).text(3)],
      ["ENCE, normal / Student's deviation", percent(f.ence) + " / " + (f.enceStudent.map(percent) ?? "–")],
      ["AUSE, over that of a constant map", "\(f.ause.text(3)), \(f.auseShare.text(3))"],
      ["Spearman of σ and |error|", f.spearman.text(3)],
      ["the paper's σ (0–255)", f.sigma.text(2)],
    ])
    return lines
  }
}

/// Columns of text, the first to the left, the others to the right, a line under the first row if it has a head.
func textTable(_ rows: [[String]]) -> [String] {
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { c in rows.map { c < $0.count ? $0[c].count : 0 }.max() ?? 0 }
  return rows.map { row in
    let cells = row.enumerated().map { c, cell in
      let room = String(repeating: " ", count: widths[c] - cell.count)
      return c == 0 ? cell + room : room + cell
    }
    return cells.joined(separator: "  ")
  }
}

extension Int {
  /// "1 scan", "2 scans".
  func of(_ thing: String) -> String { "\(self) \(thing)\(self == 1 ? "" : "s")" }
}

extension Double {
  /// With so many digits behind the point; what is no number is a dash.
  func text(_ digits: Int) -> String {
    isNaN ? "–" : isInfinite ? (self > 0 ? "∞" : "−∞") : String(format: "%.\(digits)f", self)
  }

  /// Six significant digits.
  var short: String { String(format: "%.6g", self) }
}
