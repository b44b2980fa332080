import Foundation
import SuperResolution
import Testing
import Volumes

/// What `batch` makes of a BIDS dataset, judged by the validator of BIDS itself (`bids-validator-deno`).
@Suite struct BidsDerivativeTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    func put(_ text: String, _ name: String) throws {
      let url = URL(fileURLWithPath: folder.path(name))
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
    try put(
      #"{"Name": "Two heads", "BIDSVersion": "1.8.0", "License": "CC0", "Authors": ["A. Author", "B. Author"], "DatasetDOI": "doi:10.18112/openneuro.ds002748.v1.0.5"}"#,
      "raw/dataset_description.json")
    try put(
      "Two phantoms that stand in for heads, for a test of what is made of them. Nothing in them is real.\n",
      "raw/README")
    try put(#"{"MagneticFieldStrength": 3, "EchoTime": 0.004}"#, "raw/T1w.json")
    for name in [
      "sub-01/anat/sub-01_T1w", "sub-01/anat/sub-01_acq-fast_rec-norm_run-1_T2w",
      "sub-02/ses-a/anat/sub-02_ses-a_FLAIR",
      "sub-02/ses-a/anat/sub-02_ses-a_T1w",
    ] {
      try put(#"{"EchoTime": 0.003, "Manufacturer": "Phantom"}"#, "raw/\(name).json")
      try write(phantom((9, 8, 3)), to: folder.path("raw/\(name).nii.gz"))
    }
    try put("{}", "raw/sub-01/func/x.json")
    try put(
      #"{"Name": "Segmentation", "BIDSVersion": "1.8.0", "DatasetType": "derivative", "GeneratedBy": [{"Name": "x"}]}"#,
      "raw/derivatives/seg/dataset_description.json")
    for (session, name) in [
      ("sub-01", "sub-01_desc-aseg_dseg"), ("sub-01", "sub-01_acq-fast_rec-norm_run-1_desc-aseg_dseg"),
      ("sub-02/ses-a", "sub-02_ses-a_desc-aseg_dseg"),
    ] {
      let path = "raw/derivatives/seg/\(session)/anat/\(name).nii.gz"
      try put("", path)
      let labels = Volume(header: phantom((9, 8, 3)).header, values: (0..<216).map { Double($0 % 3) })
      try write(labels, to: folder.path(path), type: .uint8)
    }
  }

  private static var validator: URL {
    if let folder = ProcessInfo.processInfo.environment["RESIDUA_WITNESSES"] {
      return URL(fileURLWithPath: folder).appendingPathComponent("bin/bids-validator-deno")
    }
    // .build/PLATFORM/release/residua
    var build = Tool.program.deletingLastPathComponent()
    while build.lastPathComponent != ".build", build.path != "/" { build.deleteLastPathComponent() }
    return build.appendingPathComponent("witnesses/bin/bids-validator-deno")
  }

  /// Errors as `code location`.
  private func errors(of dataset: String) throws -> [String] {
    let process = Process()
    process.executableURL = Self.validator
    process.arguments = [dataset, "--format", "json"]
    let output = Pipe()
    process.standardOutput = output
    do { try process.run() } catch {
      Issue.record("\(Self.validator.path) is missing: run bash Examples/install-dependencies.sh --tests")
      return []
    }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let json = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    let issues = try #require((json["issues"] as? [String: Any])?["issues"] as? [[String: Any]])
    return issues.filter { $0["severity"] as? String == "error" }
      .map { "\($0["code"] ?? "") \($0["subCode"] ?? "") \($0["location"] ?? "")" }
  }

  @Test func theValidatorAcceptsTheDerivative() throws {
    let out = folder.path("raw/derivatives/residua")
    let outcome = try Tool.run([
      "batch", folder.path("raw"), out, "participant", "--participant-label", "01", "sub-02", "--uncertainty",
      "--preview",
      "--keep-samples", "--steps", "1", "--samples", "2", "--quiet", "--regions", "desc-aseg_dseg", "--labels-along",
      "desc-aseg_dseg", "--mask", "desc-aseg_dseg",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    for name in [
      "sub-01/anat/sub-01_rec-srx2_T1w.nii.gz", "sub-01/anat/sub-01_rec-srx2_desc-sigma_T1w.nii.gz",
      "sub-01/anat/sub-01_rec-srx2_desc-sigma_T1w.json", "sub-01/anat/sub-01_acq-fast_rec-normsrx2_run-1_T2w.nii.gz",
      "sub-02/ses-a/anat/sub-02_ses-a_rec-srx2_FLAIR.json", "sub-02/ses-a/figures/sub-02_ses-a_rec-srx2_FLAIR.png",
      "sub-01/anat/sub-01_rec-srx2_T1w_samples/sample-1.nii.gz", "sub-01/anat/sub-01_rec-srx2_T1w_regions.tsv",
      "sub-02/ses-a/anat/sub-02_ses-a_rec-srx2_desc-asegFLAIR_dseg.nii.gz",
      "sub-02/ses-a/anat/sub-02_ses-a_rec-srx2_desc-asegT1w_dseg.nii.gz", "README.md", "dataset_description.json",
    ] { #expect(FileManager.default.fileExists(atPath: "\(out)/\(name)"), "\(name)") }
    #expect(try errors(of: out) == [])

    // It would notice: a file that BIDS has no name for.
    try Data().write(to: URL(fileURLWithPath: "\(out)/sub-01/anat/sub-01_srx2_T1w.nii.gz"))
    #expect(try !errors(of: out).isEmpty)
  }

  @Test func sidecarsSayWhereTheyComeFrom() throws {
    let out = folder.path("out")
    let outcome = try Tool.run([
      "batch", folder.path("raw"), out, "--participant-label", "01", "--suffix", "T1w", "--uncertainty",
      "--skull-stripped",
      "--steps", "1", "--samples", "2", "--quiet",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    func json(_ name: String) throws -> [String: Any] {
      let data = try Data(contentsOf: URL(fileURLWithPath: "\(out)/\(name)"))
      return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }
    let estimate = try json("sub-01/anat/sub-01_rec-srx2_T1w.json")
    #expect(estimate["Sources"] as? [String] == ["bids:raw:sub-01/anat/sub-01_T1w.nii.gz"])
    #expect(estimate["MagneticFieldStrength"] as? Int == 3)
    #expect(estimate["EchoTime"] as? Double == 0.003)
    #expect(estimate["SkullStripped"] as? Bool == true)
    #expect(estimate["Residua"] is [String: Any])
    let deviation = try json("sub-01/anat/sub-01_rec-srx2_desc-sigma_T1w.json")
    #expect((deviation["Description"] as? String)?.contains("sigma") == true)
    #expect(deviation["Sources"] as? [String] == ["bids:raw:sub-01/anat/sub-01_T1w.nii.gz"])
    #expect(deviation["EchoTime"] == nil)
    let dataset = try json("dataset_description.json")
    #expect(dataset["DatasetLinks"] as? [String: String] == ["raw": "../raw"])
    #expect(dataset["License"] as? String == "CC0")
  }
}
