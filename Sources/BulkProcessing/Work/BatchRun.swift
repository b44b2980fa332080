import Foundation
import SuperResolution

/// One process's share of a batch: claims jobs, has workers do them, and records what came of it.
///
/// All that is shared with other runs lies in the ledger's files; all that is at risk is done by worker processes. The order at a job's end:
/// outputs under their names, the journal, the mark, the work folder's removal, the claim's release. Whatever moment ends the process,
/// the next run goes on from there.
package final class BatchRun {
  let folder: LedgerFolder
  let plan: BatchPlan
  let options: BatchOptions
  let claims: ClaimTable
  let marks: SettledMarks
  var state = LedgerState()
  var review: JobReview
  var queue = JobQueue()
  var outcome = BatchOutcome()
  /// By index in the plan: those that were settled by earlier runs or others.
  var failures: [Int: String] = [:]
  var done: Set<Int> = []
  /// Of all jobs.
  lazy var plannedOutputs = Set(plan.jobs.flatMap(\.outputs.all).map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 })
  /// Found damaged by the plan.
  var damages: [BatchOutcome.Failure] = []
  var workers: [WorkerProcess] = []
  /// Claimed, and taken from a worker that was ended from outside.
  var again: [ClaimedJob] = []
  /// At their end, by a line of the journal that may not have reached the disk.
  var settling: [ClaimedJob] = []
  /// Marked by other runs.
  var settledElsewhere: [JobQueue.Entry] = []
  var folders: [Int: JobFolders] = [:]
  var changedFolders: Set<String> = []
  var pausedBecause: String?
  var isStopping = false
  /// Since when no worker can be started, and when it is tried again.
  var failingSince: ContinuousClock.Instant?
  var nextStart: ContinuousClock.Instant?
  /// Since when there has been nothing to do but to wait for others, by the server's clock.
  var waitingSince: Double?
  var pace = Pace()
  private var journal: Journal?
  /// Its first line says who writes; it may not have found room at once.
  private var isIntroduced = false
  private var lastMemoryLook = ContinuousClock.now
  var report: (BatchEvent) -> Void = { _ in }

  static let patience = Duration.seconds(30)

  /// - Throws: `BatchError` where the output folder cannot be written to or the ledger not be read.
  package init(_ plan: BatchPlan, into output: URL, options: BatchOptions) throws {
    folder = LedgerFolder(output: output)
    self.plan = plan
    self.options = options
    try folder.create()
    var identity = ProcessIdentity.ofThisProcess()
    identity.agreement = RunAgreement(run: options.run).digest
    claims = try ClaimTable(folder, identity: identity, expiry: options.expiry)
    marks = SettledMarks(folder: folder)
    let run = options.run
    let digest = SettingsList.digest(run.settings)
    review = JobReview(
      folder: folder, run: run,
      terms: { JobTerms(settings: digest, model: run.model, kernels: run.kernels, stamp: $0) },
      retriesFailuresBefore: options.retriesFailuresBefore, allowGaps: options.allowGaps)
  }

  /// - Parameters:
  ///   - shouldStop: looked at ten times a second; workers stop at their next step then, and finished slices are kept.
  /// - Throws: `BatchError` where nothing can go on.
  package func run(shouldStop: () -> Bool, report: @escaping (BatchEvent) -> Void) throws -> BatchOutcome {
    self.report = report
    signal(SIGXFSZ, SIG_IGN)
    // A worker that ends while it is spoken to is found by its end.
    signal(SIGPIPE, SIG_IGN)
    try refuseOtherTerms(shouldStop: shouldStop)
    try folder.writeList(of: plan, isDeidentified: options.isDeidentified)
    try lookAtEverything(shouldStop: shouldStop)
    if !isStopping { try sweep() }
    defer { workers.forEach { $0.kill() } }
    var stopSince: ContinuousClock.Instant?
    while true {
      if !isStopping, shouldStop() || pausedBecause != nil {
        isStopping = shouldStop()
        if isStopping {
          stopSince = .now
          workers.forEach { $0.stop() }
        }
      }
      if let since = stopSince, ContinuousClock.now - since > Self.patience { workers.forEach { $0.kill() } }
      if !isStopping, pausedBecause == nil { try handOut() }
      if workers.allSatisfy({ $0.assignment == nil }), try isStopping || pausedBecause != nil || isAtTheEnd() { break }
      try listen()
      if claims.secondsSinceBeat > claims.beatInterval {
        do { try claims.beat() } catch let error as BatchError { try pauseIfDiskIsFull(error) }
      }
      try flush(ifOlderThan: .milliseconds(250))
      reportProgress()
    }
    workers.forEach { $0.stop() }
    try end()
    return try closing()
  }

  // MARK: The journal

  func record(_ entry: JournalEntry) throws {
    if journal == nil { journal = try Journal(folder, run: claims.identity.id) }
    if !isIntroduced {
      var first = JournalEntry(.run)
      var run = options.run
      run.id = claims.identity.id
      run.host = claims.identity.host
      run.process = claims.identity.process
      first.run = run
      try journal?.append(first)
      isIntroduced = true
    }
    try journal?.append(entry)
  }

  /// New names first, then the lines that tell of them.
  private func flush(ifOlderThan pause: Duration = .zero) throws {
    guard let journal, journal.isWaiting(longerThan: pause) else { return }
    for path in changedFolders {
      let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      fsync(descriptor)
      close(descriptor)
    }
    changedFolders = []
    do { try journal.synchronise() } catch let error as BatchError {
      try pauseIfDiskIsFull(error)
      // What has not reached the disk may be lost, and then be done again: no marks.
      for claimed in settling { claims.release(claimed.claim) }
      settling = []
    }
    letGo()
  }

  // MARK: The workers

  private func listen() throws {
    var polls = workers.flatMap { worker in
      [worker.output, worker.errors].filter { $0 >= 0 }.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    }
    let isWaiting = queue.isEmpty && again.isEmpty
    if polls.isEmpty { usleep(isWaiting ? 200_000 : 20_000) } else { _ = poll(&polls, nfds_t(polls.count), 100) }
    for worker in workers {
      for message in worker.receive() { try hear(message, from: worker) }
    }
    lookAtMemory()
    for worker in workers {
      guard let ending = worker.ending() else { continue }
      for message in worker.receive() { try hear(message, from: worker) }
      workers.removeAll { $0 === worker }
      try bury(worker, ending)
    }
  }

  private func lookAtMemory() {
    let pause = Duration.milliseconds(options.memoryLimit == nil ? 1000 : 100)
    guard ContinuousClock.now - lastMemoryLook > pause else { return }
    lastMemoryLook = .now
    for worker in workers where worker.assignment != nil {
      let bytes = worker.measureMemory()
      guard let limit = options.memoryLimit, bytes > limit, worker.verdict == nil else { continue }
      worker.verdict =
        "took \(ByteCount.text(bytes)) of memory, more than --memory allows (\(ByteCount.text(limit))). Allow more, or make it need less: "
        + "--tile, --samples."
      worker.kill()
    }
  }

  // MARK: The end

  private func end() throws {
    let limit = ContinuousClock.now + Self.patience
    while !workers.isEmpty {
      workers.removeAll { $0.ending() != nil }
      if ContinuousClock.now > limit { workers.forEach { $0.kill() } }
      usleep(10_000)
    }
    for job in again { try giveBack(job, "the run was stopped") }
    again = []
    if journal != nil {
      let entry = JournalEntry(.end, reason: pausedBecause ?? (isStopping ? "stopped" : nil))
      do { try record(entry) } catch let error as BatchError { try pauseIfDiskIsFull(error) }
    }
    try flush()
  }

  private func closing() throws -> BatchOutcome {
    // Others may have settled what they held; one with other settings may have done anew what was done here.
    try state.refresh(from: folder)
    for index in done where isOfOthers(plan.jobs[index]) {
      done.remove(index)
      outcome.left += 1
    }
    let open = queue.everything + settledElsewhere
    if !open.isEmpty {
      let held = claims.holders()
      review.stamps = InputStamp()
      review.mayRead = !isStopping
      for entry in open {
        let job = plan.jobs[entry.index]
        let history = state.jobs[job.name]
        switch review.review(job, history, confirm: { _ in }).verdict {
        case .done: done.insert(entry.index)
        case .failed(let reason): failures[entry.index] = reason
        case .open:
          if held[LedgerFolder.key(of: job.name)].map({ !$0.isDead }) ?? false {
            outcome.elsewhere += 1
          } else {
            outcome.left += 1
          }
        }
      }
    }
    outcome.done = done.count
    outcome.failures =
      failures.sorted { $0.key < $1.key }.map {
        BatchOutcome.Failure(job: plan.jobs[$0.key].name, reason: $0.value, isDamage: false)
      } + damages
    outcome.pausedBecause = pausedBecause
    return outcome
  }
}
