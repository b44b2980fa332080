import BulkProcessing
import Foundation
import SuperResolution
import Testing

@Suite struct BidsPlanTests {
  let study: StudyFolder

  init() throws {
    study = try StudyFolder()
    try study.put(#"{"Name": "Test", "BIDSVersion": "1.8.0"}"#, at: "dataset_description.json")
    try study.put("sub-03/\n*_FLAIR.nii.gz\n", at: ".bidsignore")
    try study.put(#"{"FlipAngle": 9, "EchoTime": 0.1}"#, at: "T1w.json")
    try study.put(#"{"EchoTime": 0.2}"#, at: "sub-01/sub-01_T1w.json")
    try study.put("{}", at: "sub-01/anat/sub-01_acq-other_T1w.json")
    try study.put("{}", at: "sub-01/anat/sub-01_rec-norm_T1w.json")
    for name in [
      "sub-01/anat/sub-01_rec-norm_T1w.nii.gz", "sub-01/anat/sub-01_FLAIR.nii.gz", "sub-01/anat/sub-01_UNIT1.nii.gz",
      "sub-02/ses-a/anat/sub-02_ses-a_run-1_part-phase_T2w.nii.gz",
      "sub-02/ses-a/anat/sub-02_ses-a_run-1_part-mag_T2w.nii.gz",
      "sub-02/ses-b/anat/sub-02_ses-b_T1w.nii", "sub-03/anat/sub-03_T1w.nii.gz", "sub-02/ses-b/anat/mine.nii.gz",
      "derivatives/other/sub-01/anat/sub-01_T1w.nii.gz", "sourcedata/sub-01_T1w.nii.gz",
    ] { try study.scan(name) }
    try study.scan("sub-02/ses-a/func/sub-02_ses-a_task-rest_bold.nii.gz", frames: 3)
  }

  @Test func theUsualImagesOfADataset() throws {
    let plan = try study.plan(output: "derivatives/residua") {
      $0.results = .init(uncertainty: true, preview: true, samples: true)
    }
    #expect(
      plan.names == [
        "sub-01/anat/sub-01_rec-norm_T1w", "sub-02/ses-a/anat/sub-02_ses-a_run-1_part-mag_T2w",
        "sub-02/ses-b/anat/sub-02_ses-b_T1w",
      ])
    #expect(
      plan.jobs[0].outputs.all == [
        "sub-01/anat/sub-01_rec-normsrx2_T1w.nii.gz", "sub-01/anat/sub-01_rec-normsrx2_desc-sigma_T1w.nii.gz",
        "sub-01/figures/sub-01_rec-normsrx2_T1w.png", "sub-01/anat/sub-01_rec-normsrx2_T1w_samples",
      ])
    #expect(
      plan.jobs[1].outputs.estimate == "sub-02/ses-a/anat/sub-02_ses-a_rec-srx2_run-1_part-mag_T2w.nii.gz")
    #expect(plan.jobs[2].outputs.preview == "sub-02/ses-b/figures/sub-02_ses-b_rec-srx2_T1w.png")
    #expect(plan.refused.map(\.what) == ["sub-02/ses-a/anat/sub-02_ses-a_run-1_part-phase_T2w.nii.gz"])
    #expect(
      plan.notes.contains { $0.contains("UNIT1 (1), bold (1)") || $0.contains("bold (1)") && $0.contains("UNIT1 (1)") })
    #expect(plan.notes.contains { $0.hasPrefix("2 images are left out by .bidsignore") })
    #expect(plan.derivative?.sourcePath == "../..")
  }

  @Test func whatIsInheritedComesInOrder() throws {
    let plan = try study.plan()
    let bids = try #require(plan.jobs[0].bids)
    #expect(bids.source == "bids:raw:sub-01/anat/sub-01_rec-norm_T1w.nii.gz")
    #expect(bids.inherited.map(\.lastPathComponent) == ["T1w.json", "sub-01_T1w.json"])
  }

  @Test func selections() throws {
    func names(_ selection: BidsSelection) throws -> [String] { try study.plan { $0.selection = selection }.names }
    #expect(try names(.init(participants: ["02"])).count == 2)
    #expect(try names(.init(participants: ["sub-02"], sessions: ["b"])) == ["sub-02/ses-b/anat/sub-02_ses-b_T1w"])
    #expect(try names(.init(suffixes: ["bold"])) == ["sub-02/ses-a/func/sub-02_ses-a_task-rest_bold"])
    #expect(try names(.init(suffixes: ["inplaneT2"])) == [])
    let error = #expect(throws: SuperResolutionError.self) {
      _ = try names(.init(participants: ["02", "07"], sessions: ["z"]))
    }
    for word in ["07", "There are: 01, 02, 03", "session-label z"] {
      #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    }
  }

  @Test func aTreeIfAskedFor() throws {
    let plan = try study.plan { $0.layout = .tree }
    #expect(plan.names.contains("derivatives/other/sub-01/anat/sub-01_T1w"))
    #expect(plan.derivative == nil)
  }

  @Test func entitiesStandInTheOrderOfTheSpecification() throws {
    // BIDS 1.10, appendix "Entity table".
    for (name, expected) in [
      ("sub-1_T1w.nii", "sub-1_rec-srx2_T1w.nii"),
      ("sub-1_ses-2_run-1_T1w.nii.gz", "sub-1_ses-2_rec-srx2_run-1_T1w.nii.gz"),
      ("sub-1_acq-a_ce-b_echo-1_T1w.nii", "sub-1_acq-a_ce-b_rec-srx2_echo-1_T1w.nii"),
      ("sub-1_rec-a_run-2_T1w.nii", "sub-1_rec-asrx2_run-2_T1w.nii"),
      ("sub-1_task-x_dir-AP_bold.nii", "sub-1_task-x_rec-srx2_dir-AP_bold.nii"),
    ] {
      #expect(BidsName(name)?.adding("srx2", to: "rec").fileName == expected)
    }
    #expect(
      BidsName("sub-1_desc-preproc_T1w.nii")?.adding("sigma", to: "desc").fileName == "sub-1_desc-preprocsigma_T1w.nii")
    for bad in ["scan.nii", "sub-_T1w.nii", "sub-01_T1 w.nii", "sub-01__T1w.nii", "sub-01", "-a_T1w.nii"] {
      #expect(BidsName(bad).map { $0["sub"] == nil } ?? true, "\(bad)")
    }
  }

  @Test func ignoringFollowsGit() throws {
    // The same patterns and paths through git: `git check-ignore --no-index`, in a repository whose .gitignore they are.
    let patterns = ["*.tmp", "/top", "sub-01/", "a/b", "**/deep/x", "c/**", "keep*", "!keep-me", "d/*/f", "[xy].nii"]
    let paths = [
      "q/file.tmp", "top", "q/top", "sub-01/anat/x", "q/sub-01/z", "sub-01x/z", "a/b", "q/a/b", "a/b/c", "deep/x",
      "q/r/deep/x",
      "c/d", "c", "keepthis", "keep-me", "q/keep-me", "d/e/f", "d/e/g/f", "x.nii", "z.nii",
    ]
    let folder = try StudyFolder()
    try folder.put(patterns.joined(separator: "\n"), at: ".gitignore")
    func git(_ arguments: [String]) throws -> String {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/git")
      process.arguments = ["-C", folder.url.path] + arguments
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let data = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return String(decoding: data, as: UTF8.self)
    }
    _ = try git(["init", "-q"])
    // git tells folders by what is there.
    for path in paths where !paths.contains(where: { $0.hasPrefix(path + "/") }) { try folder.put("", at: path) }
    let ignored = Set(try git(["check-ignore", "--no-index"] + paths).split(separator: "\n").map(String.init))
    let ours = BidsIgnore(patterns.joined(separator: "\n"))
    for path in paths { #expect(ours.ignores(path) == ignored.contains(path), "\(path)") }
    #expect(ignored.count > 8 && ignored.count < paths.count)
  }

  @Test func theDatasetIsDescribedOnceAndNoOtherIsTakenOver() throws {
    let plan = try study.plan()
    let out = study.url.appendingPathComponent("out")
    try plan.prepare(out)
    let first = try Data(contentsOf: out.appendingPathComponent("dataset_description.json"))
    try plan.prepare(out)
    #expect(try Data(contentsOf: out.appendingPathComponent("dataset_description.json")) == first)
    try study.put(
      #"{"Name": "fMRIPrep", "BIDSVersion": "1.8.0", "GeneratedBy": [{"Name": "fMRIPrep"}]}"#,
      at: "other/dataset_description.json")
    let error = #expect(throws: SuperResolutionError.self) {
      try plan.prepare(study.url.appendingPathComponent("other"))
    }
    #expect(error?.description.contains("fMRIPrep") == true)
  }
}
