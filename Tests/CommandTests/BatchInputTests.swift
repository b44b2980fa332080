import DicomSamples
import Foundation
import Testing
import Volumes

/// What `batch` reads, wherever it lies, and what becomes of it when it changes.
@Suite struct BatchInputTests {
  let folder: TemporaryFolder
  private let quick = ["--uncertainty", "--samples", "2", "--steps", "2"]

  init() throws { folder = try TemporaryFolder() }

  private func make(_ name: String) throws -> URL {
    let url = folder.url.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  private func batch(_ output: String, _ more: [String] = []) throws -> Tool.Outcome {
    try Tool.run(["batch", folder.path("in"), folder.path(output)] + quick + more)
  }

  // MARK: DICOM

  @Test func theResultsOfAnArchiveMayLieInIt() throws {
    for (number, name) in ["in", "in/b"].enumerated() {
      try DicomSample.series(3, in: make(name)) { _, sample in
        sample.set(0x0020_000E, "UI", "1.2.3.\(100 + number)")
        sample.set(0x0020_0011, "IS", "\(3 + number)")
      }
    }
    // Hidden files are none of the input either.
    try Data("x".utf8).write(to: folder.url.appendingPathComponent("in/.DS_Store"))
    let first = try batch("in/out", ["--jobs", "2"])
    #expect(first.status == 0 && first.errors.contains("2 of 2 scans are done, 2 of them now"), "\(first.errors)")
    try Data("other".utf8).write(to: folder.url.appendingPathComponent("in/.DS_Store"))
    let second = try batch("in/out")
    #expect(second.status == 0 && second.errors.contains("0 of them now"), "\(second.errors)")
    let third = try batch("in/out", ["--seed", "1"])
    #expect(third.status == 0 && third.errors.contains("2 of them now"), "\(third.errors)")
  }

  /// `uid.2` counts over the whole series, wherever its parts lie.
  @Test func partsOfASeriesMayLieInFoldersOfTheirOwn() throws {
    for (name, columns) in [("in/x", 9), ("in/y", 7)] {
      let url = try make(name)
      for k in 0..<3 {
        var sample = DicomSample.slice(k, columns: columns)
        sample.set(0x0008_0018, "UI", "1.2.3.100.\(columns).\(k + 1)")
        try sample.write(to: url.appendingPathComponent("\(k)"))
      }
    }
    let outcome = try batch("out", ["--dicom-output", "nifti"])
    #expect(outcome.status == 0 && outcome.errors.contains("2 of 2 scans are done"), "\(outcome.errors)")
    let widths = try ["1", "2"].map { try readVolume(folder.path("out/series-3-part-\($0)_srx2.nii.gz")).header.size.0 }
    #expect(widths.sorted() == [14, 18])
  }

  /// A job's input are its series' files, not whatever lies in the folder.
  @Test func aSeriesKnowsItsOwnFiles() throws {
    let url = try make("in")
    for (number, uid) in [(3, "1.2.3.100"), (4, "1.2.3.200")] {
      for k in 0..<3 {
        var sample = DicomSample.slice(k)
        sample.set(0x0020_000E, "UI", uid)
        sample.set(0x0020_0011, "IS", "\(number)")
        sample.set(0x0008_0018, "UI", "\(uid).\(k + 1)")
        try sample.write(to: url.appendingPathComponent("\(number)-\(k)"))
      }
    }
    #expect(try batch("out").errors.contains("2 of 2 scans are done, 2 of them now"))
    // Another picture of series 4 is a change of series 4 alone.
    var more = DicomSample.slice(3)
    more.set(0x0020_000E, "UI", "1.2.3.200")
    more.set(0x0020_0011, "IS", "4")
    more.set(0x0008_0018, "UI", "1.2.3.200.4")
    try more.write(to: url.appendingPathComponent("4-3"))
    let again = try batch("out")
    #expect(
      again.errors.contains("again: series-4: the input has changed") && again.errors.contains("1 of them now"),
      "\(again.errors)")
    // What lies beside is none of the input: nothing has to be looked at again.
    func confirmations() throws -> Int {
      let journals = folder.url.appendingPathComponent("out/.residua/journals")
      return try FileManager.default.contentsOfDirectory(atPath: journals.path).reduce(0) {
        try $0 + String(contentsOf: journals.appendingPathComponent($1), encoding: .utf8)
          .components(separatedBy: "\"confirmed\"").count - 1
      }
    }
    try Data("a letter".utf8).write(to: url.appendingPathComponent("letter.txt"))
    #expect(try batch("out").errors.contains("0 of them now") && confirmations() == 0)
    // A damaged file beside may be a slice of either: that is said of both, as `upscale` says it.
    try Data(try Data(contentsOf: url.appendingPathComponent("4-3")).prefix(300)).write(
      to: url.appendingPathComponent("5-0"))
    let damaged = try batch("damaged")
    #expect(
      damaged.status == 3 && damaged.errors.components(separatedBy: "slices may be missing").count == 3,
      "\(damaged.errors)")
  }

  @Test func aTouchedSeriesWithGapsIsNotDoneAgain() throws {
    let url = try make("in")
    for k in [0, 1, 3, 4] { try DicomSample.slice(k).write(to: url.appendingPathComponent("\(k)")) }
    let first = try batch("out", ["--allow-gaps"])
    #expect(first.status == 0, "\(first.errors)")
    try FileManager.default.setAttributes(
      [.modificationDate: Date() + 5], ofItemAtPath: url.appendingPathComponent("1").path)
    let second = try batch("out", ["--allow-gaps"])
    #expect(second.status == 0 && second.errors.contains("0 of them now"), "\(second.errors)")
  }

  // MARK: Damage

  /// Found by the plan or by the worker: a damaged file has failed.
  @Test func whatIsUnreadableWhenItIsPlannedHasFailed() throws {
    let input = try make("in")
    try write(phantom((9, 8, 3)), to: input.path + "/good.nii")
    try write(phantom((9, 8, 3)), to: input.path + "/good_mask.nii")
    try Data("a letter".utf8).write(to: input.appendingPathComponent("bad.nii.gz"))
    let first = try batch("out")
    #expect(first.status == 3 && first.errors.contains("1 of 2 scans failed"), "\(first.errors)")
    // Another attempt at a damaged file does not help.
    #expect(first.errors.contains("has to be replaced") && !first.errors.contains("--retry-failed"))
    #expect(first.errors.contains("bad.nii.gz: is not a volume"))
    let status = try Tool.run(["batch", folder.path("in"), folder.path("out"), "--status"]).output
    #expect(status.contains("failed      1") && status.contains("done        1"), "\(status)")
    #expect(try batch("out").status == 3)
    #expect(try batch("out", ["--dry-run"]).output.contains("counts as failed:\n  bad.nii.gz"))
    try write(phantom((9, 8, 3)), to: input.path + "/bad.nii.gz")
    let mended = try batch("out")
    #expect(mended.status == 0 && mended.errors.contains("1 of them now"), "\(mended.errors)")
    let after = try Tool.run(["batch", folder.path("in"), folder.path("out"), "--status"]).output
    #expect(!after.contains("failed") && after.contains("done        2"), "\(after)")
    // Nothing but damage.
    try FileManager.default.removeItem(at: input)
    try Data("a letter".utf8).write(to: make("in").appendingPathComponent("bad.nii.gz"))
    #expect(try batch("other").status == 3)
  }

  // MARK: Changes

  /// σ and a picture of before would pass for those of the new estimate.
  @Test func whatARedoDoesNotMakeAnewIsRemoved() throws {
    try write(phantom((9, 8, 3)), to: make("in").path + "/a.nii")
    func again(_ options: [String]) throws -> Tool.Outcome {
      try Tool.run(["batch", folder.path("in"), folder.path("out"), "--samples", "2", "--steps", "2"] + options)
    }
    func names() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: folder.path("out")).filter { !$0.hasPrefix(".") }.sorted()
    }
    let everything = ["--uncertainty", "--preview", "--keep-samples"]
    #expect(try again(everything).status == 0)
    let all = try names()
    #expect(all.count >= 4 && all.contains("a_srx2_sigma.nii"), "\(all)")
    // What is no longer asked for stays as long as it is true.
    #expect(try again([]).errors.contains("0 of them now"))
    #expect(try names() == all)
    let redone = try again(["--seed", "1"])
    #expect(redone.errors.contains("removed, since made with another input or other settings"), "\(redone.errors)")
    #expect(try names() == ["a_srx2.json", "a_srx2.nii"])
    // What belongs to the same estimate stays, whatever else is asked for, and is remembered: a failure in between changes nothing.
    #expect(try again(["--seed", "1", "--uncertainty"]).status == 0)
    #expect(try again(["--seed", "1", "--preview"]).status == 0)
    #expect(try names().filter { $0.hasSuffix("sigma.nii") || $0.hasSuffix(".png") }.count == 2)
    let failed = try again(["--seed", "2", "--memory", "1M"])
    #expect(failed.status == 3, "\(failed.errors)")
    #expect(try again(["--seed", "2", "--retry-failed"]).status == 0)
    #expect(try names() == ["a_srx2.json", "a_srx2.nii"])
  }

  @Test func whatIsNoConcernOfAScanRedoesNothing() throws {
    try write(phantom((9, 8, 3)), to: make("in").path + "/a.nii")
    try DicomSample.series(3, in: make("in/series")) { _, _ in }
    #expect(try batch("out").status == 0)
    for options in [["--allow-gaps"], []] {
      let again = try batch("out", options)
      #expect(again.status == 0 && again.errors.contains("0 of them now"), "\(again.errors)")
    }
    // A map in another form is another output of the series alone.
    let form = try batch("out", ["--uncertainty-format", "series"])
    #expect(form.errors.contains("1 of them now"), "\(form.errors)")
  }

  /// Who comes later must not take the first one's name.
  @Test func seriesOfOneNumberAreToldByTheirDigits() throws {
    for (number, uid) in ["1.2.3.900", "1.2.3.100"].enumerated() {
      try DicomSample.series(3, in: make("in/\(number)")) { _, sample in sample.set(0x0020_000E, "UI", uid) }
      // Both in one folder.
      for k in 0..<3 {
        try FileManager.default.moveItem(
          atPath: folder.path("in/\(number)/\(try FileManager.default.contentsOfDirectory(atPath: folder.path("in/\(number)")).sorted()[0])"),
          toPath: folder.path("in/\(number)-\(k)"))
      }
      try FileManager.default.removeItem(atPath: folder.path("in/\(number)"))
    }
    let plan = try batch("out", ["--dry-run"]).output
    #expect(plan.matches(of: /series-3-[0-9a-f]{8}\b/).count >= 2 && !plan.contains("series-3_srx2"), "\(plan)")
  }

  /// Same name, same size, same time of change, other bytes: slices that were kept are none of its.
  @Test func slicesOfAnInputThatWasReplacedAreNotUsed() throws {
    let path = try make("in").appendingPathComponent("a.nii").path
    let moment = Date(timeIntervalSince1970: 1_700_000_000)
    func put(_ shift: Double) throws {
      let volume = phantom((20, 18, 40))
      try write(Volume(header: volume.header, values: volume.values.map { $0 + shift }), to: path)
      try FileManager.default.setAttributes([.modificationDate: moment], ofItemAtPath: path)
    }
    try put(0)
    let process = Tool.startAsFromAShell(["batch", folder.path("in"), folder.path("out")] + quick)
    process.standardError = FileHandle.nullDevice
    try process.run()
    let work = folder.url.appendingPathComponent("out/.residua/work")
    for _ in 0..<1200 {
      let files = FileManager.default.enumerator(atPath: work.path)?.compactMap { $0 as? String } ?? []
      if files.count(where: { $0.hasSuffix(".slice") }) >= 3 { break }
      usleep(20_000)
    }
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    try put(100)
    #expect(try batch("out").status == 0)
    #expect(try batch("whole").status == 0)
    for name in ["a_srx2.nii", "a_srx2_sigma.nii"] {
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: folder.path("out/\(name)")))
          == Data(contentsOf: URL(fileURLWithPath: folder.path("whole/\(name)"))))
    }
  }

  /// No file may grow beyond a kilobyte: the ledger itself is what cannot be written.
  @Test func aDiskThatTakesNoLineOfTheLedgerPauses() throws {
    let name = String(repeating: "n", count: 180)
    try write(phantom((9, 8, 3)), to: make("in").path + "/\(name).nii")
    let full = try Tool.run(["batch", folder.path("in"), folder.path("out")] + quick, fileSizeLimit: 1)
    #expect(full.status == 1 && full.errors.contains("paused: ") && full.errors.contains("journals"), "\(full.errors)")
    for name in ["claims", "owners"] {
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("out/.residua/\(name)")).isEmpty)
    }
    #expect(try batch("out").status == 0)
  }
}
