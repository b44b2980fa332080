import Foundation
import Volumes

/// What a run found to do, for those who ask later how far it is: names alone. Where the scans lie is nobody's business who gets the results; the
/// folders of an archive are often called after people.
struct PlanList: Codable {
  let jobs: [String]
  /// Those of them that were found damaged, and why; plans of earlier versions do not say.
  let damaged: [BatchPlan.Refusal]?
  /// Whether it is about a part of the study, so that what it does not name may be there nevertheless.
  let isSelection: Bool?
  /// Without the damaged ones, which count as failed. Left out where the results are to be without names.
  let refused: [BatchPlan.Refusal]

  init(_ plan: BatchPlan, isDeidentified: Bool) {
    let damaged = plan.damaged.map { isDeidentified ? $0.nameless : $0 }
    jobs = plan.jobs.map(\.name) + damaged.map(\.what)
    self.damaged = damaged
    isSelection = plan.isSelection
    refused = isDeidentified ? [] : plan.refused.filter { !$0.isDamage }
  }

  init?(contentsOf url: URL) {
    guard let data = try? Data(contentsOf: url), let list = try? JSONDecoder().decode(PlanList.self, from: data) else {
      return nil
    }
    self = list
  }

  func write(to url: URL) throws { try AtomicJSON.write(self, to: url) }
}

enum AtomicJSON {
  /// Whole or not at all.
  static func write(_ value: some Encodable, to url: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      try writeAtomically(Array(encoder.encode(value)), to: url, overwrite: true)
    } catch let error as VolumeError {
      throw BatchError(error.code == .diskFull ? .diskFull : .unwritable, url.path, error.reason)
    }
  }
}
