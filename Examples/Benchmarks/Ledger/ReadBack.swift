import BulkProcessing
import Foundation

/// Journals of many jobs, as eight runs leave them, reduced to a table.
struct ReadBack {
  let jobs: Int

  func run() throws {
    try withFolder { output in
      let folder = LedgerFolder(output: output)
      try folder.create()
      let journals = try (0..<8).map { number in
        let journal = try Journal(folder, run: "run-\(number)")
        var first = JournalEntry(.run)
        first.run = Schedule.run(1)
        try journal.append(first)
        return journal
      }
      var bytes = 0
      for job in 0..<jobs {
        let name = "sub-\(job / 4)/anat/sub-\(job / 4)_run-\(job % 4)_T1w"
        let terms = JobTerms(
          settings: "99263b4398226029", model: String(repeating: "7c24e09b", count: 8), kernels: "avx2",
          stamp: "7840 1795561779.816578639")
        var started = JournalEntry(.started, job: name, attempt: 1)
        started.terms = terms
        var done = JournalEntry(.done, job: name, attempt: 1)
        done.terms = terms
        var result = JobResult()
        result.input = String(repeating: "09c5702a", count: 8)
        result.outputs = [name + "_x2.nii.gz": 55070, name + "_sigma.nii.gz": 55180, name + ".png": 59799]
        (result.slices, result.computed) = (176, 176)
        (result.meanDeviation, result.unit) = (30.807103810559827, "arbitrary")
        result.seconds = [
          "encode": 0.468, "read": 0, "sample": 1.656, "statistics": 0.023, "total": 2.907, "write": 0.745,
        ]
        done.result = result
        try journals[job % 8].append(started)
        try journals[job % 8].append(done)
      }
      for journal in journals {
        try journal.synchronise()
        bytes += try FileManager.default.attributesOfItem(atPath: journal.url.path)[.size] as? Int ?? 0
      }
      var csv = 0
      let reduce = try seconds { _ = try LedgerState(reading: folder) }
      let table = try seconds { csv = try LedgerTable(reading: folder).csv.utf8.count }
      print(
        String(
          format:
            "%d jobs, %.1f MB of journals: reduced in %.2f s; read, reduced and written as CSV (%.1f MB) in %.2f s",
          jobs,
          Double(bytes) / 1e6, reduce, Double(csv) / 1e6, table))
    }
  }
}
