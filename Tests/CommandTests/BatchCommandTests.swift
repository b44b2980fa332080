import Foundation
import Testing
import Volumes

@Suite struct BatchCommandTests {
  let folder: TemporaryFolder
  private let quick = ["--uncertainty", "--samples", "2", "--steps", "4"]

  init() throws { folder = try TemporaryFolder() }

  private func study(_ count: Int, slices: Int = 4) throws {
    for number in 1...count {
      let scan = folder.url.appendingPathComponent("in/sub-\(number)")
      try FileManager.default.createDirectory(at: scan, withIntermediateDirectories: true)
      try write(phantom((16 + number, 18, slices)), to: scan.appendingPathComponent("T1w.nii.gz").path)
    }
  }

  private func batch(_ output: String = "out", _ more: [String] = []) throws -> Tool.Outcome {
    try Tool.run(["batch", folder.path("in"), folder.path(output)] + quick + more)
  }

  /// Bytes of every image below an output folder, by path.
  private func images(_ output: String) throws -> [String: Data] {
    let root = folder.url.appendingPathComponent(output)
    let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
    return try paths.filter { $0.contains(".nii") && !$0.hasPrefix(".residua") }.reduce(into: [:]) {
      $0[$1] = try Data(contentsOf: root.appendingPathComponent($1))
    }
  }

  /// What is left in the ledger beside journals and marks.
  private func leftovers(_ output: String) -> [String] {
    ["claims", "owners", "work"].flatMap { name in
      (try? FileManager.default.contentsOfDirectory(atPath: folder.path("\(output)/.residua/\(name)"))) ?? []
    }
  }

  @Test func givesWhatUpscaleGivesAndDoesItOnce() throws {
    try study(3)
    let first = try batch()
    #expect(first.status == 0, "\(first.errors)")
    let made = try images("out")
    #expect(made.count == 6)
    #expect(leftovers("out").isEmpty)
    let single = try Tool.run(
      ["upscale", folder.path("in/sub-2/T1w.nii.gz"), folder.path("one.nii.gz"), "--quiet"] + quick.dropFirst())
    #expect(single.status == 0)
    #expect(try made.values.contains(Data(contentsOf: URL(fileURLWithPath: folder.path("one.nii.gz")))))

    let second = try batch()
    #expect(second.status == 0 && second.errors.contains("0 of them now"), "\(second.errors)")
    // Touched and the same: nothing to do. Changed: that one.
    let touched = folder.url.appendingPathComponent("in/sub-1/T1w.nii.gz")
    let bytes = try Data(contentsOf: touched)
    try bytes.write(to: touched)
    let third = try batch()
    #expect(third.errors.contains("0 of them now"), "\(third.errors)")
    try write(phantom((20, 18, 2)), to: touched.path)
    let fourth = try batch()
    #expect(
      fourth.errors.contains("1 of them now") && fourth.errors.contains("the input has changed"), "\(fourth.errors)")
    let fifth = try batch("out", ["--seed", "3"])
    #expect(fifth.errors.contains("3 of them now") && fifth.errors.contains("seed (0 → 3)"), "\(fifth.errors)")

