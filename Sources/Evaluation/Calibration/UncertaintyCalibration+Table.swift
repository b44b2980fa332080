import ImageQuality
import SuperResolution

extension UncertaintyCalibration {
  /// For people: what was fitted, and every subject's coverage under what was fitted without it.
  /// - Parameter coverage: one of `levels`.
  package func table(coverage: Double = 0.9) -> String {
    guard let level = levels.first(where: { $0.coverage == coverage }) else { return "" }
    func percent(_ share: Double) -> String { (100 * share).text(1) }
    var lines = [
      "\(percent(coverage)) % intervals, \(conditions.samples) samples, \(conditions.steps) steps, \(conditions.sampler)",
      "",
    ]
    if let shape = deviation.shape {
      lines.append(
        "deviation: a rising curve of \(shape.x.count) knots (deciles were off by more than 3 points with λ and τ)")
    } else {
      lines.append(
        "deviation: λ \(deviation.scale.text(3)), τ \((100 * deviation.floor).text(3)) % of the intensity range")
    }
    lines.append(
      "intervals: λ typical \(level.scales.typical.text(3)) (median), assured \(level.scales.assured.text(3)) (largest; holds for a new subject with probability \(level.scales.assurance.text(3)))"
    )
    lines.append("coverage by decile of the deviation: \(decileCoverage.map(percent).joined(separator: " "))")
    guard !level.leftOut.isEmpty else { return lines.joined(separator: "\n") }
    lines += ["", "Left out one at a time: λ of the others, coverage of the subject in %", ""]
    var rows = [["subject", "own λ", "typical", "covers", "assured", "covers"]]
    for row in level.leftOut {
      rows.append([
        row.name, row.scale.text(3), row.typical.text(3), percent(row.coverageOfTypical), row.assured.text(3),
        percent(row.coverageOfAssured),
      ])
    }
    func summary(_ name: String, _ body: (SubjectSummary) -> Double) {
      guard let typical = try? SubjectSummary(level.leftOut.map(\.coverageOfTypical)),
        let assured = try? SubjectSummary(level.leftOut.map(\.coverageOfAssured))
      else { return }
      rows.append([name, "", "", percent(body(typical)), "", percent(body(assured))])
    }
    summary("mean", \.mean)
    summary("smallest", \.minimum)
    summary("largest", \.maximum)
    lines += textTable(rows)
    return lines.joined(separator: "\n")
  }
}
