import ArgumentParser
import BulkProcessing
import Foundation

/// How a batch is worked through: by how many, within which limits, and what is told.
struct WorkOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Scans in work at the same time. (default: from cores and memory)", valueName: "n"))
  var jobs: Int?

  @Option(
    help: ArgumentHelp(
      "Memory that one scan may take, as 6G or 1500M; a scan that takes more fails, the others go on. (default: no limit)",
      valueName: "bytes"))
  var memory: ByteLimit?

  @Flag(help: "Try again what has failed.")
  var retryFailed = false

  @Option(help: ArgumentHelp("Work on every Nth scan only, beginning with the Kth.", valueName: "K/N"))
  var part: BatchOptions.Part?

  @Option(help: ArgumentHelp("Append what happens to this file, as lines of JSON.", valueName: "file"))
  var log: String?

  @Flag(help: "Say how far the batch is, and do nothing.")
  var status = false

  @Option(help: "Print the ledger and do nothing: csv.")
  var export: LedgerExport?

  /// How the command calls itself.
  @Flag(help: .hidden) var worker = false

  @Option(help: .hidden) var claimExpiry = 120.0

  /// What `--retry-failed` tries again, where many runs are one submission.
  @Option(help: .hidden, transform: { Timestamp(text: $0) }) var failedBefore: Timestamp?

  func validate() throws {
    if let jobs, jobs < 1 || jobs > 1024 { throw ValidationError("--jobs is 1 to 1024, not \(jobs).") }
  }
}

struct ByteLimit: ExpressibleByArgument {
  let bytes: Int

  init?(argument: String) {
    guard let bytes = ByteCount.parsed(argument) else { return nil }
    self.bytes = bytes
  }
}

enum LedgerExport: String, CaseIterable, ExpressibleByArgument {
  case csv
}

extension BatchOptions.Part: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
