import Foundation
import Testing
import Volumes

/// Against a real Slurm: one node on loopback that the test starts and stops (`Tests/Support/slurm.sh`).
@Suite struct SlurmTests {
  let folder: TemporaryFolder
  let slurm: URL

  init() throws {
    folder = try TemporaryFolder()
    slurm = folder.url.appendingPathComponent("slurm")
  }

  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../Support/slurm.sh").path

  private func shell(_ words: String...) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.environment = ProcessInfo.processInfo.environment.merging(["SLURM_CONF": slurm.path + "/slurm.conf"]) { $1 }
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text.trimmingCharacters(in: .whitespacesAndNewlines))
  }

  private func images(_ output: String) throws -> [String: Data] {
    let root = folder.url.appendingPathComponent(output)
    let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
    return try paths.filter { $0.hasSuffix(".nii.gz") && !$0.hasPrefix(".residua") }.reduce(into: [:]) {
      $0[$1] = try Data(contentsOf: root.appendingPathComponent($1))
    }
  }

  @Test func anArrayWithATaskKilledAndRequeuedGivesWhatALocalRunGives() throws {
    for number in 1...12 {
      let scan = folder.url.appendingPathComponent("in/sub-\(number)")
      try FileManager.default.createDirectory(at: scan, withIntermediateDirectories: true)
      try write(phantom((16 + number, 18, 8)), to: scan.appendingPathComponent("T1w.nii.gz").path)
    }
    let options = ["--uncertainty", "--samples", "2", "--steps", "4", "--kernels", "portable"]
    let local = try Tool.run(["batch", folder.path("in"), folder.path("local")] + options)
    try #require(local.status == 0, "\(local.errors)")

    // The pipe that the daemons inherit stays open: nothing is read from it.
    let started = Process()
    started.executableURL = URL(fileURLWithPath: "/bin/bash")
    started.arguments = [Self.script, "start", slurm.path]
    started.standardOutput = FileHandle.nullDevice
    try started.run()
    started.waitUntilExit()
    try #require(started.terminationStatus == 0, "Slurm does not start")
    defer { _ = try? shell("bash", Self.script, "stop", slurm.path) }

    let submitted = try Tool.run(
      [
        "batch", folder.path("in"), folder.path("out 5% \"put\""), "--slurm", "--slurm-tasks", "4", "--slurm-args",
        "--cpus-per-task=1",
      ]
        + options, environment: ["SLURM_CONF": slurm.path + "/slurm.conf"])
    try #require(submitted.status == 0, "\(submitted.errors)")
    let array = submitted.output.trimmingCharacters(in: .whitespacesAndNewlines)

    // A task in the middle of a scan is killed, with all that it has started, and requeued by Slurm.
    try wait("a slice") {
      let work = folder.path("out 5% \"put\"/.residua/work")
      return FileManager.default.enumerator(atPath: work)?.contains { ($0 as? String)?.hasSuffix(".slice") == true }
        ?? false
    }
    #expect(try shell("scontrol", "requeue", "\(array)_2").status == 0)
    let requeued = try shell("squeue", "-h", "-r", "-j", "\(array)_2", "-o", "%A").output
    // Slurm waits two minutes before it starts a requeued job again; the test does not.
    try wait("the task to be pending") {
      try shell("squeue", "-h", "-r", "-j", "\(array)_2", "-o", "%t").output == "PD"
    }
    _ = try shell("scontrol", "update", "JobId=\(requeued)", "StartTime=now")

    try wait("the summary") {
      FileManager.default.fileExists(atPath: folder.path("out 5% \"put\"/.residua/summary.csv"))
    }
    let log = try String(contentsOfFile: folder.path("out 5% \"put\"/.residua/slurm/\(array)_2.log"), encoding: .utf8)
    #expect(log.contains("REQUEUE"), "\(log)")
    #expect(try images("out 5% \"put\"") == images("local"))
    #expect(try images("out 5% \"put\"").count == 24)
    let summary = try String(contentsOfFile: folder.path("out 5% \"put\"/.residua/summary.txt"), encoding: .utf8)
    #expect(summary.contains("done        12"), "\(summary)")
    let done = try FileManager.default.contentsOfDirectory(atPath: folder.path("out 5% \"put\"/.residua/journals")).map
    {
      try String(contentsOfFile: folder.path("out 5% \"put\"/.residua/journals/\($0)"), encoding: .utf8)
        .split(separator: "\n").count { $0.contains("\"event\":\"done\"") }
    }
    #expect(done.reduce(0, +) == 12 && done.count >= 4, "\(done)")
  }

  private func wait(_ what: String, until condition: () throws -> Bool) throws {
    for _ in 0..<1800 {
      if try condition() { return }
      usleep(100_000)
    }
    let logs =
      (try? FileManager.default.contentsOfDirectory(atPath: folder.path("out 5% \"put\"/.residua/slurm"))) ?? []
    let said = logs.filter { $0.hasSuffix(".log") }.map {
      (try? String(contentsOfFile: folder.path("out 5% \"put\"/.residua/slurm/\($0)"), encoding: .utf8)) ?? ""
    }
    Issue.record("waited in vain for \(what): \(said.joined(separator: "\n"))")
    throw CancellationError()
  }
}
