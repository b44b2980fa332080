import BulkProcessing
import Foundation
import SuperResolution
import Testing

/// How masks and label maps are found beside scans.
@Suite struct CompanionPlanTests {
  let study: StudyFolder

  init() throws { study = try StudyFolder() }

  private func plan(_ patterns: CompanionPatterns, _ change: (inout BatchRequest) -> Void = { _ in }) throws
    -> BatchPlan
  {
    try study.plan {
      $0.companions = patterns
      change(&$0)
    }
  }

  @Test func aNameBesideEveryScan() throws {
    for name in ["a/t1.nii", "a/brain.nii.gz", "b/t1.nii.gz", "b/brain.nii.gz", "c/t1.nii"] { try study.scan(name) }
    let plan = try plan(.init(mask: "brain.nii.gz"))
    // What goes along is no scan, and one that lacks it is not done in another way than asked.
    #expect(plan.names == ["a/t1", "b/t1"])
    #expect(try plan.jobs.map(\.companions.mask) == [study.file("a/brain.nii.gz"), study.file("b/brain.nii.gz")])
    #expect(plan.damaged.map(\.what) == ["c/t1.nii"])
    #expect(plan.reason("c/t1.nii") == "--mask: brain.nii.gz is not there")
    #expect(plan.jobs[0].outputs.all == ["a/t1_srx2.nii"])
  }

  @Test func patterns() throws {
    for name in ["in/s1/t1.nii.gz", "in/s1/t2 [x].nii", "labels/s1/t1_aseg.nii.gz", "labels/s1/t2 [x]_v2_aseg.nii"] {
      try study.scan(name)
    }
    func plan(_ text: String) throws -> BatchPlan {
      var request = BatchRequest(source: .folder(study.url.appendingPathComponent("in")), output: study.url)
      request.companions.regions = text
      request.companions.labels = text
      return try BatchPlanner(request).plan()
    }
    for text in ["../../labels/{folder}/{name}*_aseg.nii*", "\(study.url.path)/labels/{folder}/{name}*aseg.*"] {
      let found = try plan(text)
      #expect(found.names == ["s1/t1", "s1/t2 [x]"], "\(found.refused)")
      #expect(
        found.jobs.map { $0.companions.regions?.lastPathComponent } == ["t1_aseg.nii.gz", "t2 [x]_v2_aseg.nii"])
      #expect(
        found.jobs.flatMap(\.outputs.all) == [
          "s1/t1_srx2.nii.gz", "s1/t1_srx2_regions.tsv", "s1/t1_srx2_labels.nii.gz", "s1/t2 [x]_srx2.nii",
          "s1/t2 [x]_srx2_regions.tsv", "s1/t2 [x]_srx2_labels.nii",
        ])
    }
    #expect(try plan("../../labels/{folder}/*").damaged.first?.reason.contains("2 files are called") == true)
    let error = #expect(throws: SuperResolutionError.self) { _ = try plan("{subject}_mask.nii") }
    #expect(error?.description.contains("{folder}") == true)
  }

  @Test func bidsEntities() throws {
    try study.put(#"{"Name": "Test", "BIDSVersion": "1.8.0"}"#, at: "dataset_description.json")
    for name in [
      "sub-01/anat/sub-01_acq-a_T1w.nii.gz", "sub-01/anat/sub-01_acq-b_T1w.nii.gz", "sub-02/anat/sub-02_T1w.nii.gz",
      "sub-03/anat/sub-03_T1w.nii.gz", "derivatives/prep/sub-01/anat/sub-01_desc-brain_mask.nii.gz",
      "derivatives/prep/sub-01/anat/sub-01_acq-b_desc-brain_mask.nii.gz",
      "derivatives/prep/sub-01/anat/sub-01_space-MNI_desc-brain_mask.nii.gz",
      "derivatives/prep/sub-02/anat/sub-02_desc-brain_mask.nii.gz",
      "derivatives/other/sub-02/anat/sub-02_desc-brain_mask.nii.gz",
      "derivatives/prep/sub-03/anat/sub-03_space-MNI_desc-brain_mask.nii.gz",
    ] { try study.scan(name) }
    let plan = try plan(.init(mask: "desc-brain_mask"))
    #expect(plan.names == ["sub-01/anat/sub-01_acq-a_T1w", "sub-01/anat/sub-01_acq-b_T1w"])
    #expect(
      plan.jobs.map { $0.companions.mask?.lastPathComponent } == [
        "sub-01_desc-brain_mask.nii.gz", "sub-01_acq-b_desc-brain_mask.nii.gz",
      ])
    #expect(plan.reason("sub-02/anat/sub-02_T1w.nii.gz")?.contains("several would do") == true)
    #expect(plan.reason("sub-03/anat/sub-03_T1w.nii.gz")?.contains("no image desc-brain_mask") == true)
    #expect(plan.damaged.count == 2)
    // A path works here too.
    let byPath = try self.plan(.init(labels: "../../derivatives/prep/{folder}/sub-02_desc-brain_mask.nii.gz")) {
      $0.selection.participants = ["02"]
    }
    #expect(byPath.jobs.map(\.outputs.labels) == ["sub-02/anat/sub-02_rec-srx2_desc-brainT1w_mask.nii.gz"])
  }

  /// An image that goes along with a scan is none itself, though its suffix is that of scans.
  @Test func whatGoesAlongByEntitiesIsNoScan() throws {
    try study.put(#"{"Name": "Test", "BIDSVersion": "1.8.0"}"#, at: "dataset_description.json")
    for name in ["01", "02"] {
      try study.scan("sub-\(name)/anat/sub-\(name)_T1w.nii.gz")
      try study.scan("sub-\(name)/anat/sub-\(name)_acq-segmented_T1w.nii.gz")
    }
    let plan = try plan(.init(labels: "acq-segmented_T1w")) { $0.selection.suffixes = ["T1w"] }
    #expect(plan.names == ["sub-01/anat/sub-01_T1w", "sub-02/anat/sub-02_T1w"], "\(plan.refused)")
    #expect(plan.damaged.isEmpty)
  }

  @Test func columnsOfAList() throws {
    for name in ["a.nii", "b.nii", "c.nii", "m/a.nii", "m/b.nii"] { try study.scan(name) }
    try study.put("input,mask,labels\na.nii,m/a.nii,\nb.nii,,m/b.nii\nc.nii,m/none.nii,\n", at: "jobs.csv")
    let plan = try BatchPlanner(
      BatchRequest(source: .list(study.file("jobs.csv")), output: URL(fileURLWithPath: "/nowhere/out"))
    ).plan()
    #expect(plan.names == ["a", "b"])
    #expect(try plan.jobs[0].companions == Companions(mask: study.file("m/a.nii")))
    #expect(plan.jobs[1].outputs.labels == "b_srx2_labels.nii")
    #expect(plan.damaged.map(\.what) == ["line 4: c.nii"])
  }

  @Test func calibratedOutputsAreNamed() throws {
    try study.scan("a.nii.gz")
    let plan = try study.plan {
      $0.results.calibratedUncertainty = true
      $0.results.interval = true
    }
    #expect(
      plan.jobs[0].outputs.all == [
        "a_srx2.nii.gz", "a_srx2_calibrated_sigma.nii.gz", "a_srx2_lower.nii.gz", "a_srx2_upper.nii.gz",
      ])
  }
}
