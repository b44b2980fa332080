import BulkProcessing
import Foundation

/// Many processes that go through one list of jobs: each claims, looks at the mark, writes two lines, sets the mark and releases. What is
/// measured is what a cluster's tasks do to the ledger between two upscales, without the upscales.
struct Contention {
  let jobs: Int
  let tasks: Int

  func run() throws {
    try withFolder { output in
      let folder = LedgerFolder(output: output)
      try folder.create()
      var done = 0
      var tries = 0
      let time = try seconds {
        let pipes = try (0..<tasks).map { _ in
          let process = Process()
          process.executableURL = URL(fileURLWithPath: program).resolvingSymlinksInPath()
          process.arguments = ["claimer", output.path, String(jobs)]
          let pipe = Pipe()
          process.standardOutput = pipe
          try process.run()
          return (process, pipe)
        }
        for (process, pipe) in pipes {
          let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
          process.waitUntilExit()
          let numbers = said.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
          precondition(numbers.count == 2, "a task failed")
          done += numbers[0]
          tries += numbers[1]
        }
      }
      precondition(done == jobs, "\(done) claims for \(jobs) jobs")
      print(
        String(
          format: "%4d tasks: %d jobs in %.1f s, %.0f claims per second, %.2f attempts per claim", tasks, jobs, time,
          Double(jobs) / time, Double(tries) / Double(jobs)))
    }
  }

  /// One task.
  static func claim(folder output: URL, jobs: Int) throws {
    let folder = LedgerFolder(output: output)
    let table = try ClaimTable(folder)
    let marks = SettledMarks(folder: folder)
    let journal = try Journal(folder, run: table.identity.id)
    let terms = JobTerms(settings: "s", model: "m", kernels: "k", stamp: "1")
    let names = (0..<jobs).map { "scan-\($0)" }
    var queue = JobQueue()
    for index in names.indices { queue.add(JobQueue.Entry(index: index, terms: terms)) }
    queue.begin()
    var (done, tries) = (0, 0)
    while true {
      guard let entry = queue.next() else {
        if queue.isFinished { break }
        queue.rescan()
        continue
      }
      let key = LedgerFolder.key(of: names[entry.index])
      if marks.contains(key, terms) { continue }
      tries += 1
      guard let claim = try table.claim(key) else {
        queue.defer(entry)
        continue
      }
      if !marks.contains(key, terms) {
        try journal.append(JournalEntry(.started, job: names[entry.index], attempt: 1))
        try journal.append(JournalEntry(.done, job: names[entry.index], attempt: 1))
        marks.set(key, terms)
        done += 1
      }
      table.release(claim)
      if table.secondsSinceBeat > table.beatInterval { try table.beat() }
    }
    try journal.synchronise()
    print(done, tries)
  }
}
