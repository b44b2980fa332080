import Foundation

extension EvaluationReport {
  /// A row per scan, slice and method. An empty cell is a measure that could not be taken.
  var slicesCSV: String {
    let columns = EvaluationMeasure.ofSlices
    var lines = [(["scan", "subject", "slice", "foreground_pixels", "method"] + columns.map(\.rawValue)).csv]
    for record in records {
      for slice in record.slices {
        for method in methods {
          guard let scores = slice.scores[method] else { continue }
          lines.append(
            ([record.name, record.subject, "\(slice.index)", "\(slice.foregroundPixels)", method.rawValue]
              + columns.map { scores[$0].map(Self.number) ?? "" }).csv)
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A row per scan and method: means over slices, and flicker.
  var volumesCSV: String {
    let columns = EvaluationMeasure.allCases
    var lines = [
      (["scan", "subject", "slices", "black", "white", "unit", "method"] + columns.map(\.rawValue)).csv
    ]
    for record in records {
      for method in methods {
        lines.append(
          ([
            record.name, record.subject, "\(record.slices.count)", Self.number(record.dataRange[0]),
            Self.number(record.dataRange[1]), record.unit, method.rawValue,
          ] + columns.map { Self.number(record.value($0, of: method)) }).csv)
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A row per method and measure: over subjects.
  var setCSV: String {
    var lines = [
      ["method", "measure", "subjects", "mean", "deviation", "minimum", "maximum", "lower_95", "upper_95"].csv
    ]
    for method in methods {
      for measure in measures {
        guard let summary = summary(measure, of: method) else { continue }
        lines.append(
          ([method.rawValue, measure.rawValue, "\(summary.count)"]
            + [
              summary.mean, summary.deviation, summary.minimum, summary.maximum, summary.interval.lowerBound,
              summary.interval.upperBound,
            ].map(Self.number)).csv)
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Shortest text that reads back as the same number; nothing where there is none.
  private static func number(_ value: Double) -> String { value.isNaN ? "" : "\(value)" }
}

extension [String] {
  /// One line of CSV (RFC 4180).
  fileprivate var csv: String {
    map { cell in
      cell.contains { ",\"\n\r".contains($0) } ? "\"" + cell.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : cell
    }.joined(separator: ",")
  }
}
