import BulkProcessing
import Foundation

/// A batch whose workers write an empty file for every job.
struct Schedule {
  let jobs: Int
  let workers: Int

  func run() throws {
    try withFolder { folder in
      let input = folder.appendingPathComponent("input")
      try Data("x".utf8).write(to: input)
      let plan = BatchPlan(
        jobs: (0..<jobs).map { number in
          let name = "sub-\(number / 10)/scan-\(number)"
          return BatchJob(name: name, input: input, outputs: .init(estimate: name + ".nii.gz"))
        })
      var options = BatchOptions(executable: program, arguments: ["worker"], run: Self.run(workers))
      options.workers = workers
      let output = folder.appendingPathComponent("out")
      var outcome: BatchOutcome?
      let first = try seconds {
        outcome = try BatchRun(plan, into: output, options: options).run(shouldStop: { false }, report: { _ in })
      }
      precondition(outcome?.doneHere == jobs, "every job is done")
      let second = try seconds {
        outcome = try BatchRun(plan, into: output, options: options).run(shouldStop: { false }, report: { _ in })
      }
      precondition(outcome?.doneHere == 0, "nothing is done twice")
      print(
        String(
          format: "%d jobs, %d workers: %.1f s scheduled and recorded (%.2f ms each); the same command again: %.1f s",
          jobs,
          workers, first, first / Double(jobs) * 1000, second))
    }
  }

  static func run(_ workers: Int) -> RunDescription {
    RunDescription(
      id: "", host: "", process: 0, version: "0", workers: workers, threads: 1, kernels: "none", modelFile: "none",
      model: "none", settings: ["seed": "0"])
  }

  static func work() {
    let encoder = JSONEncoder()
    func send(_ message: WorkerMessage) {
      guard let line = try? encoder.encode(message) else { return }
      FileHandle.standardOutput.write(line + Data("\n".utf8))
    }
    send(.ready)
    while let line = readLine() {
      guard let assignment = try? JSONDecoder().decode(Assignment.self, from: Data(line.utf8)) else { continue }
      for path in assignment.job.outputs.all {
        let url = assignment.staging.appendingPathComponent(path)
        try? FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        _ = FileManager.default.createFile(atPath: url.path, contents: nil)
      }
      send(.staged(JobResult()))
    }
  }
}
