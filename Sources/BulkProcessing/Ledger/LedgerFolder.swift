import Foundation
import SuperResolution

/// Where a batch remembers things: `OUTPUT/.residua`. `Docs/Reference/Ledger.md` describes every file.
public struct LedgerFolder: Sendable {
  public let output: URL
  public var root: URL { output.appendingPathComponent(".residua", isDirectory: true) }
  var owners: URL { root.appendingPathComponent("owners", isDirectory: true) }
  var claims: URL { root.appendingPathComponent("claims", isDirectory: true) }
  var journals: URL { root.appendingPathComponent("journals", isDirectory: true) }
  var settled: URL { root.appendingPathComponent("settled", isDirectory: true) }
  var work: URL { root.appendingPathComponent("work", isDirectory: true) }
  /// What the latest run found to do.
  public var latestPlan: URL { root.appendingPathComponent("plan.json") }
  public var slurm: URL { root.appendingPathComponent("slurm", isDirectory: true) }

  public init(output: URL) { self.output = output.standardizedFileURL }

  public var exists: Bool { FileManager.default.fileExists(atPath: journals.path) }

  /// - Throws: `BatchError` where the folder cannot be written to.
  public func create() throws {
    for folder in [owners, claims, journals, settled, work] {
      do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      } catch {
        throw BatchError(.unwritable, folder.path, "cannot be made: \(error.localizedDescription)")
      }
    }
  }

  /// What a job's files in here are called: names of jobs hold slashes and may be longer than a file system allows.
  public static func key(of job: String) -> String { String(FileDigest.sha256(ofText: job).prefix(32)) }
}
