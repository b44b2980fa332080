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
        slow*) sleep 1 ;;
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
    let third = try run(names) { $0.retriesFailed = true }
    #expect(third.failures.count == 4)
    #expect(try LedgerState(reading: ledger.folder).jobs["fail"]?.attempts == 2)
  }

  @Test func aKillFromOutsideIsNoFailure() throws {
    var killed = 0
    let outcome = try run(["killed1", "killed2", "ok"], report: { if case .killed = $0 { killed += 1 } })
    #expect(outcome.done == 3 && outcome.failures.isEmpty && killed == 2)
    #expect(try LedgerState(reading: ledger.folder).jobs["killed1"]?.attempts == 2)
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
