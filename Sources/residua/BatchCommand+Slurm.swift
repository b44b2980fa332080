import BulkProcessing
import Foundation
import SuperResolution

extension BatchCommand {
  private static let usualTasks = 16

  /// Hands the plan to Slurm.
  func submit(_ plan: BatchPlan, in folder: URL) throws {
    try plan.prepare(folder)
    let tasks = min(slurm.slurmTasks ?? Self.usualTasks, plan.jobs.count)
    let given = Self.arguments(
      CommandLine.arguments.dropFirst(2), without: ["--slurm-args", "--slurm-tasks", "--kernels"],
      flags: ["--slurm"])
    let submission = SlurmSubmission(
      command: [ModelSearchPath.runningProgram.path, "batch"]
        // One set for all nodes; a node that lacks it says so.
        + ["--kernels", try kernels(in: folder).rawValue]
        // One more chance for what has failed, not one with every task and requeue.
        + (work.retryFailed ? ["--failed-before", Timestamp.now().text] : []) + given,
      tasks: tasks, arguments: slurm.slurmArgs.split(separator: " ").map(String.init),
      workingFolder: FileManager.default.currentDirectoryPath)
    let ledger = LedgerFolder(output: folder)
    // Better now than in every task's log.
    try ledger.requireAgreement(
      with: options(for: Crew(jobs: work.jobs, threads: computing.threads, most: 1), of: plan, in: folder).run)
    // So that --status knows what there is to do before the first task has begun.
    try ledger.writeList(of: plan, isDeidentified: dicom.deidentify)
    let jobs = try submission.submit(dicom.deidentify ? nil : plan, in: ledger)
    print(jobs.array)
    if let refusal = jobs.refusal {
      StandardError.warn(
        "\(refusal) Job \(jobs.array) is submitted and works; nothing writes the summary behind it: `residua batch … --status` and `--export csv` do.")
    }
    if !quiet {
      let summary = jobs.summary.map { "; job \($0) writes \(ledger.root.path)/summary.txt and .csv behind it" } ?? ""
      StandardError.write(
        "submitted \(plan.jobs.count) scans as job \(jobs.array), \(tasks) task\(tasks == 1 ? "" : "s")\(summary). Logs: \(ledger.slurm.path)\n")
    }
  }
}
