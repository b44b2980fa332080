import Foundation

extension BatchRun {
  /// Two runs share the work; with different settings they would undo each other's.
  func refuseOtherTerms(shouldStop: () -> Bool) throws {
    let since = claims.now
    while !shouldStop() {
      try state.refresh(from: folder)
      let agreement = RunAgreement(run: options.run)
      guard let conflict = agreement.conflict(among: claims.livingOwners(), in: state) else { return }
      guard options.isPatient, !conflict.isSeenAlive, claims.now - since < claims.expiry + claims.beatInterval else {
        throw conflict.error(in: folder, expiry: claims.expiry)
      }
      sleep(1)
      try claims.beat()
    }
  }

  /// Whether a job's latest end is another run's, with other settings than this one's.
  func isOfOthers(_ job: BatchJob) -> Bool {
    guard let history = state.jobs[job.name], let terms = history.terms, terms != review.terms(terms.stamp) else {
      return false
    }
    return !SettingsList.differences(
      from: (terms.model, terms.kernels, history.settings), to: options.run, for: job.outputs
    ).isEmpty
  }

  /// Inputs that were touched are read anew, which may take long: jobs that were not looked at when a stop came are left.
  func lookAtEverything(shouldStop: () -> Bool) throws {
    try state.refresh(from: folder)
    try recordDamage()
    for (index, job) in plan.jobs.enumerated() {
      if let part = options.part, index % part.count != part.number - 1 { continue }
      outcome.jobs += 1
      isStopping = isStopping || shouldStop()
      guard !isStopping else {
        outcome.left += 1
        continue
      }
      let history = state.jobs[job.name]
      let (verdict, terms) = try review.review(job, history) { terms in
        var entry = JournalEntry(.confirmed, job: job.name)
        entry.terms = terms
        // It saves the next look; a full disk is met by what matters.
        do { try record(entry) } catch let error as BatchError where error.code == .diskFull {}
      }
      switch verdict {
      case .done: done.insert(index)
      case .failed(let reason): failures[index] = reason
      case .open(let why):
        if let why { report(.reopened(job: job.name, why: why)) }
        queue.add(JobQueue.Entry(index: index, terms: terms, settled: history?.settled))
      }
    }
    queue.begin()
    pace.weights = Pace.weights(of: plan)
  }

  /// What was found unreadable when the batch was planned has failed before any work.
  private func recordDamage() throws {
    for (index, damage) in plan.damaged.enumerated() {
      if let part = options.part, index % part.count != part.number - 1 { continue }
      outcome.jobs += 1
      let recorded = options.isDeidentified ? damage.nameless : damage
      damages.append(.init(job: recorded.what, reason: damage.reason, isDamage: true))
      report(.failed(job: recorded.what, reason: damage.reason))
      if state.jobs[recorded.what]?.isDamaged(recorded.reason) == true { continue }
      let entry = JournalEntry(.failed, job: recorded.what, reason: recorded.reason)
      do { try record(entry) } catch let error as BatchError { try pauseIfDiskIsFull(error) }
    }
  }

  /// Removes what dead runs have left of jobs that are done; and of those that are not planned, where nobody came back for a month: they may
  /// be another study's with the same output folder.
  func sweep() throws {
    let keys = plan.jobs.map { LedgerFolder.key(of: $0.name) }
    let planned = Set(keys)
    let isOpen = Set(keys.indices.filter { !done.contains($0) && failures[$0] == nil }.map { keys[$0] })
    let hasFailed = Set(failures.keys.map { keys[$0] })
    let held = claims.holders()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.work.path)) ?? []
    for key in Set(names).union(held.filter { $0.value.isDead }.keys)
    where !isOpen.contains(key) && held[key].map(\.isDead) ?? true {
      if !planned.contains(key), !Self.isOld(folder.work.appendingPathComponent(key)) { continue }
      // Under a claim, so that no other run begins it meanwhile.
      guard let claim = try claims.claim(key) else { continue }
      if !hasFailed.contains(key) {
        try? FileManager.default.removeItem(at: folder.work.appendingPathComponent(key))
      }
      claims.release(claim)
    }
    removeOrphans()
  }

  /// Files on their way to their names whose writers died: in the ledger, and those that describe a BIDS derivative as a whole.
  private func removeOrphans() {
    let derivative = BidsDerivative.files.map { ".\($0)." }
    for (place, prefixes) in [(folder.root, [".plan.json."]), (folder.output, derivative)] {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
      where name.hasSuffix(".part") && prefixes.contains(where: { name.hasPrefix($0) }) {
        let url = place.appendingPathComponent(name)
        if Self.isOld(url, days: 1 / 24) { try? FileManager.default.removeItem(at: url) }
      }
    }
  }

  private static func isOld(_ url: URL, days: Double = 30) -> Bool {
    let changed = try? FileManager.default.attributesOfItem(atPath: url.path)[.modificationDate] as? Date
    return changed.map { Date().timeIntervalSince($0) > days * 86400 } ?? true
  }
}
