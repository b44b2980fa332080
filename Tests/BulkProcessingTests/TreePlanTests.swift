import BulkProcessing
import Foundation
import SuperResolution
import Testing
import Volumes

@Suite struct TreePlanTests {
  let study: StudyFolder

  init() throws { study = try StudyFolder() }

  @Test func everyFormIsFoundOnce() throws {
    for name in ["a/plain.nii", "a/packed.nii.gz", "b/pair.hdr", "b/packedpair.hdr.gz"] { try study.scan(name) }
    try study.scan("c/x.nii")
    try FileManager.default.moveItem(at: study.file("c/x.nii"), to: study.file("c/without ending"))
    try study.put("hello", at: "c/readme.txt")
    let plan = try study.plan { $0.results = .init(uncertainty: true, preview: true, samples: true) }
    #expect(plan.names == ["a/packed", "a/plain", "b/packedpair", "b/pair", "c/without ending"])
    #expect(plan.refused.isEmpty)
    #expect(plan.notes == ["1 other file"])
    #expect(
      plan.jobs[0].outputs.all == [
        "a/packed_srx2.nii.gz", "a/packed_srx2_sigma.nii.gz", "a/packed_srx2_preview.png", "a/packed_srx2_samples",
      ])
    #expect(plan.jobs.map { $0.outputs.estimate.hasSuffix(".gz") } == [true, false, true, false, false])
    let shape = ScanShape(width: 7, height: 5, slices: 3, frames: 1, voxelBytes: 2)
    #expect(plan.jobs.allSatisfy { $0.scan == shape })
    for job in plan.jobs { #expect(try VolumeFile.open(job.input).header.size.0 == 7) }
  }

  @Test func slicesAreCountedAcrossThePlaneThatIsUpscaled() throws {
    try study.scan("a.nii")
    let plan = try study.plan { $0.settings.plane = .sagittal }
    #expect(plan.jobs[0].scan == ScanShape(width: 5, height: 3, slices: 7, voxelBytes: 2))
  }

  @Test func whatUpscaleRefusesIsRefusedWithItsSentence() throws {
    try study.put("a letter to the editor", at: "letter.nii.gz")
    try study.put("", at: "empty.nii")
    try study.scan("cut.nii")
    let bytes = try Data(contentsOf: study.file("cut.nii"))
    try bytes.dropLast(30).write(to: study.file("cut.nii"))
    try study.scan("half.hdr")
    try FileManager.default.removeItem(at: study.file("half.img"))
    let plan = try study.plan()
    #expect(plan.jobs.isEmpty)
    #expect(plan.refused.map(\.what) == ["cut.nii", "empty.nii", "half.hdr", "letter.nii.gz"])
    // They were meant to be scans: failures.
    #expect(plan.damaged == plan.refused)
    for refusal in plan.refused {
      let error = #expect(throws: VolumeError.self) { _ = try VolumeFile.open(study.file(refusal.what)) }
      #expect(refusal.reason == error?.reason)
    }
  }

  @Test func whatNobodyMeansIsLeftOutAndSaysHowToTakeIt() throws {
    try study.scan("t1.nii")
    try study.scan("t1_brain_mask.nii")
    try study.scan("sub-01_T1w_dseg.nii.gz")
    try study.scan("labels by intent.nii", intent: 1002)
    try study.scan("zstat.nii", intent: 5)
    try study.scan("bold.nii", frames: 4)
    try study.scan("t1_srx2.nii", description: "Residua 0.1 SR x2 mean of 8; not for diagnosis")
    try study.scan("t1_sigma.nii", description: "Residua 0.1 SR x2 sigma of 8, raw; not for diagnosis")
    let plan = try study.plan()
    #expect(plan.names == ["t1"])
    #expect(plan.refused.count == 7 && plan.damaged.isEmpty)
    #expect(plan.reason("t1_brain_mask.nii")?.contains("labels by its name (mask)") == true)
    #expect(plan.reason("bold.nii")?.contains("4 volumes") == true)
    #expect(plan.reason("bold.nii")?.contains("--include-4d") == true)
    #expect(plan.reason("t1_srx2.nii")?.contains("output of Residua") == true)
    #expect(try study.plan { $0.includes4D = true }.names == ["bold", "t1"])
  }

