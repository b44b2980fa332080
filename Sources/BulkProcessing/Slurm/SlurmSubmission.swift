import Foundation
import Volumes

/// A batch as a Slurm job array: every task is a run of its own that claims work, and a job behind them all writes the summary.
///
/// A task that is requeued, preempted or killed loses nothing: its claims are taken over and its finished slices are used. Before the time
/// limit Slurm sends USR1 to the batch script, which pauses the run and requeues the task; after `scancel` the run is paused and nothing is
/// requeued.
package struct SlurmSubmission {
  package struct Submitted: Sendable {
    package let array: String
    /// `nil` where Slurm took the array and not this one.
    package let summary: String?
    /// Why not.
    package var refusal: String?
  }

  /// The program and its arguments for a task.
  package var command: [String]
  /// The arguments that make it print the table and the CSV.
  package var summaryArguments: [[String]] = [["--status"], ["--export", "csv"]]
  package var tasks: Int
  /// Goes to `sbatch` as it is, before the script; overrides what the script says.
  package var arguments: [String]
  package var workingFolder: String

  package init(command: [String], tasks: Int, arguments: [String], workingFolder: String) {
    self.command = command
    self.tasks = tasks
    self.arguments = arguments
    self.workingFolder = workingFolder
  }

  /// Seconds before the time limit at which a task is told to pause.
  static let warning = 120

  /// Writes the scripts and the plan into the ledger and submits them.
  /// - Throws: `BatchError` with what sbatch says.
  /// - Parameter plan: what the tasks work on; `nil` where they are to look for themselves, and the paths of scans are to lie nowhere.
  package func submit(_ plan: BatchPlan?, in folder: LedgerFolder) throws -> Submitted {
    try folder.create()
    do {
      try FileManager.default.createDirectory(at: folder.slurm, withIntermediateDirectories: true)
    } catch {
      throw BatchError(.unwritable, folder.slurm.path, "cannot be made: \(error.localizedDescription)")
    }
    let name = Timestamp.now().compact
    let planFile = folder.slurm.appendingPathComponent("\(name)-plan.json")
    try plan?.write(to: planFile)
    let script = folder.slurm.appendingPathComponent("\(name)-array.sh")
    try write(arrayScript(plan: plan == nil ? nil : planFile.path, logs: folder.slurm.path), to: script)
    let summary = folder.slurm.appendingPathComponent("\(name)-summary.sh")
    try write(summaryScript(folder), to: summary)
    let array = try sbatch(arguments + [script.path])
    // The array waits already: what is wrong with the other job must not hide it.
    do {
      let number = try sbatch(Self.withoutArray(arguments) + ["--dependency=afterany:\(array)", summary.path])
      return Submitted(array: array, summary: number)
    } catch let error as BatchError {
      return Submitted(array: array, summary: nil, refusal: "\(error)")
    }
  }

  /// The tasks may be throttled by an `--array` of the user's; the summary is one job.
  package static func withoutArray(_ arguments: [String]) -> [String] {
    var kept: [String] = []
    var isValue = false
    for word in arguments {
      if isValue {
        isValue = false
      } else if ["--ar", "--arr", "--arra", "--array", "-a"].contains(word) {
        isValue = true
      } else if !(word.hasPrefix("--ar") && word.contains("=")) && !(word.hasPrefix("-a") && !word.hasPrefix("--")) {
        kept.append(word)
      }
    }
    return kept
  }

  private func write(_ text: String, to url: URL) throws {
    do {
      try writeAtomically(Array(text.utf8), to: url, overwrite: true)
    } catch let error as VolumeError {
      throw BatchError(.unwritable, url.path, error.reason)
    }
  }

  private func sbatch(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["sbatch", "--parsable"] + arguments
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    do { try process.run() } catch {
      throw BatchError(.slurm, "sbatch", "cannot be started: \(error.localizedDescription)")
    }
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let answer = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationStatus == 127 {
      throw BatchError(.slurm, "sbatch", "is not on the PATH: --slurm works where jobs are submitted to Slurm from.")
    }
    // NUMBER, or NUMBER;CLUSTER.
    let number = answer.split(whereSeparator: { $0 == ";" || $0.isNewline }).first.map(String.init) ?? ""
    guard process.terminationStatus == 0, Int(number) != nil else {
      throw BatchError(
        .slurm, "sbatch", "refuses the job: \(said.trimmingCharacters(in: .whitespacesAndNewlines)) Check --slurm-args."
      )
    }
    return number
  }

  // MARK: Scripts

  func arrayScript(plan: String?, logs: String) -> String {
    """
    #!/bin/bash
    #SBATCH --job-name=residua
    #SBATCH --array=1-\(tasks)
    #SBATCH --requeue
    #SBATCH --open-mode=append
    #SBATCH --output=\(Self.pattern(logs, "%A_%a.log"))
    #SBATCH --signal=B:USR1@\(Self.warning)
    cd \(Self.quoted(workingFolder)) || exit 1
    \(Self.line(command + ["--slurm-task"] + (plan.map { ["--plan", $0] } ?? []))) &
    task=$!
    requeue=
    # The time limit is near: pause, and go on in the next allocation.
    trap 'requeue=1; kill -TERM "$task"' USR1
    # Cancelled or preempted: pause; who preempts requeues.
    trap 'kill -TERM "$task"' TERM
    until ! kill -0 "$task" 2>/dev/null; do wait "$task"; done
    wait "$task"
    code=$?
    if [ -n "$requeue" ] && [ "$code" = 143 ]; then scontrol requeue "$SLURM_JOB_ID"; fi
    exit "$code"

    """
  }

  func summaryScript(_ folder: LedgerFolder) -> String {
    let files = ["summary.txt", "summary.csv"].map { folder.root.appendingPathComponent($0).path }
    let lines = zip(summaryArguments, files).map { arguments, file in
      "\(Self.line(command + arguments)) >\(Self.quoted(file + ".new")) && mv \(Self.quoted(file + ".new")) \(Self.quoted(file))"
    }
    return """
      #!/bin/bash
      #SBATCH --job-name=residua-summary
      #SBATCH --output=\(Self.pattern(folder.slurm.path, "%j-summary.log"))
      cd \(Self.quoted(workingFolder)) || exit 1
      \(lines.joined(separator: "\n"))

      """
  }

  private static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

  /// A path in a line for sbatch, which knows double quotes with backslashes in them, and takes a percent sign for the beginning of a number.
  private static func pattern(_ folder: String, _ name: String) -> String {
    let escaped = folder.replacingOccurrences(of: "%", with: "%%").replacingOccurrences(of: "\\", with: "\\\\")
      .replacingOccurrences(of: "\"", with: "\\\"")
    return "\"\(escaped)/\(name)\""
  }

  private static func quoted(_ word: String) -> String {
    "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }
}
