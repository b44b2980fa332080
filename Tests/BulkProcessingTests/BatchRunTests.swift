import BulkProcessing
import Foundation
import Testing

/// A run with workers that behave as the names of their jobs say: scripts that speak the workers' language.
@Suite struct BatchRunTests {
  let ledger: TemporaryLedger
  let inputs: URL

  init() throws {
    ledger = try TemporaryLedger()
    inputs = ledger.folder.output.appendingPathComponent("inputs")
    try FileManager.default.createDirectory(at: inputs, withIntermediateDirectories: true)
  }

  private static let worker = #"""
    echo '{"ready":{}}'
    while read -r line; do
      staging=$(sed -E 's|.*"staging":"file:([^"]*)".*|\1|; s|\\/|/|g; s|^//||' <<<"$line")
      name=$(sed -E 's|.*"estimate":"([^"]*)".*|\1|' <<<"$line")
      case $name in
        crash*) kill -SEGV $$ ;;
        abort*) echo 'x.swift:1: Fatal error: a cart before the horse' >&2; kill -ABRT $$ ;;
        quit*) echo 'gone home' >&2; exit 9 ;;
        fail*) echo '{"failed":{"reason":"it is broken","isDiskFull":false}}'; continue ;;
        full*) echo '{"failed":{"reason":"no space","isDiskFull":true}}'; continue ;;
        killed*) if [ ! -e "$MARKS/$name.mark" ]; then touch "$MARKS/$name.mark"; kill -KILL $$; fi ;;
        hog*) x=$(head -c 150000000 /dev/zero | tr '\0' x); sleep 20 ;;
        slowfail*) sleep 1; echo '{"failed":{"reason":"it is broken","isDiskFull":false}}'; continue ;;
        slow*) sleep 1 ;;
        stuck*) echo '{"progress":{"slices":5}}'; kill -KILL $$ ;;
      esac
      echo "done" >"$staging/$name"
      echo "$name" >>"$MARKS/log"
      echo '{"staged":{"_0":{"input":"d","outputs":{},"slices":2,"computed":2,"unit":"","warnings":[],"seconds":{}}}}'
    done
    """#

  private func run(
    _ names: [String], settings: [String: String] = ["seed": "0"], change: (inout BatchOptions) -> Void = { _ in },
    stop: () -> Bool = { false }, report: @escaping (BatchEvent) -> Void = { _ in }
  ) throws -> BatchOutcome {
    let jobs = try names.map { name in
      let input = inputs.appendingPathComponent(name)
      if !FileManager.default.fileExists(atPath: input.path) { try Data("x".utf8).write(to: input) }
      return BatchJob(name: name, input: input, outputs: .init(estimate: name))
    }
    var options = BatchOptions(
      executable: "/usr/bin/env", arguments: ["MARKS=\(inputs.path)", "bash", "-c", Self.worker],
      run: .example(settings: settings))
    change(&options)
    return try BatchRun(BatchPlan(jobs: jobs), into: ledger.folder.output, options: options)
      .run(shouldStop: stop, report: report)
  }

  /// What the workers have done, in order.
  private var log: [String] {
    ((try? String(contentsOf: inputs.appendingPathComponent("log"), encoding: .utf8)) ?? "").split(separator: "\n")
      .map(String.init)
  }

  @Test func doesEverythingOnce() throws {
    let names = (1...7).map { "ok\($0)" }
    let outcome = try run(names) { $0.workers = 2 }
    #expect(outcome.done == 7 && outcome.doneHere == 7 && outcome.failures.isEmpty && outcome.left == 0)
    #expect(log.sorted() == names)
    #expect(names.allSatisfy { FileManager.default.fileExists(atPath: ledger.folder.output.path + "/" + $0) })
    #expect(ledger.claims.isEmpty && ledger.names("work").isEmpty && ledger.names("owners").isEmpty)
    let again = try run(names)
    #expect(again.done == 7 && again.doneHere == 0 && log.count == 7)
  }

  @Test func whatEndsByItselfFailsAndTheOthersGoOn() throws {
    let names = ["abort", "crash", "fail", "ok1", "ok2", "quit"]
    let outcome = try run(names)
    #expect(outcome.done == 2 && outcome.failures.map(\.job) == ["abort", "crash", "fail", "quit"])
    let reasons = outcome.failures.map(\.reason)
    #expect(reasons[0].contains("crashed") && reasons[0].contains("a cart before the horse"))
    #expect(reasons[1].contains("crashed"))
    #expect(reasons[2] == "it is broken")
    #expect(reasons[3].contains("code 9") && reasons[3].contains("gone home"))
    // They stay failed, until they are to be tried again.
    let second = try run(names)
    #expect(second.doneHere == 0 && second.failures.count == 4 && log.count == 2)
    let third = try run(names) { $0.retriesFailuresBefore = .now() }
    #expect(third.failures.count == 4)
    #expect(try LedgerState(reading: ledger.folder).jobs["fail"]?.attempts == 2)
  }

  @Test func aKillFromOutsideIsNoFailure() throws {
    var killed = 0
    let outcome = try run(["killed1", "killed2", "ok"], report: { if case .killed = $0 { killed += 1 } })
    #expect(outcome.done == 3 && outcome.failures.isEmpty && killed == 2)
    #expect(try LedgerState(reading: ledger.folder).jobs["killed1"]?.attempts == 2)
  }

  /// Slices kept by an earlier attempt come back at once: getting as far as before is no progress.
  @Test func endlessKillsEnd() throws {
    var kills = 0
    let outcome = try run(
      ["ok", "stuck"], stop: { kills > 30 }, report: { if case .killed = $0 { kills += 1 } })
    #expect(outcome.failures.map(\.job) == ["stuck"] && outcome.done == 1 && kills == 19)
  }

  @Test func moreMemoryThanAllowedFails() throws {
    let outcome = try run(["hog", "ok"]) { $0.memoryLimit = 100 << 20 }
    #expect(outcome.done == 1 && outcome.failures.map(\.job) == ["hog"])
    #expect(outcome.failures[0].reason.contains("--memory"))
  }

  @Test func aFullDiskPauses() throws {
    let outcome = try run(["full", "ok1", "ok2"])
    #expect(outcome.pausedBecause?.contains("no space") == true && outcome.failures.isEmpty && outcome.left == 3)
    #expect(ledger.claims.isEmpty)
    #expect(try LedgerState(reading: ledger.folder).jobs["full"]?.state == .paused)
  }

  @Test func aStopGivesBack() throws {
    var hasBegun = false
    let outcome = try run(
      ["slow1", "slow2", "slow3"], stop: { hasBegun }, report: { if case .started = $0 { hasBegun = true } })
    #expect(outcome.left >= 2 && ledger.claims.isEmpty)
    #expect(try run(["slow1", "slow2", "slow3"]).done == 3)
  }

  /// Reading what was touched may take hours: a stop is heard between two jobs.
  @Test func aStopIsHeardWhileInputsAreLookedAt() throws {
    var looks = 0
    let outcome = try run(
      ["ok1", "ok2", "ok3"],
      stop: {
        looks += 1
        return looks > 1
      })
    #expect(outcome.jobs == 3 && outcome.left == 3 && outcome.doneHere == 0 && log.isEmpty)
    #expect(looks == 2, "the first was looked at, the second not")
    #expect(try run(["ok1", "ok2", "ok3"]).done == 3)
  }

  @Test func onlyWhatChangedIsDoneAgain() throws {
    let names = ["a", "b", "c", "d"]
    _ = try run(names)
    var said: [String] = []
    func again(_ settings: [String: String] = ["seed": "0"]) throws -> Int {
      said = []
      return try run(names, settings: settings, report: { if case .reopened(_, let why) = $0 { said.append(why) } })
        .doneHere
    }
    #expect(try again() == 0)
    try FileManager.default.removeItem(at: ledger.folder.output.appendingPathComponent("a"))
    #expect(try again() == 1 && said == ["a is missing or has another size"])
    try Data("xy".utf8).write(to: inputs.appendingPathComponent("b"))
    #expect(try again() == 1 && said == ["the input has changed"])
    #expect(try again(["seed": "1"]) == 4 && said[0] == "changed: seed (0 → 1)")
    #expect(try again(["seed": "1"]) == 0)
    #expect(try again() == 4)
  }

  /// What a redo under other settings has left may be of the one and of the other.
  @Test func anInterruptedRedoIsNotTakenForDone() throws {
    _ = try run(["ok"])
    usleep(2000)
    let journal = try Journal(ledger.folder, run: "a run that was killed")
    var begun = JournalEntry(.started, job: "ok", attempt: 2)
    begun.terms = try LedgerState(reading: ledger.folder).jobs["ok"]?.terms
    begun.terms?.settings = "others"
    try journal.append(begun)
    var said: [String] = []
    let outcome = try run(["ok"], report: { if case .reopened(_, let why) = $0 { said.append(why) } })
    #expect(outcome.doneHere == 1 && said.first?.contains("not brought to an end") == true, "\(said)")
    #expect(try run(["ok"]).doneHere == 0)
  }

  @Test func aFailureIsTriedOnceForAMoment() throws {
    let before = Timestamp.now()
    usleep(2000)
    _ = try run(["fail"])
    func attempts(_ moment: Timestamp) throws -> Int? {
      _ = try run(["fail"]) { $0.retriesFailuresBefore = moment }
      return try LedgerState(reading: ledger.folder).jobs["fail"]?.attempts
    }
    #expect(try attempts(before) == 1)
    usleep(2000)
    let now = Timestamp.now()
    #expect(try attempts(now) == 2)
    // Another task of the same submission.
    #expect(try attempts(now) == 2)
  }

  /// Another file, or another series, is another input also where size and time of change are the same.
  @Test func theNameOfTheInputCounts() throws {
    func plan(_ name: String, series: String? = nil) throws -> BatchOutcome {
      let job = BatchJob(
        name: "a", input: inputs.appendingPathComponent(name), series: series, outputs: .init(estimate: "a"))
      let options = BatchOptions(
        executable: "/usr/bin/env", arguments: ["MARKS=\(inputs.path)", "bash", "-c", Self.worker], run: .example())
      return try BatchRun(BatchPlan(jobs: [job]), into: ledger.folder.output, options: options)
        .run(shouldStop: { false }, report: { _ in })
    }
    let moment = Date(timeIntervalSince1970: 1_700_000_000)
    for name in ["one", "two"] {
      try Data(name.utf8).write(to: inputs.appendingPathComponent(name))
      try FileManager.default.setAttributes(
        [.modificationDate: moment], ofItemAtPath: inputs.appendingPathComponent(name).path)
    }
    #expect(try plan("one").doneHere == 1 && plan("one").doneHere == 0)
    #expect(try plan("two").doneHere == 1)
    #expect(try plan("two", series: "1.2.3").doneHere == 1)
    // The same name, size and time in another folder.
    try FileManager.default.createDirectory(
      at: inputs.appendingPathComponent("other"), withIntermediateDirectories: true)
    try Data("one".utf8).write(to: inputs.appendingPathComponent("other/two"))
    try FileManager.default.setAttributes(
      [.modificationDate: moment], ofItemAtPath: inputs.appendingPathComponent("other/two").path)
    #expect(try plan("two").doneHere == 1)
    #expect(try plan("other/two").doneHere == 1)
  }

  /// Arrays of the version before wait in a queue with their plans.
  @Test func plansOfTheVersionBeforeAreRead() throws {
    let json =
      #"{"jobs":[{"name":"a","input":"file:///a.nii","outputs":{"estimate":"a_x2.nii"}}],"notes":[],"refused":[{"what":"b","reason":"c"}]}"#
    let plan = try JSONDecoder().decode(BatchPlan.self, from: Data(json.utf8))
    #expect(plan.jobs.first?.name == "a" && plan.damaged.isEmpty && plan.refused.count == 1)
  }

  // MARK: Claims that are lost

  /// As if this run had been asleep and another had taken the job over.
  private func takeOver(_ name: String, by other: ClaimTable) throws {
    let key = LedgerFolder.key(of: name)
    let claim = ledger.folder.root.appendingPathComponent("claims/\(key).1").path
    unlink(claim)
    #expect(link(ledger.folder.root.appendingPathComponent("owners/\(other.identity.id)").path, claim) == 0)
    try FileManager.default.createDirectory(
      at: ledger.folder.root.appendingPathComponent("work/\(key)/staging-other"), withIntermediateDirectories: true)
  }

  private func othersWorkIsThere(_ name: String) -> Bool {
    FileManager.default.fileExists(
      atPath: ledger.folder.root.appendingPathComponent("work/\(LedgerFolder.key(of: name))/staging-other").path)
  }

  @Test(arguments: ["slow", "slowfail"]) func aJobThatWasTakenOverIsLeftToTheOther(name: String) throws {
    let other = try ClaimTable(ledger.folder, identity: .like(host: "elsewhere"), expiry: 2)
    let outcome = try run(
      [name], change: { $0.expiry = 2 }, report: { if case .started = $0 { try? takeOver(name, by: other) } })
    #expect(outcome.elsewhere == 1 && outcome.done == 0 && outcome.failures.isEmpty)
    let history = try LedgerState(reading: ledger.folder).jobs[name]
    #expect(history?.state == .started && history?.failed == nil && history?.done == nil)
    #expect(othersWorkIsThere(name))
    #expect(!FileManager.default.fileExists(atPath: ledger.folder.output.path + "/" + name))
    withExtendedLifetime(other) {}
  }

  @Test func aClaimThatIsLostAtTheEndTakesNothingFromTheOther() throws {
    let other = try ClaimTable(ledger.folder, identity: .like(host: "elsewhere"), expiry: 2)
    let outcome = try run(
      ["ok"], change: { $0.expiry = 2 }, report: { if case .done = $0 { try? takeOver("ok", by: other) } })
    #expect(outcome.done == 1 && othersWorkIsThere("ok") && ledger.claims.count == 1)
    withExtendedLifetime(other) {}
  }

  /// A heartbeat that is young when the waiting begins may be a dead owner's last.
  @Test func aRunDoesNotReturnWhileAnOwnerFarAwayMayBeDead() throws {
    let stranger = ProcessIdentity.like(host: "elsewhere")
    let owner = ledger.folder.root.appendingPathComponent("owners/\(stranger.id)")
    try JSONEncoder().encode(stranger).write(to: owner)
    let claim = ledger.folder.root.appendingPathComponent("claims/\(LedgerFolder.key(of: "ok")).1").path
    #expect(link(owner.path, claim) == 0)
    let outcome = try run(["ok"]) { $0.expiry = 2 }
    #expect(outcome.doneHere == 1 && outcome.elsewhere == 0)
  }

  @Test func whatALivingOwnerFarAwayHasIsLeftToIt() throws {
    let other = try ClaimTable(ledger.folder, identity: .like(host: "elsewhere"), expiry: 2)
    let claim = try #require(try other.claim(LedgerFolder.key(of: "ok")))
    let outcome = try run(["ok"]) { $0.expiry = 2 }
    #expect(outcome.doneHere == 0 && outcome.elsewhere == 1)
    other.release(claim)
  }

  @Test func whatThePlanFoundDamagedHasFailed() throws {
    let damaged = BatchPlan.Refusal(what: "x/bad.nii", reason: "is empty", isDamage: true)
    let other = BatchPlan.Refusal(what: "scout", reason: "is a localiser")
    func again(_ refused: [BatchPlan.Refusal], deidentified: Bool = false) throws -> BatchOutcome {
      var options = BatchOptions(executable: "/bin/false", arguments: [], run: .example())
      options.isDeidentified = deidentified
      return try BatchRun(BatchPlan(jobs: [], refused: refused), into: ledger.folder.output, options: options)
        .run(shouldStop: { false }, report: { _ in })
    }
    for _ in 0..<2 {
      let outcome = try again([damaged, other])
      #expect(outcome.failures.map(\.job) == ["x/bad.nii"] && outcome.jobs == 1)
    }
    let table = try LedgerTable(reading: ledger.folder)
    #expect(table.count(.failed) == 1 && table.refused.map(\.what) == ["scout"])
    #expect(try LedgerState(reading: ledger.folder).runs.count == 1)
    let nameless = try again([damaged], deidentified: true)
    #expect(nameless.failures[0].job.hasPrefix("unreadable-"))
    // Mended: it is a job of another name now, or gone.
    #expect(try again([other]).failures.isEmpty)
    #expect(try LedgerTable(reading: ledger.folder).rows.isEmpty)
  }

  /// Done, damaged for a while, and back as it was: nothing is to be done; with other bytes, and why, it is.
  @Test func whatWasDamagedForAWhileIsWhatItWas() throws {
    let input = inputs.appendingPathComponent("ok")
    func damage() throws {
      let plan = BatchPlan(jobs: [], refused: [.init(what: "ok", reason: "is torn", isDamage: true)])
      let options = BatchOptions(executable: "/bin/false", arguments: [], run: .example())
      let outcome = try BatchRun(plan, into: ledger.folder.output, options: options)
        .run(shouldStop: { false }, report: { _ in })
      #expect(outcome.failures.map(\.job) == ["ok"])
      #expect(try LedgerTable(reading: ledger.folder).rows.map(\.reason) == ["is torn"])
    }
    var said: [String] = []
    func again() throws -> BatchOutcome {
      try run(["ok"], report: { if case .reopened(_, let why) = $0 { said.append(why) } })
    }
    try damage()
    #expect(try again().doneHere == 1 && said.isEmpty)
    #expect(try LedgerTable(reading: ledger.folder).count(.done) == 1)
    try damage()
    let back = try again()
    #expect(back.done == 1 && back.doneHere == 0 && back.failures.isEmpty && said.isEmpty)
    #expect(try LedgerTable(reading: ledger.folder).count(.done) == 1)
    try damage()
    try Data("xy".utf8).write(to: input)
    #expect(try again().doneHere == 1 && said == ["the input has changed"])
  }

  /// The second look of a run falls between its list and its claim: meanwhile the input was touched, and another run has done the job.
  @Test func aJobThatAnotherDidSinceItWasLookedAtIsNotDoneTwice() throws {
    // What the script says that it read has to be what it read: a touched input is known by its bytes.
    _ = try run(["ok"])
    let input = inputs.appendingPathComponent("ok")
    try Data("changed".utf8).write(to: input)
    var looks = 0
    let outcome = try run(
      ["ok"],
      stop: {
        looks += 1
        if looks == 2 {
          try? FileManager.default.setAttributes([.modificationDate: Date() + 5], ofItemAtPath: input.path)
          _ = try? run(["ok"])
        }
        return false
      })
    #expect(looks >= 2 && outcome.done == 1 && outcome.doneHere == 0)
    #expect(log == ["ok", "ok"])
  }

  @Test func progressCountsEverything() throws {
    let job = { (name: String) in
      BatchJob(name: name, input: inputs.appendingPathComponent(name), outputs: .init(estimate: name))
    }
    try ["fail", "slow"].forEach { try Data("x".utf8).write(to: inputs.appendingPathComponent($0)) }
    let plan = BatchPlan(
      jobs: [job("fail"), job("slow")], refused: [.init(what: "bad.nii", reason: "is empty", isDamage: true)])
    let options = BatchOptions(
      executable: "/usr/bin/env", arguments: ["MARKS=\(inputs.path)", "bash", "-c", Self.worker], run: .example())
    var told: [BatchProgress] = []
    _ = try BatchRun(plan, into: ledger.folder.output, options: options)
      .run(shouldStop: { false }, report: { if case .progress(let progress) = $0 { told.append(progress) } })
    // While `slow` is in work; what the plan found damaged has failed, too.
    #expect(told.contains { $0.jobs == 3 && $0.failed == 2 && $0.done == 0 }, "\(told)")
  }

  // MARK: Other settings

  /// As another run's journal begins, with what it has done.
  private func otherRun(_ owner: ClaimTable, settings: [String: String], done: JournalEntry? = nil) throws {
    let journal = try Journal(ledger.folder, run: owner.identity.id)
    var first = JournalEntry(.run)
    var run = RunDescription.example(settings: settings)
    run.id = owner.identity.id
    first.run = run
    try journal.append(first)
    try done.map { try journal.append($0) }
  }

  /// Two runs with different settings would undo each other's work.
  @Test func aRunWithOtherSettingsIsRefused() throws {
    let other = try ClaimTable(ledger.folder, identity: .like(host: "elsewhere"))
    try otherRun(other, settings: ["seed": "1"])
    let error = #expect(throws: BatchError.self) { try run(["ok"]) }
    #expect(error?.description.contains("seed (1 → 0)") == true && error?.description.contains("elsewhere") == true)
    #expect(log.isEmpty)
    // Also before it has written a line.
    var silent = ProcessIdentity.like(host: "elsewhere")
    silent.agreement = "others"
    let quiet = try ClaimTable(ledger.folder, identity: silent)
    #expect(throws: BatchError.self) { try run(["ok"], settings: ["seed": "1"]) }
    withExtendedLifetime(quiet) {}
    try FileManager.default.removeItem(at: ledger.folder.root.appendingPathComponent("owners/\(silent.id)"))
    // With the same ones, or others of outputs besides, they share the work.
    #expect(try run(["ok"], settings: ["seed": "1", "interval": "0.9 typical"]).done == 1)
    withExtendedLifetime(other) {}
  }

  /// Both began at one moment, and neither saw the other.
  @Test func whatAnotherRunMadeOfAJobMeanwhileIsNotCountedAsDone() throws {
    let other = try ClaimTable(ledger.folder, identity: .like(host: "elsewhere"))
    let outcome = try run(
      ["ok"],
      report: { event in
        guard case .done = event else { return }
        usleep(2000)
        var done = JournalEntry(.done, job: "ok", attempt: 2)
        done.terms = JobTerms(settings: "others", model: "m", kernels: "avx2", stamp: "1")
        done.result = JobResult()
        try? otherRun(other, settings: ["seed": "1"], done: done)
      })
    #expect(outcome.doneHere == 1 && outcome.done == 0 && outcome.left == 1)
    withExtendedLifetime(other) {}
  }

  // MARK: What is told afterwards

  /// Damage of another part, of another selection, and of a scan that was done before.
  @Test func theTableKnowsDamage() throws {
    let names = ["a", "b"].map { "sub-\($0)_T1w" }
    func again(_ jobs: [String], damaged: [String], selection: Bool = false, part: String? = nil) throws -> LedgerTable {
      var plan = BatchPlan(
        jobs: jobs.map {
          BatchJob(name: $0, input: inputs.appendingPathComponent($0), outputs: .init(estimate: $0))
        }, refused: damaged.map { .init(what: $0, reason: "is torn", isDamage: true) })
      plan.isSelection = selection
      var options = BatchOptions(
        executable: "/usr/bin/env", arguments: ["MARKS=\(inputs.path)", "bash", "-c", Self.worker], run: .example())
      options.part = part.flatMap { BatchOptions.Part($0) }
      _ = try BatchRun(plan, into: ledger.folder.output, options: options)
        .run(shouldStop: { false }, report: { _ in })
      return try LedgerTable(reading: ledger.folder)
    }
    try (names + ["sub-c_T1w"]).forEach { try Data("x".utf8).write(to: inputs.appendingPathComponent($0)) }
    #expect(try again(names, damaged: []).count(.done) == 2)
    // It was done before, and is one scan.
    let torn = try again([names[1]], damaged: ["sub-a_T1w.nii.gz"])
    #expect(torn.rows.map(\.job) == ["sub-a_T1w.nii.gz", "sub-b_T1w"] && torn.rows[0].reason == "is torn")
    // Another part of the study is looked at: what was never done stays in sight until the whole is looked at; what was is done.
    _ = try again([], damaged: ["sub-c_T1w.nii"], selection: true)
    let part = try again([names[1]], damaged: [], selection: true)
    #expect(part.rows.map(\.job) == ["sub-a_T1w", "sub-b_T1w", "sub-c_T1w.nii"])
    #expect(part.rows.map(\.state) == [.done, .done, .failed] && part.rows[2].reason == "is torn")
    #expect(try again([names[1]], damaged: []).count(.failed) == 0)
    #expect(try again(names + ["sub-c_T1w"], damaged: [], selection: true).rows.map(\.state) == [.done, .done, .done])
    // Two parts; the first has no word of the second's.
    let parts = try again([], damaged: ["c.nii", "d.nii"], part: "1/2")
    #expect(parts.rows.filter { $0.state == .failed }.map(\.reason) == ["is torn", "is torn"])
  }

  @Test func orphansAreRemoved() throws {
    let orphans = [".residua/.plan.json.123.part", ".dataset_description.json.4.part", ".another.5.part"]
    for (number, name) in orphans.enumerated() {
      let url = ledger.folder.output.appendingPathComponent(name)
      try Data("x".utf8).write(to: url)
      guard number < 2 else { continue }
      try FileManager.default.setAttributes([.modificationDate: Date() - 7200], ofItemAtPath: url.path)
    }
    _ = try run(["ok"])
    #expect(
      orphans.map { FileManager.default.fileExists(atPath: ledger.folder.output.appendingPathComponent($0).path) }
        == [false, false, true])
  }

  @Test func theSummaryOfAnArrayIsOneJob() {
    #expect(
      SlurmSubmission.withoutArray(["--array=1-4%2", "-p", "cpu", "-a", "1-3", "-a1-2", "--account=x", "--array", "1"])
        == ["-p", "cpu", "--account=x"])
  }

  @Test func twoRunsShareTheWork() throws {
    let names = (10..<22).map { "ok\($0)" }
    let outcomes = LockedList()
    // The second run is a thread of this process: to the ledger it is another owner.
    DispatchQueue.concurrentPerform(iterations: 2) { _ in
      if let outcome = try? run(names) { outcomes.append(outcome.doneHere) }
    }
    #expect(outcomes.values.reduce(0, +) == 12 && log.sorted() == names)
    #expect(try run(names).done == 12)
  }

  @Test func partsMakeAWhole() throws {
    let names = (1...7).map { "ok\($0)" }
    for part in ["1/3", "2/3", "3/3"] {
      let outcome = try run(names) { $0.part = BatchOptions.Part(part) }
      #expect(outcome.doneHere == outcome.jobs)
    }
    #expect(log.sorted() == names)
    #expect(BatchOptions.Part("0/3") == nil && BatchOptions.Part("4/3") == nil && BatchOptions.Part("1") == nil)
  }

  @Test func aWorkerThatCannotStartEndsTheRun() throws {
    #expect(throws: BatchError.self) {
      try run(["a"]) { $0.arguments = ["bash", "-c", "echo 'no model' >&2; exit 1"] }
    }
    #expect(ledger.claims.isEmpty)
  }
}

/// `@unchecked Sendable`: every access to the list is under `lock`.
private final class LockedList: @unchecked Sendable {
  private let lock = NSLock()
  private var list: [Int] = []
  func append(_ value: Int) { lock.withLock { list.append(value) } }
  var values: [Int] { lock.withLock { list } }
}