    let status = try Tool.run(["batch", folder.path("in"), folder.path("out"), "--status"])
    #expect(status.status == 0 && status.output.contains("done        3"))
    let csv = try Tool.run(["batch", folder.path("in"), folder.path("out"), "--export", "csv"])
    #expect(csv.output.split(whereSeparator: \.isNewline).count == 4)
  }

  @Test func someFailAndTheOthersAreDone() throws {
    try study(2)
    let broken = folder.url.appendingPathComponent("in/sub-1/T1w.nii.gz")
    // Large enough that the plan, which looks at headers, does not meet the damage.
    try write(phantom((96, 96, 40)), to: broken.path, type: .float32)
    let bytes = try Data(contentsOf: broken)
    try bytes.prefix(bytes.count / 2).write(to: broken)
    let outcome = try batch("out", ["--log", folder.path("log.jsonl")])
    #expect(outcome.status == 3 && outcome.errors.contains("1 of 2 scans failed"), "\(outcome.errors)")
    #expect(outcome.errors.contains("--retry-failed tries them again."))
    let log = try String(contentsOfFile: folder.path("log.jsonl"), encoding: .utf8).split(separator: "\n")
    let events = log.compactMap {
      (try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])?["event"] as? String
    }
    #expect(events.count == log.count && events.contains("failed") && events.contains("done") && events.last == "end")
    // A whole file again is a changed one.
    try write(phantom((17, 18, 4)), to: broken.path)
    let again = try batch()
    #expect(again.status == 0 && again.errors.contains("1 of them now"), "\(again.errors)")
  }

  @Test func nothingFound() throws {
    try FileManager.default.createDirectory(atPath: folder.path("in"), withIntermediateDirectories: true)
    #expect(try batch().status == 2)
  }

  @Test func aLimitOnFilesPausesCleanly() throws {
    try write(phantom((60, 60, 6)), to: folder.path("in.nii"))
    try FileManager.default.createDirectory(atPath: folder.path("in"), withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: folder.path("in.nii"), toPath: folder.path("in/a.nii"))
    let outcome = try Tool.run(["batch", folder.path("in"), folder.path("out")] + quick, fileSizeLimit: 100)
    #expect(outcome.status == 1 && outcome.errors.contains("paused"), "\(outcome.errors)")
    #expect(try images("out").isEmpty)
    let again = try batch()
    #expect(again.status == 0, "\(again.errors)")
    #expect(leftovers("out").isEmpty)
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func aSignalPausesAndFinishedSlicesAreKept(signal: Int32) throws {
    try study(1, slices: 60)
    let process = Tool.startAsFromAShell(
      ["batch", folder.path("in"), folder.path("out")] + quick + ["--samples", "3"])
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    try waitForSlices(3)
    kill(process.processIdentifier, signal)
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 128 + signal && said.contains("finished slices are kept"), "\(said)")
    #expect(try images("out").isEmpty)
    let again = try batch("out", ["--samples", "3"])
    #expect(again.status == 0, "\(again.errors)")
    let csv = try Tool.run(["batch", folder.path("in"), folder.path("out"), "--export", "csv"]).output
    let (names, row) = try #require(fields(of: csv))
    let computed = names.firstIndex(of: "computed").flatMap { Int(row[$0]) } ?? 60
    #expect(row[names.firstIndex(of: "slices") ?? 0] == "60" && computed <= 57, "\(computed) computed anew")
    #expect(try batch("whole", ["--samples", "3"]).status == 0)
    #expect(try images("out") == images("whole"))
  }

  /// A small share of what `Examples/Benchmarks/kills.sh` does.
  @Test func killsLeaveNoTrace() throws {
    try study(4, slices: 6)
    #expect(try batch("whole").status == 0)
    for round in 0..<5 {
      let process = Tool.startAsFromAShell(["batch", folder.path("in"), folder.path("out"), "--jobs", "2"] + quick)
      process.standardError = FileHandle.nullDevice
      try process.run()
      usleep(UInt32.random(in: 100_000...900_000) * UInt32(round % 2 + 1))
      let victims =
        round == 0 ? [process.processIdentifier] : children(of: process.processIdentifier) + [process.processIdentifier]
      for victim in round == 3 ? victims.dropLast() : victims[...] { kill(victim, SIGKILL) }
      if round == 3 { usleep(300_000) }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    let last = try batch("out", ["--jobs", "2"])
    #expect(last.status == 0, "\(last.errors)")
    #expect(try images("out") == images("whole"))
    #expect(leftovers("out").isEmpty)
    let csv = try Tool.run(["batch", folder.path("in"), folder.path("out"), "--export", "csv"]).output
    #expect(!csv.contains(",failed,"))
  }

  @Test func twoAtOnceShareTheWork() throws {
    try study(5, slices: 3)
    let runs = (0..<2).map { _ in Tool.startAsFromAShell(["batch", folder.path("in"), folder.path("out")] + quick) }
    for run in runs {
      run.standardError = FileHandle.nullDevice
      try run.run()
    }
    for run in runs {
      run.waitUntilExit()
      #expect(run.terminationStatus == 0)
    }
    #expect(try images("out").count == 10)
    let journals = try FileManager.default.contentsOfDirectory(atPath: folder.path("out/.residua/journals"))
    let done = try journals.map {
      try String(contentsOfFile: folder.path("out/.residua/journals/\($0)"), encoding: .utf8)
        .split(separator: "\n").count { $0.contains("\"event\":\"done\"") }
    }
    #expect(done.reduce(0, +) == 5, "\(done)")
  }

  // MARK: Support

  private func waitForSlices(_ count: Int) throws {
    let work = folder.url.appendingPathComponent("out/.residua/work")
    for _ in 0..<1200 {
      let files = FileManager.default.enumerator(atPath: work.path)?.compactMap { $0 as? String } ?? []
      if files.count(where: { $0.hasSuffix(".slice") }) >= count { return }
      usleep(50_000)
    }
    Issue.record("no slices appeared")
  }

  private func children(of process: Int32) -> [Int32] {
    let text = (try? String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)) ?? ""
    return text.split(separator: " ").compactMap { Int32($0) }
  }

  /// The header and the only row, where no field is quoted before those that are looked at.
  private func fields(of csv: String) -> ([String], [String])? {
    let lines = csv.split(whereSeparator: \.isNewline).map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return lines.count == 2 ? (lines[0], lines[1]) : nil
  }
}
