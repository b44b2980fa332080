import Foundation

/// All journals of a ledger, reduced to what they say about every job.
package struct LedgerState: Sendable {
  package private(set) var jobs: [String: JobHistory] = [:]
  package private(set) var runs: [String: RunDescription] = [:]
  /// Bytes read so far, by journal.
  private var offsets: [String: Int] = [:]
  /// Which run a journal is of, and what it ran with.
  private var runOfJournal: [String: RunDescription] = [:]
  /// Lines that could not be read, other than torn last ones.
  package private(set) var damagedLines = 0

  package init() {}

  /// - Throws: `BatchError` where a journal cannot be read.
  package init(reading folder: LedgerFolder) throws {
    try refresh(from: folder)
  }

  /// Reads what has been appended since.
  package mutating func refresh(from folder: LedgerFolder) throws {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.journals.path)) ?? []).sorted()
    for name in names where name.hasSuffix(".jsonl") {
      try read(folder.journals.appendingPathComponent(name), name)
    }
  }

  private mutating func read(_ url: URL, _ name: String) throws {
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw BatchError.system(.unreadable, url.path, "cannot be opened", errno: errno) }
    defer { close(descriptor) }
    var status = stat()
    let offset = offsets[name] ?? 0
    guard fstat(descriptor, &status) == 0, Int(status.st_size) > offset else { return }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size) - offset)
    let count = pread(descriptor, &bytes, bytes.count, off_t(offset))
    guard count >= 0 else { throw BatchError.system(.unreadable, url.path, "cannot be read", errno: errno) }
    // What follows the last line break is torn, or still being written.
    guard let end = bytes[..<count].lastIndex(of: UInt8(ascii: "\n")) else { return }
    offsets[name] = offset + end + 1
    let decoder = JSONDecoder()
    for line in bytes[..<end].split(separator: UInt8(ascii: "\n")) {
      guard let entry = try? decoder.decode(JournalEntry.self, from: Data(line)) else {
        damagedLines += 1
        continue
      }
      apply(entry, of: name)
    }
  }

  /// The run that began last.
  package var latestRun: RunDescription? { runs.max { $0.key < $1.key }?.value }

  mutating func apply(_ entry: JournalEntry, of journal: String) {
    if let run = entry.run {
      runs[run.id] = run
      runOfJournal[journal] = run
    }
    guard let job = entry.job else { return }
    jobs[job, default: JobHistory(name: job)].apply(entry, run: runOfJournal[journal])
  }
}

/// What is known about one job.
package struct JobHistory: Sendable {
  package enum State: String, Codable, Sendable {
    case started, done, failed, paused, killed
  }

  package let name: String
  /// Of the entry with the latest time.
  package private(set) var state: State?
  package private(set) var changed: Timestamp?
  package private(set) var attempts = 0
  /// The latest failure's sentence.
  package private(set) var reason: String?
  package private(set) var host: String?
  /// The terms of the latest end, done or failed.
  package private(set) var terms: JobTerms?
  /// The latest result, when it was done, and under which terms and settings.
  package private(set) var result: JobResult?
  package private(set) var resultTerms: JobTerms?
  package private(set) var resultSettings: [String: String] = [:]
  package private(set) var done: Timestamp?
  package private(set) var failed: Timestamp?
  /// When the planner last found it damaged, and its sentence. That is no end of the job: a later plan that has it starts from what was before.
  package private(set) var damaged: (time: Timestamp, reason: String)?
  /// The latest start, and its terms.
  package private(set) var begun: Timestamp?
  package private(set) var begunTerms: JobTerms?
  /// The settings of the run that settled it.
  package private(set) var settings: [String: String] = [:]
  package private(set) var modelFile = ""

  init(name: String) { self.name = name }

  mutating func apply(_ entry: JournalEntry, run: RunDescription?) {
    switch entry.event {
    case .run, .end: return
    case .confirmed:
      // Journals are read by name: what was confirmed before the latest end says nothing about that end's input.
      if let changed = entry.terms, let settled, entry.time >= settled { terms?.stamp = changed.stamp }
      return
    case .failed where entry.terms == nil:
      if entry.time >= damaged?.time ?? entry.time { damaged = (entry.time, entry.reason ?? "") }
      return
    case .started:
      attempts += 1
      if entry.time >= begun ?? entry.time { (begun, begunTerms) = (entry.time, entry.terms) }
    case .done, .failed:
      let latest = max(done ?? entry.time, failed ?? entry.time)
      if entry.time >= latest {
        terms = entry.terms
        settings = run?.settings ?? [:]
        modelFile = run?.modelFile ?? ""
      }
      if entry.event == .done, entry.time >= done ?? entry.time {
        done = entry.time
        result = entry.result
        (resultTerms, resultSettings) = (entry.terms, run?.settings ?? [:])
      }
      if entry.event == .failed, entry.time >= failed ?? entry.time {
        failed = entry.time
        reason = entry.reason
      }
    case .paused, .killed: break
    }
    // Journals of several hosts are read one after the other; the clocks of hosts that share a file system agree to seconds, and only one
    // host at a time has the job.
    if entry.time >= changed ?? entry.time {
      changed = entry.time
      state = State(rawValue: entry.event.rawValue)
      host = run?.host
    }
  }

  /// Whether the last end was a success.
  package var isDone: Bool { done != nil && done ?? Timestamp(text: "") >= failed ?? Timestamp(text: "") }
  /// When it last came to an end.
  package var settled: Timestamp? { [done, failed].compactMap(\.self).max() }
  package var isFailed: Bool { failed != nil && !isDone }
  /// Whether the planner found it damaged, with this sentence, since it last came to an end.
  func isDamaged(_ reason: String) -> Bool {
    guard let damaged, damaged.reason == reason else { return false }
    return settled.map { $0 < damaged.time } ?? true
  }
  /// Whether it was begun anew, under other terms than those of its latest end, and that came to no end: some of its outputs may be of the one,
  /// some of the other.
  package var isBetweenTerms: Bool {
    guard let begun, let settled, let begunTerms else { return false }
    return begun > settled && begunTerms != terms
  }
}
