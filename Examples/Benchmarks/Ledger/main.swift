// What the ledger of a batch can do, without any upscaling:
//
//   LedgerBenchmark schedule JOBS [WORKERS]     a whole batch whose workers do nothing: claims, pipes, renames, journal
//   LedgerBenchmark read JOBS                   journals of so many jobs, reduced in memory
//   LedgerBenchmark contend JOBS TASKS...       so many processes that claim from one ledger at the same time
//
// swift build -c release --product LedgerBenchmark

import BulkProcessing
import Foundation

let program = "/proc/self/exe"
let arguments = Array(CommandLine.arguments.dropFirst())

func number(_ index: Int) -> Int {
  guard index < arguments.count, let value = Int(arguments[index]), value > 0 else {
    print("usage: LedgerBenchmark schedule JOBS [WORKERS] | read JOBS | contend JOBS TASKS...")
    exit(64)
  }
  return value
}

func seconds(_ work: () throws -> Void) rethrows -> Double {
  let start = ContinuousClock.now
  try work()
  let time = ContinuousClock.now - start
  return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
}

/// A folder that is gone at the end.
func withFolder(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ledger-benchmark-\(getpid())")
  defer { try? FileManager.default.removeItem(at: folder) }
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  try body(folder)
}

switch arguments.first {
case "schedule": try Schedule(jobs: number(1), workers: arguments.count > 2 ? number(2) : 2).run()
case "worker": Schedule.work()
case "read": try ReadBack(jobs: number(1)).run()
case "contend":
  for tasks in arguments.indices.dropFirst(2).map(number) { try Contention(jobs: number(1), tasks: tasks).run() }
case "claimer": try Contention.claim(folder: URL(fileURLWithPath: arguments[1]), jobs: number(2))
default: _ = number(Int.max)
}
