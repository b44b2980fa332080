import DicomSamples
import Foundation
import Testing
import Volumes

/// Outputs made from real headers, judged by programs that share nothing with this one: dciodvfy, dcm2niix, Orthanc.
@Suite(.enabled(if: TestData.isPresent("DicomProofTests")), .serialized) struct DicomProofTests {
  static let sources = [
    "fruit_mr", "chest_ct", "vendors/anatomical/001", "vendors/ge/fmri/001",
    "vendors/generic/anatomical/002_non_isotropic",
    "vendors/generic/compressed_j2k/001", "vendors/hitachi/anatomical/001", "vendors/hyperfine/anatomical/001",
    "vendors/philips_enhanced/001", "vendors/siemens_multiframe/anatomical/001", "enhanced/In/Siemens/XA10",
    "enhanced/In/Philips", "vendors/failing/gantrytilting/001",
  ]

  /// Every series of the data folder that reads, gaps allowed: the folder that holds it, and its selector.
  static let readable: [Readable] = {
    guard let paths = FileManager.default.enumerator(atPath: TestData.dicom.path) else { return [] }
    let folders = Set(paths.compactMap { ($0 as? String)?.split(separator: "/").dropLast().joined(separator: "/") })
    return folders.sorted().flatMap { folder -> [Readable] in
      // Only where files lie: what is above them would find them again.
      guard !folders.contains(where: { $0.hasPrefix(folder + "/") || (folder.isEmpty && !$0.isEmpty) }) else {
        return []
      }
      let archive = try? DicomArchive.scan(TestData.dicom.appendingPathComponent(folder))
      return (archive?.series ?? []).filter(\.isUsable).map { Readable(folder: folder, selector: $0.selector) }
    }
  }()

  struct Readable: CustomTestStringConvertible {
    let folder: String
    let selector: String
    var testDescription: String { "\(folder) \(selector)" }
  }

  static func series(_ name: String) throws -> DicomSeries {
    let archive = try DicomArchive.scan(TestData.dicom.appendingPathComponent(name))
    return try #require(archive.series.first { $0.isUsable })
  }

  /// What a derived object may be warned of where its source is not; the reasons stand in Docs/Reference/DicomConformance.md.
  static let exceptions = [
    // MR values that need a rescale: the classic MR object has no place for one.
    "Non-identity Modality LUT Module", "not present in standard DICOM IOD - (0x0028,0x1052)",
    "not present in standard DICOM IOD - (0x0028,0x1053)", "not present in standard DICOM IOD - (0x0028,0x1054)",
    "Dicom dataset contains attributes not present in standard DICOM IOD",
    // A source without Laterality where it is mandatory: an error there, an empty value with a warning here.
    "is only permitted to be empty when actually unknown; should be absent (not empty) if an unpaired body part",
    // Values of ImageType that enhanced objects know and classic ones do not.
    "Unrecognized defined term <T1> for value 3 of attribute <Image Type>",
    "Unrecognized defined term <T2> for value 3 of attribute <Image Type>",
  ]

  private func complaints(_ url: URL) throws -> Set<String> {
    let tool = try #require(Tool("dciodvfy", for: "DicomProofTests"))
    let lines = try tool([url.path]).output.split(separator: "\n").map(String.init)
    return Set(lines.filter { $0.contains("Error") || $0.contains("Warning") })
  }

  @Test func theDataFolderHoldsWhatIsExpected() {
    #expect(Self.readable.count >= 36, "\(Self.readable.map(\.testDescription))")
  }

  @Test(.enabled(if: Tool.isInstalled("dciodvfy", for: "dciodvfyAccepts")), arguments: readable)
  func dciodvfyAccepts(_ readable: Readable) throws {
    try TestData.withFolder("proof") { folder in
      let archive = try DicomArchive.scan(TestData.dicom.appendingPathComponent(readable.folder))
      let series = try archive.select(readable.selector)
      let made = try DicomParametricMapTests.map(of: series, in: folder) { abs($0) / 50 }
      let known = try series.files.prefix(4).reduce(into: Set<String>()) { $0.formUnion(try complaints($1)) }
      func isNew(_ line: String) -> Bool {
        !known.contains(line) && !Self.exceptions.contains { line.contains($0) }
      }
      let plain = folder.appendingPathComponent("plain")
      let writer = try DicomSeriesWriter(
        folder: plain, header: made.reader.header.upscaled(by: 2, across: .k), source: series,
        derivation: DicomSeriesWriterTests.derivation(.uncertainty))
      try DicomSeriesWriterTests.write(made.reader, to: writer)
      for output in [
        made.series.appendingPathComponent("00001.dcm"), plain.appendingPathComponent("00001.dcm"), made.map,
      ] {
        for line in try complaints(output) {
          #expect(!line.contains("Error"), "\(output.lastPathComponent): \(line)")
          #expect(!isNew(line), "\(output.path): \(line)")
        }
      }
    }
  }

  /// The derived series through dcm2niix against our own NIfTI output: half a quantisation step, 1e-3 mm.
  @Test(
    .enabled(if: Tool.isInstalled("dcm2niix", for: "dcm2niixReadsTheSameVolume")),
    arguments: sources.filter { !$0.contains("tilting") })
  func dcm2niixReadsTheSameVolume(_ name: String) throws {
    try TestData.withFolder("proof") { folder in
      let series = try Self.series(name)
      let reader = try series.open()
      let header = reader.header.upscaled(by: 2, across: .k)
      let derived = try DicomSeriesWriter(
        folder: folder.appendingPathComponent("sr"), header: header, source: series,
        derivation: DicomSeriesWriterTests.derivation())
      try DicomSeriesWriterTests.write(reader, to: derived, adding: 0.3)
      let url = folder.appendingPathComponent("own.nii")
      let own = try NiftiWriter(NiftiOutput(header: header), to: url)
      try DicomSeriesWriterTests.write(reader, to: own, adding: 0.3)
      let ours = try VolumeFile.open(url)
      let theirs = try #require(try DicomReferenceTests.converted(folder.appendingPathComponent("sr")).first)
      let found = try Comparison(ours, against: theirs)
      let step = try #require(derived.quantisation?.slope)
      #expect(found.outside == 0 && found.voxels == theirs.values.count)
      #expect(found.largestOffset < 1e-3)
      // Both sides pass through float32.
      #expect(found.largestDifference <= step / 2 + 3e-7 * found.largestMagnitude)
    }
  }

  /// NIfTI in, DICOM out: dcm2niix turns this sagittal series so that its slices lie across the first axis, and flips rows.
  @Test(.enabled(if: Tool.isInstalled("dcm2niix", for: "niftiTakesItsHeaderFromAReference")))
  func niftiTakesItsHeaderFromAReference() throws {
    try TestData.withFolder("proof") { folder in
      let tool = try #require(Tool("dcm2niix", for: "niftiTakesItsHeaderFromAReference"))
      let input = TestData.dicom.appendingPathComponent("fruit_mr")
      try tool(["-z", "n", "-b", "n", "-o", folder.path, "-f", "fruit", input.path])
      let nifti = folder.appendingPathComponent("fruit.nii")
      let reader = try VolumeFile.open(nifti)
      #expect(reader.header.size == (24, 256, 256))
      let out = folder.appendingPathComponent("out")
      let series = try DicomArchive.scan(input).select()
      let writer = try DicomSeriesWriter(
        folder: out, header: reader.header, source: series, derivation: DicomSeriesWriterTests.derivation())
      for k in 0..<256 {
        try writer.writeSlice(try reader.readSlice(k, across: .k, frame: 0), at: k, across: .k, frame: 0)
      }
      try writer.finish()
      let again = try DicomArchive.scan(out).select()
      #expect(again.size.2 == 24)
      let found = try Comparison(again.open(), against: try #require(try ReferenceVolume(nifti)))
      #expect(found.outside == 0 && found.largestOffset < 1e-3 && found.largestDifference == 0)
    }
  }

  /// Headers as poor as a reader accepts, classic and enhanced, MR and CT, with and without the basic profile.
  @Test(
    .enabled(if: Tool.isInstalled("dciodvfy", for: "poorHeadersGiveSoundObjects")),
    arguments: ["MR", "CT"].flatMap { m in [true, false].flatMap { e in [true, false].map { (m, e, $0) } } })
  func poorHeadersGiveSoundObjects(_ modality: String, _ isEnhanced: Bool, _ deidentify: Bool) throws {
    try TestData.withFolder("proof") { folder in
      let input = folder.appendingPathComponent("in")
      try FileManager.default.createDirectory(at: input, withIntermediateDirectories: true)
      if isEnhanced {
        var object = DicomEnhancedSample.object(slices: 3)
        object.set(0x0008_0060, "CS", modality)
        object.set(0x0008_0016, "UI", modality == "CT" ? "1.2.840.10008.5.1.4.1.1.2.1" : "1.2.840.10008.5.1.4.1.1.4.1")
        object.set(0x0008_0008, "CS", "ORIGINAL\\PRIMARY\\" + (modality == "CT" ? "AXIAL" : "M"))
        try object.write(to: input.appendingPathComponent("e"))
      } else {
        for k in 0..<3 { try DicomSample.slice(k, modality: modality).write(to: input.appendingPathComponent("\(k)")) }
      }
      let series = try DicomArchive.scan(input).select()
      let made = try DicomParametricMapTests.map(of: series, in: folder, deidentify: deidentify) { abs($0) / 50 }
      for output in [made.series.appendingPathComponent("00001.dcm"), made.map] {
        for line in try complaints(output) { #expect(!line.contains("Error"), "\(output.lastPathComponent): \(line)") }
      }
    }
  }
}
