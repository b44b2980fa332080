import Foundation
import ImageQuality
import SuperResolution

extension EvaluationReport {
  /// Everything: settings, set, scans, slices and the reports about σ, keys sorted. Infinities are the strings "Infinity" and
  /// "-Infinity"; what is no number is left out or "NaN".
  var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
      return try encoder.encode(Document(self))
    }
  }

  private struct Document: Encodable {
    struct Tool: Encodable {
      let name = ToolVersion.name
      let version = ToolVersion.number
    }

    struct Summary: Encodable {
      let subjects: Int
      let mean: Double
      let deviation: Double?
      let minimum, maximum: Double
      /// Bootstrap over subjects, 95 %.
      let interval: [Double]?

      init(_ summary: SubjectSummary) {
        subjects = summary.count
        mean = summary.mean
        deviation = summary.count > 1 ? summary.deviation : nil
        (minimum, maximum) = (summary.minimum, summary.maximum)
        interval = summary.count > 1 ? [summary.interval.lowerBound, summary.interval.upperBound] : nil
      }
    }

    struct Scan: Encodable {
      let name, subject: String
      let size: [Int]
      let spacing, dataRange: [Double]
      let unit, foreground, slicesAcross: String
      let warnings: [String]
      let emptySlices: Int
      let truthVariation: Double?
      let seconds: Double
      let means: [EvaluationMethod: [EvaluationMeasure: Double]]
      let slices: [VolumeRecord.Slice]
    }

    let tool = Tool()
    let notice = "Research use only. Not for diagnosis."
    let settings: EvaluationRecipe
    let methods: [EvaluationMethod: [EvaluationMeasure: Summary]]
    /// Each method less bicubic, subject by subject.
    let lessBicubic: [EvaluationMethod: [EvaluationMeasure: Summary]]?
    let uncertainty: UncertaintyReport?
    let scans: [Scan]

    init(_ report: EvaluationReport) {
      func table(
        _ summary: (EvaluationMeasure, EvaluationMethod) -> SubjectSummary?
      ) -> [EvaluationMethod: [EvaluationMeasure: Summary]] {
        Dictionary(
          uniqueKeysWithValues: report.methods.map { method in
            let known = report.measures.compactMap { measure in
              summary(measure, method).map { (measure, Summary($0)) }
            }
            return (method, Dictionary(uniqueKeysWithValues: known))
          })
      }
      settings = report.recipe
      methods = table(report.summary)
      lessBicubic =
        report.methods.contains(.bicubic)
        ? table { $1 == .bicubic ? nil : report.difference($0, of: $1, from: .bicubic) } : nil
      uncertainty = report.uncertainty
      scans = report.records.map { record in
        let means = report.methods.map { method in
          let known = EvaluationMeasure.allCases.map { ($0, record.value($0, of: method)) }.filter { !$0.1.isNaN }
          return (method, Dictionary(uniqueKeysWithValues: known))
        }
        return Scan(
          name: record.name, subject: record.subject, size: record.size, spacing: record.spacing,
          dataRange: record.dataRange, unit: record.unit, foreground: record.foreground,
          slicesAcross: record.slicesAcross, warnings: record.warnings, emptySlices: record.emptySlices,
          truthVariation: record.truthVariation, seconds: record.seconds,
          means: Dictionary(uniqueKeysWithValues: means), slices: record.slices)
      }
    }
  }
}
