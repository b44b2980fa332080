import Foundation
import SuperResolution

/// Where a batch remembers things: `OUTPUT/.residua`. `Docs/Reference/Ledger.md` describes every file.
package struct LedgerFolder: Sendable {
  package let output: URL
  package var root: URL { output.appendingPathComponent(".residua", isDirectory: true) }
  var owners: URL { root.appendingPathComponent("owners", isDirectory: true) }
  var claims: URL { root.appendingPathComponent("claims", isDirectory: true) }
  var journals: URL { root.appendingPathComponent("journals", isDirectory: true) }
  var settled: URL { root.appendingPathComponent("settled", isDirectory: true) }
  var work: URL { root.appendingPathComponent("work", isDirectory: true) }
  /// What the latest run found to do.
  package var latestPlan: URL { root.appendingPathComponent("plan.json") }
  package var slurm: URL { root.appendingPathComponent("slurm", isDirectory: true) }

  package init(output: URL) { self.output = output.standardizedFileURL }

  package var exists: Bool { FileManager.default.fileExists(atPath: journals.path) }

  /// - Throws: `BatchError` where the folder cannot be written to.
  package func create() throws {
    for folder in [owners, claims, journals, settled, work] {
      do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      } catch {
        throw BatchError(.unwritable, folder.path, "cannot be made: \(error.localizedDescription)")
      }
    }
  }

  /// What there is to do, for those who ask how far it is.
  package func writeList(of plan: BatchPlan, isDeidentified: Bool) throws {
    try create()
    try PlanList(plan, isDeidentified: isDeidentified).write(to: latestPlan)
  }

  /// What a job's files in here are called: names of jobs hold slashes and may be longer than a file system allows.
  package static func key(of job: String) -> String { String(FileDigest.sha256(ofText: job).prefix(32)) }
}
