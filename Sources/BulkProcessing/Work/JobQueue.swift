/// The jobs that are still to be done: in the plan's order as long as nobody else works on it, in any order where several do.
package struct JobQueue {
  package struct Entry {
    package let index: Int
    package var terms: JobTerms
    /// When it had been settled when it was looked at; `nil` for a job that never was.
    package var settled: Timestamp?

    package init(index: Int, terms: JobTerms, settled: Timestamp? = nil) {
      (self.index, self.terms, self.settled) = (index, terms, settled)
    }
  }

  /// The next one is the last.
  private var pending: [Entry] = []
  /// In other hands when last looked at.
  private var deferred: [Entry] = []
  private var lastRescan = ContinuousClock.now
  private static let pause = Duration.seconds(2)

  package mutating func add(_ entry: Entry) { pending.append(entry) }

  /// After the last `add`.
  package mutating func begin() { pending.reverse() }

  package init() {}

  var isEmpty: Bool { pending.isEmpty }
  /// Neither pending nor in other hands.
  package var isFinished: Bool { pending.isEmpty && deferred.isEmpty }
  var everything: [Entry] { pending + deferred }

  package mutating func next() -> Entry? {
    if pending.isEmpty, !deferred.isEmpty, ContinuousClock.now - lastRescan > Self.pause { rescan() }
    return pending.popLast()
  }

  /// Another has it. Others go through the same list: go on from somewhere else in it.
  package mutating func `defer`(_ entry: Entry) {
    deferred.append(entry)
    guard pending.count > 1 else { return }
    pending.swapAt(Int.random(in: pending.indices), pending.count - 1)
  }

  package mutating func putBack(_ entry: Entry) { pending.append(entry) }

  package mutating func rescan() {
    lastRescan = .now
    pending = deferred.shuffled()
    deferred = []
  }

  /// Look again at what others have, after a moment.
  package mutating func rescanSoon() { lastRescan = min(lastRescan, .now - Self.pause + .milliseconds(300)) }

  var deferredJobs: [Entry] { deferred }
}
