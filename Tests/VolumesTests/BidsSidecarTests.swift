import Foundation
import Testing
import Volumes

@Suite struct BidsSidecarTests {
  private let header = VolumeHeader(
    size: (64, 48, 20), frames: 1, geometry: VolumeGeometry(affine: AffineTransform(spacing: [2, 2, 4])),
    acquiredAxis: .k)

  private let text = """
    {
      "EchoTime": 0.00299999,
      "PhaseEncodingDirection": "j-",
      "ReconMatrixPE": 48, "AcquisitionMatrixPE": 44,
      "EffectiveEchoSpacing": 0.0005, "TotalReadoutTime": 0.0235,
      "BandwidthPerPixelPhaseEncode": 41.6667,
      "SliceThickness": 4, "SpacingBetweenSlices": 4.4,
      "SliceTiming": [0, 0.5, [1, {"a": ","}]],
      "PixelSpacing": [2, 2.5],
      "ImageOrientationPatientDICOM": [1,0,0,0,1,0], "Comment": "braces } and \\"quotes\\", commas", "Last": null
    }
    """

  @Test func fieldsOfTheGridFollowAndOthersStay() throws {
    let folder = try TemporaryFolder()
    try Data(text.utf8).write(to: folder.file("scan.json"))
    try Data("0 1000".utf8).write(to: folder.file("scan.bval"))
    let sidecar = BidsSidecar(beside: folder.file("scan.nii.gz"))
    #expect(!sidecar.isEmpty && sidecar.bvec == nil && sidecar.findings.isEmpty)

    let inPlane = sidecar.upscaled(from: header, to: header.upscaled(by: 2, across: .k))
    let json = try #require(inPlane.json)
    let before = try #require(sidecar.json)
    #expect(json.members.map(\.key) == before.members.map(\.key))
    #expect(json.number("ReconMatrixPE") == 96)
    #expect(abs(json.number("TotalReadoutTime")! - 0.0005 * 95) < 1e-12)
    #expect(abs(json.number("BandwidthPerPixelPhaseEncode")! - 41.6667 / 2) < 1e-9)
    #expect(json.numbers("PixelSpacing") == [1, 1.25])
    for key in [
      "EchoTime", "AcquisitionMatrixPE", "EffectiveEchoSpacing", "SliceThickness", "SliceTiming", "Comment", "Last",
      "ImageOrientationPatientDICOM",
    ] {
      #expect(json[key] == before[key], "\(key)")
    }
    #expect(json["EchoTime"] == "0.00299999")

    let across = try #require(sidecar.upscaled(from: header, to: header.upscaled(by: 2, across: .i)).json)
    #expect(across.number("SliceThickness") == 2 && across.number("SpacingBetweenSlices") == 2.2)
    #expect(across["SliceTiming"] == nil)
    #expect(across.numbers("PixelSpacing") == [1, 2.5])

    let made = try inPlane.write(beside: folder.file("out.nii"), overwrite: false)
    #expect(made.map(\.lastPathComponent) == ["out.json", "out.bval"])
    #expect(try JSONSerialization.jsonObject(with: Data(contentsOf: made[0])) is [String: Any])
    #expect(BidsSidecar(beside: folder.file("out.hdr")).json == inPlane.json)
    #expect(try String(contentsOf: made[1], encoding: .utf8) == "0 1000")
    #expect(throws: VolumeError.self) { try inPlane.write(beside: folder.file("out.nii"), overwrite: false) }
    try inPlane.write(beside: folder.file("out.nii"), overwrite: true)
    #expect(folder.names == ["out.bval", "out.json", "scan.bval", "scan.json"])
  }

  @Test func whatIsNoSidecarIsLeftBehindAndSaid() throws {
    let folder = try TemporaryFolder()
    #expect(BidsSidecar(beside: folder.file("scan.nii")).isEmpty)
    for bad in ["", "[1, 2]", "{\"a\": }", "{\"a\": 1", "\u{0}"] {
      try Data(bad.utf8).write(to: folder.file("scan.json"))
      let sidecar = BidsSidecar(beside: folder.file("scan.nii"))
      #expect(sidecar.isEmpty && sidecar.findings.count == 1, "\(bad)")
    }
    try Data("{}".utf8).write(to: folder.file("scan.json"))
    #expect(BidsSidecar(beside: folder.file("scan.nii")).json?.text == "{}\n")
  }
}
