import Foundation

extension BatchRun {
  /// Claims jobs for the workers that are idle or not started yet. A full disk pauses.
  func handOut() throws {
    while pausedBecause == nil {
      let idle = workers.first { $0.assignment == nil && !$0.isStopping }
      guard idle != nil || workers.count(where: { !$0.isStopping }) < options.workers else { return }
      // A machine that is short of processes or memory for a moment: those that run go on.
      if idle == nil, let nextStart, ContinuousClock.now < nextStart { return }
      do {
        guard let job = try nextJob() else { return }
        waitingSince = nil
        do { try start(job, on: try idle ?? newWorker()) } catch let shortage as WorkerProcess.Shortage {
          // It stays claimed, as the next to go on: there is nothing to tell the journal.
          again.append(job)
          return try wait(for: shortage)
        } catch {
          try giveBack(job, "it could not be begun")
          throw error
        }
      } catch let error as BatchError {
        try pauseIfDiskIsFull(error)
      }
    }
  }

  /// Tries again in a second. Where workers run there is time; where none does, for so long and no longer.
  private func wait(for shortage: WorkerProcess.Shortage) throws {
    let since = failingSince ?? .now
    (failingSince, nextStart) = (since, .now + .seconds(1))
    guard workers.isEmpty, ContinuousClock.now - since > Self.patience else { return }
    for job in again { try giveBack(job, "it could not be begun") }
    again = []
    throw shortage.error
  }

  private func newWorker() throws -> WorkerProcess {
    let worker = try WorkerProcess(.init(executable: options.executable, arguments: options.arguments))
    workers.append(worker)
    (failingSince, nextStart) = (nil, nil)
    return worker
  }

  private func start(_ claimed: ClaimedJob, on worker: WorkerProcess) throws {
    let places = JobFolders(folder, claimed)
    folders[claimed.index] = places
    places.clear()
    do {
      try FileManager.default.createDirectory(at: places.staging, withIntermediateDirectories: true)
      var entry = JournalEntry(.started, job: claimed.job.name, attempt: claimed.attempt)
      entry.terms = claimed.terms
      try record(entry)
    } catch {
      throw BatchError.unwritable(places.staging.path, "cannot be made", error)
    }
    report(.started(job: claimed.job.name, attempt: claimed.attempt))
    // A worker that has gone meanwhile is found by its end.
    _ = worker.assign(claimed, Assignment(job: claimed.job, staging: places.staging, slices: places.slices))
  }

  private func nextJob() throws -> ClaimedJob? {
    while let job = again.popLast() {
      if claims.isHeld(job.claim) { return job }
      leave(job)
    }
    while let entry = queue.next() {
      do {
        if let job = try take(entry) { return job }
      } catch {
        queue.putBack(entry)
        throw error
      }
    }
    return nil
  }

  /// - Returns: `nil` where the job is in other hands, or settled.
  private func take(_ entry: JobQueue.Entry) throws -> ClaimedJob? {
    let job = plan.jobs[entry.index]
    let key = LedgerFolder.key(of: job.name)
    var terms = entry.terms
    // The list may have been made days ago, and an earlier job's outputs may lie beside the input.
    review.stamps = InputStamp()
    terms.stamp = review.stamps.of(job)
    if entry.settled == nil, marks.contains(key, terms) {
      settledElsewhere.append(entry)
      return nil
    }
    guard let claim = try claims.claim(key) else {
      queue.defer(entry)
      return nil
    }
    do {
      if entry.settled == nil, !claim.isSuccession, marks.contains(key, terms) {
        claims.release(claim)
        settledElsewhere.append(entry)
        return nil
      }
      // A mark belongs to one stamp: with another, the journals tell whether somebody has done it meanwhile.
      if claim.isSuccession || entry.settled != nil || terms.stamp != entry.terms.stamp {
        guard let now = try termsIfOpen(entry) else {
          claims.release(claim)
          return nil
        }
        terms = now
      }
    } catch {
      claims.release(claim)
      throw error
    }
    let attempt = (state.jobs[job.name]?.attempts ?? 0) + 1
    return ClaimedJob(
      index: entry.index, job: job, key: key, claim: claim, terms: terms, attempt: attempt, settled: entry.settled)
  }

  /// Asks everybody's journal about a job that may have been settled since it was looked at.
  /// - Returns: the terms under which it is to be done; `nil` where it is settled.
  private func termsIfOpen(_ entry: JobQueue.Entry) throws -> JobTerms? {
    try state.refresh(from: folder)
    let job = plan.jobs[entry.index]
    let history = state.jobs[job.name]
    var review = review
    // What failed again meanwhile has had its second chance.
    if let settled = history?.settled, settled > entry.settled ?? settled { review.retriesFailuresBefore = nil }
    let (verdict, now) = review.review(job, history, confirm: { _ in })
    switch verdict {
    case .done: done.insert(entry.index)
    case .failed(let reason): failures[entry.index] = reason
    case .open: return now
    }
    return nil
  }

  /// What came of the jobs that others have settled meanwhile.
  private func lookElsewhere() throws {
    guard !settledElsewhere.isEmpty else { return }
    try state.refresh(from: folder)
    review.stamps = InputStamp()
    for entry in settledElsewhere {
      let job = plan.jobs[entry.index]
      let (verdict, terms) = review.review(job, state.jobs[job.name], confirm: { _ in })
      switch verdict {
      case .done: done.insert(entry.index)
      case .failed(let reason): failures[entry.index] = reason
      case .open:
        // A mark that no journal explains: power failed between the two.
        marks.remove(LedgerFolder.key(of: job.name), terms)
        queue.putBack(entry)
      }
    }
    settledElsewhere = []
  }

  /// Whether nothing is left to claim and nothing is held by an owner that may be dead.
  func isAtTheEnd() throws -> Bool {
    guard queue.isEmpty, again.isEmpty else { return false }
    try lookElsewhere()
    guard queue.isEmpty else { return false }
    let deferred = queue.deferredJobs
    if deferred.isEmpty { return true }
    // Who cannot be looked at lives if a heartbeat comes while we wait.
    let since = waitingSince ?? claims.now
    waitingSince = since
    let held = claims.holders()
    let isSettled = deferred.allSatisfy { entry in
      guard let holder = held[LedgerFolder.key(of: plan.jobs[entry.index].name)] else { return false }
      return !holder.isDead && (holder.isSeenAlive || holder.beat > since)
    }
    if !isSettled { queue.rescanSoon() }
    return isSettled
  }
}
