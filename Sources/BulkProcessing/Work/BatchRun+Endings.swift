import Foundation

extension BatchRun {
  func hear(_ message: WorkerMessage, from worker: WorkerProcess) throws {
    let name = worker.assignment?.job.name ?? ""
    /// By the job's name, not by where its input lies: that may be called after somebody. By the names that outputs will have.
    func cleaned(_ text: String) -> String {
      guard let claimed = worker.assignment else { return text }
      let staging = folders[claimed.index]?.staging.path ?? folder.output.path
      let clean = text.replacingOccurrences(of: claimed.job.input.path, with: claimed.job.name)
        .replacingOccurrences(of: staging, with: folder.output.path)
      // Whoever tells it says of which job.
      let prefix = claimed.job.name + ": "
      return clean.hasPrefix(prefix) ? String(clean.dropFirst(prefix.count)) : clean
    }
    switch message {
    case .ready: break
    case .unfit(let reason):
      if let claimed = worker.assignment {
        worker.assignment = nil
        try giveBack(claimed, "no worker could be started")
      }
      throw BatchError(.workers, "a worker", reason)
    case .begun(let slices): worker.slices = slices
    case .progress(let slices):
      worker.assignment?.reach(slices)
      worker.slicesDone = slices
    case .warning(let text): report(.warning(job: name, text: cleaned(text)))
    case .note(let text): report(.note(job: name, text: cleaned(text)))
    case .staged(let result, let stamp):
      guard var claimed = worker.assignment else { return }
      // It may have been touched since it was claimed.
      if let stamp { claimed.terms.stamp = stamp }
      var result = result
      result.warnings = result.warnings.map { cleaned($0) }
      result.memory = max(worker.measureMemory(), worker.largestMemory)
      worker.assignment = nil
      try publish(claimed, result)
    case .failed(let reason, let isDiskFull):
      guard let claimed = worker.assignment else { return }
      let reason = cleaned(reason)
      worker.assignment = nil
      if isDiskFull {
        try giveBack(claimed, reason)
        try pauseIfDiskIsFull(BatchError(.diskFull, claimed.job.name, reason))
      } else {
        try fail(claimed, reason)
      }
    case .paused:
      guard let claimed = worker.assignment else { return }
      worker.assignment = nil
      worker.stop()
      if isStopping { try giveBack(claimed, "stopped") } else { try retry(claimed) }
    }
  }

  /// A worker has ended; what becomes of its job?
  func bury(_ worker: WorkerProcess, _ ending: WorkerProcess.Ending) throws {
    guard let claimed = worker.assignment else {
      if case .exited(0) = ending { return }
      return
    }
    worker.assignment = nil
    let word = worker.lastWord.map { " Its last words: \($0)" } ?? ""
    if let verdict = worker.verdict { return try fail(claimed, verdict) }
    if isStopping { return try giveBack(claimed, "stopped") }
    switch ending {
    case .signalled(SIGKILL) where OutOfMemory.kills > worker.killsBefore:
      try fail(
        claimed, "the system ended its worker for want of memory. Run fewer --jobs, or use --tile or fewer --samples.")
    case .signalled(SIGKILL), .signalled(SIGTERM), .signalled(SIGINT), .signalled(SIGHUP), .exited(0):
      try retry(claimed)
    case .exited(let code) where code >= 128: try retry(claimed)
    case .signalled(let signal):
      try fail(claimed, "the worker crashed (\(String(cString: strsignal(signal)))).\(word)")
    case .exited(let code):
      guard worker.isReady else {
        try giveBack(claimed, "no worker could be started")
        throw BatchError(.workers, "a worker", "ended with code \(code) before it was ready.\(word)")
      }
      try fail(claimed, "the worker ended with code \(code).\(word)")
    }
  }

  /// A kill from outside is no failure of the job.
  private func retry(_ claimed: ClaimedJob) throws {
    guard claims.isHeld(claimed.claim) else { return leave(claimed) }
    var claimed = claimed
    claimed.countKill()
    if claimed.kills >= Self.mostKills {
      return try fail(
        claimed,
        "its worker was ended from outside \(claimed.kills) times in a row. Find out what does that on this machine.")
    }
    report(.killed(job: claimed.job.name))
    var entry = JournalEntry(.killed, job: claimed.job.name, attempt: claimed.attempt)
    entry.reason = "the worker was ended from outside"
    guard try record(entry, of: claimed) else { return }
    claimed.attempt += 1
    again.append(claimed)
  }

  private static let mostKills = 20

  private func publish(_ claimed: ClaimedJob, _ result: JobResult) throws {
    guard claims.isHeld(claimed.claim) else { return leave(claimed) }
    guard let places = folders[claimed.index] else { return }
    var result = result
    do {
      let publisher = OutputPublisher(output: folder.output, trash: places.trash)
      let outputs = Set(claimed.job.outputs.all)
      changedFolders.formUnion(try publisher.publish(from: places.staging, folders: outputs))
      for path in claimed.job.outputs.all {
        guard let size = OutputSize.of(folder.output.appendingPathComponent(path)) else {
          return try fail(claimed, "\(path) was not written.")
        }
        result.outputs[path] = size
      }
      try settleOutputsOfBefore(claimed, &result, publisher)
      var entry = JournalEntry(.done, job: claimed.job.name, attempt: claimed.attempt)
      entry.terms = claimed.terms
      entry.result = result
      guard try record(entry, of: claimed) else { return }
    } catch let error as BatchError {
      guard error.code == .diskFull else { return try fail(claimed, "\(error)") }
      return try giveBack(claimed, for: error)
    }
    done.insert(claimed.index)
    outcome.doneHere += 1
    pace.finish(claimed.index, slices: result.slices)
    settling.append(claimed)
    report(.done(job: claimed.job.name, result))
  }

