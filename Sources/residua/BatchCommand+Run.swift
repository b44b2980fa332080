import ArgumentParser
import BulkProcessing
import Foundation
import SuperResolution
import Tensors

extension BatchCommand {
  /// Has the plan done by workers, tells how it goes, and leaves with the exit code that fits.
  func perform(_ plan: BatchPlan, in folder: URL) throws {
    try plan.prepare(folder)
    let crew = Crew(jobs: work.jobs, threads: computing.threads, most: plan.jobs.count)
    let options = try options(for: crew, of: plan, in: folder)
    let log = try work.log.map { try EventLog(path: $0) }
    var display = BatchDisplay(isQuiet: quiet)
    let run = try BatchRun(plan, into: folder, options: options)
    if !plan.jobs.isEmpty { display.begin(jobs: plan.jobs.count, crew: crew) }
    let outcome: BatchOutcome
    do {
      outcome = try run.run(shouldStop: { (try? Interruption.check()) == nil }) { event in
        log?.write(event)
        display.show(event)
      }
    } catch {
      display.clear()
      throw error
    }
    log?.write(outcome)
    display.finish(outcome)
    do { try Interruption.check() } catch let stop as Interruption.Stop {
      StandardError.write(
        "residua: \(stop.signal == SIGINT ? "interrupted" : "terminated"): finished slices are kept. The same command goes on from there.\n"
      )
      throw ExitCode(stop.exitCode)
    }
    if let reason = outcome.pausedBecause {
      StandardError.write("residua: paused: \(reason)\nNothing is lost: the same command goes on.\n")
      throw ExitCode.failure
    }
    if !outcome.failures.isEmpty { throw ExitCode(3) }
    // Given back by another run at the very end: nobody is at work on them.
    if outcome.left > 0 { throw ExitCode.failure }
  }

  func options(for crew: Crew, of plan: BatchPlan, in folder: URL) throws -> BatchOptions {
    let path = ModelSearchPath()
    let model = try sampling.choice.model.map { try path.model(named: $0) } ?? path.defaultModel(scale: sampling.choice.scale ?? 2)
    let kernels = try kernels(in: folder)
    let digest = try FileDigest.sha256(of: [model])
    // A series, so that what is said about DICOM counts.
    let example = BatchJob(name: "", input: folder, series: "", outputs: .init(estimate: ""))
    var others = try calibrated.settings(model: model, digest: digest)
    if plan.jobs.contains(where: { $0.companions.regions != nil }) { others.merge(along.settings) { $1 } }
    if plan.derivative != nil, study.skullStripped { others["skullStripped"] = "true" }
    let run = RunDescription(
      id: "", host: "", process: 0, version: ToolVersion.number, workers: crew.workers, threads: crew.threads,
      kernels: kernels.rawValue, modelFile: model.lastPathComponent, model: digest,
      settings: SettingsList.of(upscale(example, into: folder), others: others),
      slurmJob: ProcessInfo.processInfo.environment["SLURM_JOB_ID"])
    // The worker reads the same words as we do, so that no option can be forgotten on the way.
    var options = BatchOptions(
      executable: ModelSearchPath.runningProgram.path,
      arguments: ["batch", "--worker", "--threads", String(crew.threads), "--kernels", kernels.rawValue]
        + Self.arguments(CommandLine.arguments.dropFirst(2), without: ["--threads", "--kernels"]),
      run: run)
    options.workers = crew.workers
    options.memoryLimit = work.memory?.bytes
    options.isDeidentified = dicom.deidentify
    options.retriesFailuresBefore = work.retryFailed ? work.failedBefore ?? .now() : nil
    options.allowGaps = dicom.allowGaps
    options.part = work.part
    options.expiry = work.claimExpiry
    options.isPatient = slurm.slurmTask
    return options
  }

  /// Without options that are given anew; both ways of writing a value.
  static func arguments(_ given: ArraySlice<String>, without names: Set<String>, flags: Set<String> = []) -> [String] {
    var kept: [String] = []
    var rest = given
    while let word = rest.popFirst() {
      if word == "--" { return kept + [word] + rest }
      if flags.contains(word) { continue }
      if names.contains(word) {
        _ = rest.popFirst()
      } else if !names.contains(where: { word.hasPrefix($0 + "=") }) {
        kept.append(word)
      }
    }
    return kept
  }

  /// One kernel set for all of a batch: the one asked for, the one that the batch was begun with, or the widest here.
  func kernels(in folder: URL) throws -> KernelSet {
    let ledger = LedgerFolder(output: folder)
    let begun = ledger.exists ? try LedgerState(reading: ledger).latestRun?.kernels : nil
    let kernels = computing.kernels ?? begun.flatMap { KernelSet(rawValue: $0) } ?? .best
    guard kernels.isAvailable else {
      let able = KernelSet.allCases.filter(\.isAvailable).map(\.rawValue).joined(separator: ", ")
      let why = computing.kernels == nil ? "the batch was begun with kernels" : "--kernels asks for"
      throw BatchError(
        .kernelsUnavailable, ProcessInfo.processInfo.hostName,
        "\(why) \(kernels.rawValue), which this machine cannot run (it can: \(able)). One batch takes one kernel set: use a machine that has it, "
          + "or begin with --kernels \(able.split(separator: ",").last.map(String.init)?.trimmingCharacters(in: .whitespaces) ?? "portable") everywhere, which does all jobs again."
      )
    }
    return kernels
  }

  /// What `--status` and `--export` ask for.
  /// - Returns: false where neither was asked for.
  func tellOfLedger(in folder: URL) throws -> Bool {
    guard work.status || work.export != nil else { return false }
    let table = try LedgerTable(reading: LedgerFolder(output: folder))
    if work.status { print(table.summary) }
    if work.export == .csv { print(table.csv, terminator: "") }
    return true
  }

  /// The command as its own child.
  func runAsWorker() {
    BatchWorker(checkSignals: Interruption.check, upscale: upscale).run {
      try LoadedModel(named: sampling.choice.model, scale: sampling.choice.scale, engine: computing.engine)
    }
  }
}

/// How many work at the same time, with how many threads each.
struct Crew {
  let workers: Int
  let threads: Int

  /// One worker with two threads takes about this much; more slices or samples do not change it much.
  private static let memoryOfOne = 2 << 30
  private static let threadsOfOne = 2

  init(jobs: Int?, threads: Int?, most: Int) {
    let cores = AvailableResources.cores()
    let fitting = max(1, AvailableResources.memory() / Self.memoryOfOne)
    let workers = jobs ?? min(max(1, cores / (threads ?? Self.threadsOfOne)), fitting)
    self.workers = max(1, min(workers, most))
    self.threads = threads ?? max(1, cores / self.workers)
  }
}
