import Foundation
import Testing
import Volumes

@Suite struct ContrastTests {
  @Test(arguments: [
    ("sub-01_T1w.nii.gz", AcquiredContrast.Kind.t1), ("sub-01_ses-2_acq-hi_T2w.nii", .t2),
    ("stroke_FLAIR.nii.gz", .flair),
    ("sub-16_T1w_cut.nii.gz", .t1), ("sub-1_task-rest_bold.nii.gz", .echoPlanar), ("x_PDw.hdr", .protonDensity),
    ("sub-01_T1w_to_T2w.nii.gz", .t2),
  ]) func aNameThatSaysIt(name: String, kind: AcquiredContrast.Kind) {
    #expect(AcquiredContrast(fileName: name)?.kind == kind)
  }

  @Test(arguments: ["scan.nii.gz", "sub-01_space-T1w_mask.nii.gz", "head_MR.nii.gz", ".nii", "", "T1wish.nii"])
  func aNameThatDoesNot(name: String) { #expect(AcquiredContrast(fileName: name) == nil) }

  /// dcm2niix 1.0.2022 wrote these for scans of a Prisma and of a GE 3T: times in seconds, terms joined in two ways.
  @Test(arguments: [
    (
      #"{"Modality": "MR", "EchoTime": 0.00298, "RepetitionTime": 2.3, "InversionTime": 0.9, "FlipAngle": 9, "ScanningSequence": "GR\\IR", "SequenceVariant": "SK\\SP\\MP"}"#,
      "mr", "T1-weighted"
    ),
    (#"{"EchoTime": 0.395, "RepetitionTime": 5, "InversionTime": 1.8, "ScanningSequence": "SE_IR"}"#, "mr", "FLAIR"),
    (#"{"EchoTime": 0.102, "RepetitionTime": 4.1, "ScanningSequence": "SE"}"#, "mr", "T2-weighted"),
    (#"{"EchoTime": 0.012, "RepetitionTime": 2.5, "ScanningSequence": "SE"}"#, "mr", "proton density"),
    (#"{"EchoTime": 0.011, "RepetitionTime": 0.55, "ScanningSequence": "SE"}"#, "mr", "T1-weighted"),
    (#"{"EchoTime": 0.02, "RepetitionTime": 0.65, "ScanningSequence": "GR", "FlipAngle": 20}"#, "mr", "T2*-weighted"),
    (
      #"{"EchoTime": 0.002, "RepetitionTime": 0.007, "ScanningSequence": "GR", "SequenceVariant": "SP", "FlipAngle": 15}"#,
      "mr", "T1-weighted"
    ),
    (#"{"EchoTime": 0.03, "RepetitionTime": 2, "ScanningSequence": "EP\\GR"}"#, "mr", "echo-planar"),
    (
      #"{"EchoTime": 0.002, "RepetitionTime": 0.004, "ScanningSequence": "GR", "SequenceVariant": "SS", "FlipAngle": 60}"#,
      "unknown", nil
    ),
    (#"{"Modality": "CT"}"#, "ct", nil), (#"{"Modality": "PT"}"#, "other", nil), ("{}", "unknown", nil),
    ("[", "unknown", nil),
    (#"{"EchoTime": "long", "ScanningSequence": 3}"#, "unknown", nil),
  ]) func aSidecar(text: String, modality: String, contrast: String?) throws {
    let header = try read("scan", sidecar: text)
    #expect(header.modality.rawValue == modality)
    #expect(header.contrast?.kind.rawValue == contrast)
  }

  @Test func theNameComesFirst() throws {
    let header = try read(
      "sub-01_T2w", sidecar: #"{"EchoTime": 0.011, "RepetitionTime": 0.55, "ScanningSequence": "SE"}"#)
    #expect(header.contrast == AcquiredContrast(.t2, source: "the file's name") && header.modality == .mr)
    #expect(try read("sub-01_T1w", sidecar: #"{"Modality": "CT"}"#).contrast == nil)
  }

  private func read(_ name: String, sidecar: String) throws -> VolumeHeader {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("residua-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let header = VolumeHeader(
      size: (4, 3, 2), frames: 1, geometry: VolumeGeometry(affine: AffineTransform(spacing: [1, 2, 3])),
      acquiredAxis: .k)
    let url = folder.appendingPathComponent("\(name).nii")
    let writer = try NiftiWriter(NiftiOutput(header: header, type: .float32), to: url)
    let volume = Volume(header: header)
    for k in 0..<2 { try writer.writeSlice(volume.readSlice(k, across: .k, frame: 0), at: k, across: .k, frame: 0) }
    try writer.finish()
    try Data(sidecar.utf8).write(to: folder.appendingPathComponent("\(name).json"))
    return try VolumeFile.open(url).header
  }
}
