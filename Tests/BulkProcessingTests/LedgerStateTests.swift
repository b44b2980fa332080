import BulkProcessing
import Foundation
import Testing

@Suite struct LedgerStateTests {
  let ledger: TemporaryLedger

  init() throws { ledger = try TemporaryLedger() }

  private func entry(_ event: JournalEntry.Event, _ job: String, seed: String = "0") -> JournalEntry {
    var entry = JournalEntry(event, job: job, attempt: 1, reason: event == .failed ? "it is broken" : nil)
    entry.terms = JobTerms(settings: seed, model: "m", kernels: "avx2", stamp: "1 2")
    if event == .done {
      var result = JobResult()
      result.slices = 7
      result.outputs = ["a.nii.gz": 100]
      entry.result = result
    }
    // Times have milliseconds.
    usleep(2000)
    return entry
  }

  private func journal(_ name: String, _ entries: [JournalEntry]) throws -> Journal {
    let journal = try Journal(ledger.folder, run: name)
    var first = JournalEntry(.run)
    first.run = .example()
    try journal.append(first)
    for entry in entries { try journal.append(entry) }
    try journal.synchronise()
    return journal
  }

  @Test func theLatestEndCounts() throws {
    let early = [entry(.started, "a"), entry(.failed, "a"), entry(.started, "b"), entry(.done, "b")]
    let late = [
      entry(.started, "a"), entry(.done, "a"), entry(.started, "b"), entry(.failed, "b"), entry(.started, "c"),
    ]
    // The names of the journals order them the other way round.
    _ = try journal("2", early)
    _ = try journal("1", late)
    let state = try LedgerState(reading: ledger.folder)
    #expect(state.jobs["a"]?.isDone == true && state.jobs["a"]?.attempts == 2)
    #expect(state.jobs["a"]?.result?.slices == 7)
    #expect(state.jobs["b"]?.isFailed == true && state.jobs["b"]?.reason == "it is broken")
    #expect(state.jobs["c"]?.state == .started && state.jobs["c"]?.isDone == false)
  }

  /// A file that was touched, changed and done again, and then came back with its old time: it is not what was done last.
  @Test func aConfirmationSpeaksOfTheEndBeforeIt() throws {
    func stamped(_ event: JournalEntry.Event, _ stamp: String) -> JournalEntry {
      var entry = entry(event, "a")
      entry.terms?.stamp = stamp
      return entry
    }
    let (first, touched, again) = (stamped(.done, "1"), stamped(.confirmed, "2"), stamped(.done, "3"))
    _ = try journal("1", [first, again])
    _ = try journal("2", [touched])
    #expect(try LedgerState(reading: ledger.folder).jobs["a"]?.terms?.stamp == "3")
    _ = try journal("3", [stamped(.confirmed, "4")])
    #expect(try LedgerState(reading: ledger.folder).jobs["a"]?.terms?.stamp == "4")
  }

  @Test func aTornLastLineIsNoLine() throws {
    let first = try journal("1", [entry(.started, "a"), entry(.done, "a"), entry(.started, "b")])
    var bytes = try Data(contentsOf: first.url)
    let torn = bytes.count
    for cut in stride(from: torn - 1, to: torn - 80, by: -13) {
      bytes = bytes.prefix(cut)
      try bytes.write(to: first.url)
      let state = try LedgerState(reading: ledger.folder)
      #expect(state.jobs["a"]?.isDone == true && state.jobs["b"] == nil && state.damagedLines == 0)
    }
  }

  @Test func aLineInTheMiddleThatIsDamagedIsCounted() throws {
    let first = try journal("1", [entry(.done, "a"), entry(.done, "b")])
    var lines = try String(contentsOf: first.url, encoding: .utf8).split(separator: "\n").map(String.init)
    lines[1] = String(lines[1].dropLast(20))
    try (lines.joined(separator: "\n") + "\n").write(to: first.url, atomically: false, encoding: .utf8)
    let state = try LedgerState(reading: ledger.folder)
    #expect(state.jobs["b"]?.isDone == true && state.jobs["a"] == nil && state.damagedLines == 1)
  }

  @Test func whatIsAppendedLaterIsReadLater() throws {
    let journal = try journal("1", [entry(.started, "a")])
    var state = try LedgerState(reading: ledger.folder)
    try journal.append(entry(.done, "a"))
    try state.refresh(from: ledger.folder)
    #expect(state.jobs["a"]?.isDone == true && state.jobs["a"]?.attempts == 1)
  }

  @Test func theTableIsQuotedByTheRules() throws {
    var odd = entry(.failed, "sub-1/\"x\", y")
    odd.reason = "two\nlines"
    _ = try journal("1", [entry(.started, "a"), entry(.done, "a"), odd])
    let table = try LedgerTable(reading: ledger.folder)
    #expect(table.count(.done) == 1 && table.count(.failed) == 1)
    let csv = table.csv
    #expect(csv.hasPrefix("job,state,attempts,"))
    #expect(csv.contains("\"sub-1/\"\"x\"\", y\",failed,") && csv.contains("\"two\nlines\""))
    #expect(table.summary.contains("failed: sub-1/\"x\", y: two\nlines"))
  }
}
