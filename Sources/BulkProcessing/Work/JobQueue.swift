/// The jobs that are still to be done: in the plan's order as long as nobody else works on it, in any order where several do.
struct JobQueue {
  struct Entry {
    let index: Int
    var terms: JobTerms
    /// When it had been settled when it was looked at; `nil` for a job that never was.
    var settled: Timestamp?
  }

  /// The next one is the last.
  private var pending: [Entry] = []
  /// In other hands when last looked at.
  private var deferred: [Entry] = []
  private var lastRescan = ContinuousClock.now
  private static let pause = Duration.seconds(2)

  mutating func add(_ entry: Entry) { pending.append(entry) }

  /// After the last `add`.
  mutating func begin() { pending.reverse() }

  var isEmpty: Bool { pending.isEmpty }
  var everything: [Entry] { pending + deferred }

  mutating func next() -> Entry? {
    if pending.isEmpty, !deferred.isEmpty, ContinuousClock.now - lastRescan > Self.pause { rescan() }
    return pending.popLast()
  }

  /// Another has it. Others go through the same list: go on from somewhere else in it.
  mutating func `defer`(_ entry: Entry) {
    deferred.append(entry)
    guard pending.count > 1 else { return }
    pending.swapAt(Int.random(in: pending.indices), pending.count - 1)
  }

  mutating func putBack(_ entry: Entry) { pending.append(entry) }

  mutating func rescan() {
    lastRescan = .now
    pending = deferred.shuffled()
    deferred = []
  }

  /// Look again at what others have, after a moment.
  mutating func rescanSoon() { lastRescan = min(lastRescan, .now - Self.pause + .milliseconds(300)) }

  var deferredJobs: [Entry] { deferred }
}