  /// What an earlier run made and this one did not: of the same estimate it goes on to belong to the job, of another it is removed.
  private func settleOutputsOfBefore(
    _ claimed: ClaimedJob, _ result: inout JobResult, _ publisher: OutputPublisher
  ) throws {
    try state.refresh(from: folder)
    guard let history = state.jobs[claimed.job.name], let before = history.result else { return }
    let others = before.outputs.filter { result.outputs[$0.key] == nil }
    guard !others.isEmpty else { return }
    let isSame =
      before.input == result.input && before.companions?["mask"] == result.companions?["mask"]
      && (history.resultTerms.map {
        SettingsList.differences(from: ($0.model, $0.kernels, history.resultSettings), to: options.run).isEmpty
      } ?? false)
    if isSame {
      let there = others.filter { OutputSize.of(folder.output.appendingPathComponent($0.key)) == $0.value }
      result.outputs.merge(there) { own, _ in own }
      return
    }
    let removed = publisher.remove(others, keeping: plannedOutputs)
    guard !removed.isEmpty else { return }
    report(
      .note(
        job: claimed.job.name,
        text: "removed, since made with another input or other settings: \(removed.joined(separator: ", "))"))
  }

  private func fail(_ claimed: ClaimedJob, _ reason: String) throws {
    guard claims.isHeld(claimed.claim) else { return leave(claimed) }
    var entry = JournalEntry(.failed, job: claimed.job.name, attempt: claimed.attempt, reason: reason)
    entry.terms = claimed.terms
    guard try record(entry, of: claimed) else { return }
    failures[claimed.index] = reason
    pace.finish(claimed.index, slices: 0)
    removeStaging(of: claimed)
    settling.append(claimed)
    report(.failed(job: claimed.job.name, reason: reason))
  }

  /// Lets go of jobs whose end stands in the journal, on the disk.
  func letGo() {
    for claimed in settling {
      marks.set(claimed.key, claimed.terms)
      // A successor's slices and staging lie in the same folder.
      guard claims.isHeld(claimed.claim) else {
        claims.release(claimed.claim)
        continue
      }
      if done.contains(claimed.index), let places = folders.removeValue(forKey: claimed.index) {
        try? FileManager.default.removeItem(at: places.root)
      }
      claims.release(claimed.claim)
    }
    settling = []
  }

  /// The line, or the job given back where the disk takes none.
  /// - Returns: whether the line stands.
  private func record(_ entry: JournalEntry, of claimed: ClaimedJob) throws -> Bool {
    do {
      try record(entry)
      return true
    } catch let error as BatchError {
      try giveBack(claimed, for: error)
      return false
    }
  }

  private func giveBack(_ claimed: ClaimedJob, for error: BatchError) throws {
    try giveBack(claimed, error.reason)
    try pauseIfDiskIsFull(error)
  }

  /// Leaves the job to the run that has it now: we slept for longer than others could wait. Nothing is said about it in the journal, and
  /// nothing removed but what is ours alone.
  func leave(_ claimed: ClaimedJob) {
    removeStaging(of: claimed)
    folders[claimed.index] = nil
    claims.release(claimed.claim)
    queue.defer(claimed.entry)
    report(.note(job: claimed.job.name, text: "another run took it over while this one was asleep"))
  }

  /// Leaves the job to a later run.
  func giveBack(_ claimed: ClaimedJob, _ reason: String) throws {
    guard claims.isHeld(claimed.claim) else { return leave(claimed) }
    // A full disk takes no line either; the release tells enough.
    try? record(JournalEntry(.paused, job: claimed.job.name, attempt: claimed.attempt, reason: reason))
    queue.putBack(claimed.entry)
    removeStaging(of: claimed)
    claims.release(claimed.claim)
    report(.paused(job: claimed.job.name, reason: reason))
  }

  private func removeStaging(of claimed: ClaimedJob) {
    if let places = folders[claimed.index] { try? FileManager.default.removeItem(at: places.staging) }
  }

  /// Nothing new is begun on a full disk; what is in work may still find room.
  func pauseIfDiskIsFull(_ error: BatchError) throws {
    guard error.code == .diskFull else { throw error }
    if pausedBecause == nil { pausedBecause = "\(error)" }
  }

  func reportProgress() {
    guard pace.isTimeToTell() else { return }
    var progress = BatchProgress()
    progress.jobs = outcome.jobs
    progress.done = done.count
    progress.failed = failures.count + damages.count
    progress.running = workers.compactMap { worker in
      worker.assignment.map { ($0.job.name, worker.slicesDone, worker.slices) }
    }
    progress.slices = pace.slices + workers.reduce(0) { $0 + ($1.assignment == nil ? 0 : $1.slicesDone) }
    let shares = workers.compactMap { worker -> (Int, Double)? in
      guard let claimed = worker.assignment, worker.slices > 0 else { return nil }
      return (claimed.index, worker.slicesDone / Double(worker.slices))
    }
    let ahead = queue.everything.map(\.index) + again.map(\.index) + workers.compactMap { $0.assignment?.index }
    progress.secondsLeft = pace.secondsLeft(running: shares, ahead: ahead)
    report(.progress(progress))
  }
}
