import Foundation

extension BatchRun {
  /// Claims jobs for the workers that are idle or not started yet.
  func handOut() throws {
    while true {
      let idle = workers.first { $0.assignment == nil && !$0.isStopping }
      guard idle != nil || workers.count(where: { !$0.isStopping }) < options.workers else { return }
      guard let job = try nextJob() else { return }
      let worker: WorkerProcess
      if let idle {
        worker = idle
      } else {
        worker = try WorkerProcess(.init(executable: options.executable, arguments: options.arguments))
        workers.append(worker)
      }
      try start(job, on: worker)
    }
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
      claims.release(claimed.claim)
      queue.putBack(JobQueue.Entry(index: claimed.index, terms: claimed.terms, settled: nil))
      try pauseIfDiskIsFull(BatchError.system(.unwritable, places.staging.path, "\(error)", errno: errno))
      return
    }
    report(.started(job: claimed.job.name, attempt: claimed.attempt))
    // A worker that has gone meanwhile is found by its end.
    _ = worker.assign(
      claimed,
      Assignment(
        job: claimed.job, staging: places.staging, slices: places.slices, stamp: claimed.terms.stamp))
  }

  private func nextJob() throws -> ClaimedJob? {
    if let job = again.popLast() { return job }
    while let entry = queue.next() {
      let job = plan.jobs[entry.index]
      let key = LedgerFolder.key(of: job.name)
      var terms = entry.terms
      if job.series == nil {
        // The list may have been made days ago.
        var stamps = InputStamp()
        terms.stamp = stamps.of(job)
      }
      if entry.settled == nil, marks.contains(key, terms) {
        settledElsewhere.append(entry)
        continue
      }
      guard let claim = try claims.claim(key) else {
        queue.defer(entry)
        continue
      }
      if entry.settled == nil, !claim.isSuccession, marks.contains(key, terms) {
        claims.release(claim)
        settledElsewhere.append(entry)
        continue
      }
      if claim.isSuccession || entry.settled != nil {
        // It may have been settled since: ask everybody's journal.
        try state.refresh(from: folder)
        let history = state.jobs[job.name]
        var review = review
        // What failed again meanwhile has had its second chance.
        if let settled = history?.settled, settled > entry.settled ?? settled { review.retriesFailed = false }
        let (verdict, now) = review.review(job, history, confirm: { _ in })
        switch verdict {
        case .done: done.insert(entry.index)
        case .failed(let reason): failures[entry.index] = reason
        case .open: terms = now
        }
        if verdict == .done || failures[entry.index] != nil {
          claims.release(claim)
          continue
        }
      }
      let attempt = (state.jobs[job.name]?.attempts ?? 0) + 1
      return ClaimedJob(index: entry.index, job: job, key: key, claim: claim, terms: terms, attempt: attempt)
    }
    return nil
  }

  /// What came of the jobs that others have settled meanwhile.
  private func lookElsewhere() throws {
    guard !settledElsewhere.isEmpty else { return }
    try state.refresh(from: folder)
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
    let held = claims.holders()
    let suspicious = claims.beatInterval * 3
    let isSettled = deferred.allSatisfy { entry in
      guard let holder = held[LedgerFolder.key(of: plan.jobs[entry.index].name)] else { return false }
      return !holder.isDead && (holder.isSeenAlive || holder.age < suspicious)
    }
    if !isSettled { queue.rescanSoon() }
    return isSettled
  }
}
