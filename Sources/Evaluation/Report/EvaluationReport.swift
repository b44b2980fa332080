import Foundation
import ImageQuality

/// All records of an evaluation, summed up: means over slices per scan, over scans per subject, and over subjects.
package struct EvaluationReport: Sendable {
  let records: [VolumeRecord]
  let recipe: EvaluationRecipe

  init(records: [VolumeRecord], recipe: EvaluationRecipe) {
    self.records = records.sorted { $0.name < $1.name }
    self.recipe = recipe
  }

  /// Seed of the bootstrap: the same records give the same intervals.
  static let bootstrapSeed: UInt64 = 1

  var methods: [EvaluationMethod] { recipe.methods }

  /// In the order of their names.
  var subjects: [String] { Set(records.map(\.subject)).sorted() }

  /// Scans by subject, in the order of `subjects`.
  var recordsBySubject: [[VolumeRecord]] {
    let groups = Dictionary(grouping: records, by: \.subject)
    return subjects.map { groups[$0] ?? [] }
  }

  /// A value per subject: the mean over its scans; NaN where there is none.
  func values(_ measure: EvaluationMeasure, of method: EvaluationMethod) -> [Double] {
    recordsBySubject.map { records in
      let values = records.map { $0.value(measure, of: method) }.filter { !$0.isNaN }
      return values.reduce(0, +) / Double(values.count)
    }
  }

  /// Over subjects; `nil` where no subject has a number.
  func summary(_ measure: EvaluationMeasure, of method: EvaluationMethod) -> SubjectSummary? {
    try? SubjectSummary(values(measure, of: method), seed: Self.bootstrapSeed)
  }

  /// Subject by subject against another method: whether the interval excludes 0 is the question.
  func difference(
    _ measure: EvaluationMeasure, of method: EvaluationMethod, from other: EvaluationMethod
  ) -> SubjectSummary? {
    try? SubjectSummary(
      zip(values(measure, of: method), values(measure, of: other)).map { $0 - $1 }, seed: Self.bootstrapSeed)
  }

  /// The measures that any scan has.
  var measures: [EvaluationMeasure] {
    EvaluationMeasure.allCases.filter { measure in
      methods.contains { method in records.contains { !$0.value(measure, of: method).isNaN } }
    }
  }
}
