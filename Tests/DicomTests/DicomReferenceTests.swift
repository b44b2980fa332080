import Foundation
import Testing
import Volumes

/// Volumes read from the data folder against two witnesses: the NIfTI files beside them, and dcm2niix.
@Suite(.enabled(if: TestData.isPresent("DicomReferenceTests"))) struct DicomReferenceTests {
  static func folder(_ path: String) -> URL { TestData.dicom.appendingPathComponent(path) }

  /// 1e-3 mm as promised. Values: float32 rounding of the witness.
  static let largestOffset = 1e-3
  static let relativeDifference = 2e-7

  static let withReference = [
    "anatomical/001", "anatomical/001_implicit", "ge/anatomical/001", "ge/anatomical/001_implicit",
    "ge/anatomical/001_single_slice", "ge/dti/001", "ge/dti/001_implicit", "ge/dti/002", "ge/fmri/001",
    "ge/fmri/001_implicit", "generic/anatomical/001", "generic/anatomical/001_implicit",
    "generic/anatomical/002_non_isotropic", "generic/compressed/001", "generic/compressed_j2k/001",
    "generic/compressed_jpeg/001", "generic/compressed_jpegls/001", "generic/compressed_rle/001",
    "hitachi/anatomical/001", "hitachi/anatomical/001_implicit", "hyperfine/anatomical/001", "philips_enhanced/001",
    "philips_enhanced/001_implicit", "siemens_multiframe/anatomical/001", "failing/slicecount/001",
  ]

  @Test(arguments: withReference) func agreesWithTheNiftiBesideIt(_ name: String) throws {
    let url = Self.folder("vendors/\(name)")
    let reader = try DicomArchive.scan(url).select().open()
    let reference = try #require(try ReferenceVolume(URL(fileURLWithPath: url.path + "_ground_truth.nii.gz")))
    let found = try Comparison(reader, against: reference)
    #expect(found.outside == 0)
    #expect(found.voxels == reference.values.count)
    #expect(found.largestOffset < Self.largestOffset)
    #expect(found.relativeDifference < Self.relativeDifference)
  }

  @Test(
    .enabled(if: Tool.isInstalled("dcm2niix", for: "agreesWithDcm2niix")),
    arguments: withReference.map { "vendors/\($0)" } + ["fruit_mr", "chest_ct", "enhanced/In/Siemens/XA10"])
  func agreesWithDcm2niix(_ name: String) throws {
    // Debian's dcm2niix has no JPEG-LS.
    if name.contains("jpegls") { return }
    let url = Self.folder(name)
    let reader = try DicomArchive.scan(url).select().open()
    let reference = try #require(try Self.converted(url).first)
    let found = try Comparison(reader, against: reference)
    #expect(found.outside == 0)
    #expect(found.voxels == reference.values.count)
    // dcm2niix extends the first gap over the whole stack; with positions of three decimals that drifts by 0.0003 mm a slice.
    #expect(found.largestOffset < (name.hasSuffix("dti/002") ? 1.2e-3 : Self.largestOffset))
    #expect(found.relativeDifference < Self.relativeDifference)
  }

  @Test(.enabled(if: Tool.isInstalled("dcm2niix", for: "separatesPhilipsFieldMap")))
  func separatesPhilipsFieldMap() throws {
    let url = Self.folder("enhanced/In/Philips")
    let series = try DicomArchive.scan(url).series
    #expect(series.map(\.selector) == ["801.1", "801.2"])
    #expect(series.allSatisfy { $0.size == (64, 64, 32) && $0.isUsable })
    for (part, reference) in zip(series, try Self.converted(url)) {
      let found = try Comparison(part.open(), against: reference)
      #expect(found.outside == 0)
      #expect(found.largestOffset < Self.largestOffset)
      // Hz of the field map pass through float32 with an offset of −500.
      #expect(found.relativeDifference < 2e-5)
    }
  }

  /// dcm2niix without its private Philips scaling, in the order of its file names.
  static func converted(_ url: URL) throws -> [ReferenceVolume] {
    try TestData.withFolder("dcm2niix") { out in
      let tool = try #require(Tool("dcm2niix", for: "comparison"))
      try tool(["-z", "n", "-b", "n", "-p", "n", "-o", out.path, "-f", "%s_%e", url.path])
      return try FileManager.default.contentsOfDirectory(at: out, includingPropertiesForKeys: nil)
        .filter { $0.pathExtension == "nii" }.sorted { $0.path < $1.path }.compactMap { try ReferenceVolume($0) }
    }
  }

  // MARK: What is no plain volume

  @Test func refusesForTheRightReason() throws {
    func suitability(_ name: String) throws -> [String] {
      try DicomArchive.scan(Self.folder(name)).series.map { series in
        switch series.suitability {
        case .suitable: "suitable"
        case .needsGaps(let text): "gaps: \(text)"
        case .refused(let text): "refused: \(text)"
        }
      }
    }
    let missing = try suitability("vendors/failing/sliceincrement/001")
    #expect(missing.count == 1)
    #expect(
      missing[0].hasPrefix(
        "gaps: slice spacing varies from 5 mm to 10 mm between slices 3 and 4: a slice seems to be missing"))
    #expect(try suitability("vendors/failing/sliceincrement/002")[0].contains("between slices 3 and 4: a slice seems"))
    #expect(try suitability("vendors/failing/sliceorientation/001") == ["suitable", "suitable"])
    #expect(try suitability("vendors/generic/rgb/001")[0].hasPrefix("refused: a colour picture (RGB)"))
    #expect(try suitability("transfer_syntaxes/In").allSatisfy { $0.hasPrefix("refused: a Siemens mosaic") })
    let mixed = try DicomArchive.scan(Self.folder("vendors/failing/sliceorientation/001"))
    #expect(mixed.series.allSatisfy { $0.findings.contains { $0.text.contains("mixes orientations") } })
    #expect(throws: VolumeError.self) { try mixed.select() }
    let tilted = try DicomArchive.scan(Self.folder("vendors/failing/gantrytilting/001")).select()
    #expect(tilted.findings.contains { $0.text.hasPrefix("gantry tilt of 14°") })
    // A CT bolus monitor: one place, four acquisitions, and no time in the headers.
    #expect(
      try suitability("vendors/failing/notavolume/001")[0].hasPrefix("refused: every picture lies at the same position")
    )
  }

  @Test func fillsAMissingSliceOnRequest() throws {
    let series = try DicomArchive.scan(Self.folder("vendors/failing/sliceincrement/001")).select()
    #expect(throws: VolumeError.self) { try series.open() }
    let reader = try series.open(.init(allowGaps: true))
    #expect(reader.header.size.2 == 5)
    let (below, filled, above) = (
      try reader.readSlice(2, across: .k, frame: 0), try reader.readSlice(3, across: .k, frame: 0),
      try reader.readSlice(4, across: .k, frame: 0)
    )
    for index in stride(from: 0, to: filled.values.count, by: 97) {
      #expect(abs(filled.values[index] - (below.values[index] + above.values[index]) / 2) < 1e-4)
    }
    #expect(reader.header.findings.contains { $0.text.contains("1 of 5 slices are interpolated") })
  }

  @Test func readsSlicesAcrossEveryAxis() throws {
    let reader = try DicomArchive.scan(Self.folder("vendors/hyperfine/anatomical/001")).select().open()
    let (w, h, d) = reader.header.size
    let stored = try (0..<d).map { try reader.readSlice($0, across: .k, frame: 0) }
    #expect(reader.scratchBytes == 0)
    for i in [0, 3, w - 1] {
      let slice = try reader.readSlice(i, across: .i, frame: 0)
      #expect(slice.width == h && slice.height == d)
      for k in 0..<d { for j in 0..<h { #expect(slice.values[k * h + j] == stored[k].values[j * w + i]) } }
    }
    let slice = try reader.readSlice(5, across: .j, frame: 0)
    for k in 0..<d { for i in 0..<w { #expect(slice.values[k * w + i] == stored[k].values[5 * w + i]) } }
    #expect(reader.scratchBytes > 0)
  }
}
