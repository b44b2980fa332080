import BulkProcessing
import Foundation
import SuperResolution
import Testing
import Volumes

@Suite(.enabled(if: TestScans.areThere, "needs RESIDUA_DATA"))
struct DicomPlanTests {
  private func plan(_ folder: URL, _ change: (inout BatchRequest) -> Void = { _ in }) throws -> BatchPlan {
    var request = BatchRequest(source: .folder(folder), output: URL(fileURLWithPath: "/nowhere/out"))
    request.includes4D = true
    change(&request)
    return try BatchPlanner(request).plan()
  }

  @Test func everySeriesOfAnArchiveIsAJobOrRefusedWithItsReason() throws {
    let folder = TestScans.folder.appendingPathComponent("dicom").resolvingSymlinksInPath()
    let plan = try plan(folder)
    let archive = try DicomArchive.scan(folder)
    let jobs = plan.jobs.filter { $0.series != nil }
    #expect(jobs.count == archive.series.count { $0.suitability == .suitable })
    for series in archive.series where series.suitability != .suitable {
      let sentence = try #require(series.suitability.sentence)
      #expect(plan.refused.contains { $0.reason == sentence }, "\(series.selector): \(sentence)")
    }
    #expect(jobs.count > 10)
    // The worker finds the same volume by what the job says.
    for job in jobs {
      let files = try #require(job.files).map { (job.input.path + "/" + $0, $0) }
      let header = try DicomArchive.scan(files, archive: job.input.path).select(job.series).open().header
      #expect(job.scan?.voxels == header.size.0 * header.size.1 * header.size.2 * header.frames, "\(job.name)")
    }
  }

  @Test func noHeaderTextEntersAName() throws {
    let folder = TestScans.folder.appendingPathComponent("dicom").resolvingSymlinksInPath()
    let plan = try plan(folder)
    let folders = Set(
      FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }.flatMap {
        $0.split(separator: "/")
      } ?? [])
    for job in plan.jobs where job.series != nil {
      for part in job.name.split(separator: "/") {
        #expect(
          folders.contains(part) || part.wholeMatch(of: /series(-\d+|-[0-9a-f]{8})?(-part-\d+)?(-[0-9a-f]{8})?/) != nil,
          "\(part)")
      }
    }
  }

  @Test func foldersAreNumberedWhereNobodysNameMayShow() throws {
    let study = try StudyFolder()
    let fruit = TestScans.folder.appendingPathComponent("dicom/fruit_mr").resolvingSymlinksInPath()
    try study.link("Doe^Jane/Visit 1", to: fruit.path)
    let chest = TestScans.folder.appendingPathComponent("dicom/chest_ct").resolvingSymlinksInPath()
    try study.link("Abel/Visit 2", to: chest.path)
    let plan = try plan(study.url) { $0.deidentify = true }
    #expect(plan.jobs.count == 2)
    #expect(plan.names.last == "002/001/series-10")
    #expect(plan.names.first?.hasPrefix("001/001/series") == true)
    #expect(plan.notes.contains("Doe^Jane/Visit 1 → 002/001"))
    #expect(!plan.jobs.flatMap(\.outputs.all).joined().contains("Doe"))
  }

  @Test func whatDicomBecomes() throws {
    let fruit = TestScans.folder.appendingPathComponent("dicom/fruit_mr").resolvingSymlinksInPath()
    let dicom = try plan(fruit) { $0.results.uncertainty = true }
    #expect(dicom.jobs[0].outputs.all == ["series-10_srx2", "series-10_srx2_sigma"])
    let mixed = try plan(fruit) {
      $0.results.uncertainty = true
      $0.uncertaintyFormat = .nifti
    }
    #expect(mixed.jobs[0].outputs.all == ["series-10_srx2", "series-10_srx2_sigma.nii.gz"])
    let nifti = try plan(fruit) { $0.dicomOutput = .nifti }
    #expect(nifti.jobs[0].outputs.all == ["series-10_srx2.nii.gz"])
  }
}