  @Test func linksHiddenFoldersAndTheOutputItself() throws {
    try study.scan("real/a.nii")
    try study.scan(".hidden/b.nii")
    try study.scan("real/._a.nii")
    try study.scan("out/earlier.nii")
    try study.link("real/loop", to: "..")
    try study.link("again", to: "real")
    try study.link("file link.nii", to: "real/a.nii")
    try study.link("gone.nii", to: "nowhere.nii")
    try study.link("self", to: "self")
    try study.link("README.md", to: "nowhere")
    try study.scan("earlier/c_srx2.nii")
    try study.put("", at: "earlier/.residua/plan.json")
    try study.link("unfetched.nii.gz", to: "../.git/annex/objects/x/y/SHA256E-s1--0.nii.gz")
    let outside = try StudyFolder()
    try outside.scan("c.nii")
    try study.link("elsewhere", to: outside.url.path)
    let plan = try study.plan(output: "out")
    #expect(plan.names == ["elsewhere/c", "file link", "real/a"])
    #expect(
      plan.refused.map(\.what) == ["README.md", "again", "gone.nii", "real/loop", "self", "unfetched.nii.gz"])
    #expect(plan.damaged.map(\.what) == ["gone.nii", "self", "unfetched.nii.gz"])
    #expect(plan.notes.contains { $0.hasPrefix("earlier: holds results") })
    #expect(plan.reason("again")?.contains("part of the input already") == true)
    #expect(plan.reason("self")?.contains("leads back to itself") == true)
    #expect(plan.reason("unfetched.nii.gz")?.contains("datalad get") == true)
  }

  @Test func namesThatSomeFileSystemTakesForOneAreTakenApart() throws {
    for name in ["s/x.nii", "s/x.nii.gz", "s/X.nii.gz", "s/x_2.nii", "S/y.nii", "s/caf\u{E9}.nii", "s/cafe\u{301}.nii"]
    {
      try study.scan(name)
    }
    let plan = try study.plan { $0.results.uncertainty = true }
    #expect(plan.jobs.count == 7)
    let keys = plan.jobs.flatMap(\.outputs.all).map { $0.precomposedStringWithCanonicalMapping.lowercased() }
    #expect(Set(keys).count == keys.count)
    #expect(Set(plan.names).isSuperset(of: ["s/X", "s/x_2", "s/x_3", "s/x_4", "S/y"]))
    #expect(plan.jobs.first { $0.name == "s/x_2" }?.input.lastPathComponent == "x_2.nii")
    #expect(plan.notes.count == 3)
    #expect(try study.plan { $0.results.uncertainty = true }.jobs == plan.jobs)
    // Every input can be opened under the name that the plan gives it.
    for job in plan.jobs { _ = try VolumeFile.open(job.input) }
  }

  @Test func namesThatCannotBe() throws {
    try study.scan(String(repeating: "n", count: 245) + ".nii.gz")
    try study.scan("a.nii")
    let bytes: [UInt8] = Array(study.url.path.utf8) + [0x2F, 0xE9, 0x2E, 0x6E, 0x69, 0x69, 0]
    let source = try study.file("a.nii").path
    #expect(
      bytes.withUnsafeBufferPointer { to in
        link(source, UnsafeRawPointer(to.baseAddress!).assumingMemoryBound(to: CChar.self))
      } == 0)
    let plan = try study.plan()
    #expect(plan.names == ["a"])
    #expect(plan.refused.count == 2)
    #expect(plan.refused.contains { $0.reason.contains("too long") })
    #expect(plan.refused.contains { $0.reason.contains("UTF-8") })
  }

  @Test func foldersThatCannotBeSearched() throws {
    try study.scan("a.nii")
    #expect(throws: SuperResolutionError.self) { _ = try study.plan(output: ".") }
    var request = BatchRequest(source: .folder(study.url.appendingPathComponent("none")), output: study.url)
    #expect(throws: VolumeError.self) { _ = try BatchPlanner(request).plan() }
    request.source = .folder(try study.file("a.nii"))
    #expect(throws: VolumeError.self) { _ = try BatchPlanner(request).plan() }
  }
}
