import DicomSamples
import Foundation
import Testing
import Volumes

/// DICOM through the door: what the options do, and what is said where they do not fit.
@Suite struct DicomCommandTests {
  let folder: TemporaryFolder
  let quick = ["--samples", "2", "--steps", "2"]

  init() throws { folder = try TemporaryFolder() }

  /// A folder with a small series.
  private func series(
    _ name: String, _ count: Int = 3, edit: (Int, inout DicomSample) -> Void = { _, _ in }
  ) throws -> String {
    let url = folder.url.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    try DicomSample.series(count, in: url, edit: edit)
    return url.path
  }

  @discardableResult
  private func upscale(
    _ arguments: [String], status: Int32 = 0, says words: [String] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let outcome = try Tool.run(["upscale"] + arguments + quick)
    #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
    for word in words {
      #expect(outcome.errors.contains(word), "\(outcome.errors)", sourceLocation: sourceLocation)
    }
    return outcome.errors
  }

  private func dump(_ path: String) throws -> DicomDump { try DicomDump(URL(fileURLWithPath: folder.path(path))) }

  private func files(_ name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path(name)).sorted()
  }

  @Test func derivedSeriesWithItsMapAndSidecar() throws {
    let input = try series("in")
    try upscale(
      [input, folder.path("sr"), "--uncertainty", folder.path("sigma")],
      says: ["values were rounded to steps of 1", "names no body part"])
    #expect(folder.contents == ["in", "sigma", "sr", "sr.json"])
    #expect(try files("sr") == ["00001.dcm", "00002.dcm", "00003.dcm"] && files("sigma") == ["00001.dcm"])
    let (derived, map) = (try dump("sr/00001.dcm"), try dump("sigma/00001.dcm"))
    #expect(derived.text(0x0008_103E) == "SAMPLE SR x2" && derived.text(0x0020_000D) == "1.2.3.1")
    #expect(derived.text(0x0008_2111)?.contains("mean of 2 samples, 2 steps, seed 0") == true)
    #expect(map.text(0x0008_0016) == "1.2.840.10008.5.1.4.1.1.30" && map.text(0x0028_0008) == "3")
    #expect(map.items[0x0008_1115]?.first?.text(0x0020_000E) == derived.text(0x0020_000E))
    let sidecar = try String(contentsOfFile: folder.path("sr.json"), encoding: .utf8)
    #expect(sidecar.contains("\"DICOM series 3\"") && sidecar.contains("values were rounded to steps of 1"))
  }

  /// The same numbers whichever way they leave: pixels are the rounded values of the NIfTI output, at the same place.
  @Test func niftiAndDicomOutputsAgree() throws {
    let input = try series("in")
    try upscale([input, folder.path("sr")])
    try upscale([input, folder.path("plain.nii.gz")])
    let (nifti, dicom) = (
      try readVolume(folder.path("plain.nii.gz")),
      try DicomArchive.scan(URL(fileURLWithPath: folder.path("sr"))).select()
    )
    let reader = try dicom.open()
    #expect(reader.header.size == nifti.header.size)
    #expect(
      reader.header.geometry.affine.largestDisplacement(from: nifti.header.geometry.affine, size: nifti.header.size)
        < 1e-5)
    for k in 0..<3 {
      let (own, other) = (
        try reader.readSlice(k, across: .k, frame: 0).values, try nifti.readSlice(k, across: .k, frame: 0).values
      )
      for (a, b) in zip(own, other) { #expect(abs(a - b) <= 0.5001) }
    }
  }

  @Test func uncertaintyInEveryFormat() throws {
    let input = try series("in")
    try upscale(
      [input, folder.path("a"), "--uncertainty", folder.path("as"), "--uncertainty-format", "series"],
      says: ["rescale in the header"])
    #expect(try files("as").count == 3)
    #expect(try dump("as/00001.dcm").text(0x0008_103E) == "SAMPLE SR x2 uncertainty")
    try upscale([input, folder.path("b"), "--uncertainty", folder.path("bs.nii.gz"), "--uncertainty-format", "nifti"])
    let sigma = try readVolume(folder.path("bs.nii.gz"))
    #expect((sigma.values.max() ?? 0) > 0)
    // The same deviation, within half a step of the series.
    let plain = try DicomArchive.scan(URL(fileURLWithPath: folder.path("as"))).select().open()
    let values = try plain.readSlice(1, across: .k, frame: 0).values
    let step = plain.header.rescale.slope
    for (a, b) in zip(values, try sigma.readSlice(1, across: .k, frame: 0).values) { #expect(abs(a - b) < step) }
    try upscale(
      [input, folder.path("c"), "--uncertainty", folder.path("cs"), "--uncertainty-format", "nifti"], status: 1,
      says: ["--uncertainty-format nifti needs a name that ends in .nii"])
    try upscale(
      [input, folder.path("c"), "--uncertainty", folder.path("cs.nii"), "--uncertainty-format", "pmap"], status: 1,
      says: ["--uncertainty-format pmap needs the name of a folder"])
    #expect(!folder.contents.contains("c"))
  }

  @Test func severalSeriesNeedAChoice() throws {
    let input = try series("in")
    for k in 0..<4 {
      var other = DicomSample.slice(k, columns: 9, series: "1.2.3.300", number: 8)
      other.set(0x0008_0018, "UI", "1.2.3.300.\(k)")
      try other.write(to: folder.url.appendingPathComponent("in/other\(k)"))
    }
    try upscale(
      [input, folder.path("sr")], status: 1,
      says: ["several series; choose one with --series", "3  MR  7 × 5 × 3", "8  MR  9 × 5 × 4"])
    try upscale([input, folder.path("sr"), "--series", "9"], status: 1, says: ["no series is called 9", "8  MR"])
    #expect(folder.contents == ["in"])
    try upscale([input, folder.path("sr"), "--series", "8"])
    #expect(try files("sr").count == 4)
    try upscale([input, folder.path("sr2"), "--series", "1.2.3.100"])
    #expect(try files("sr2").count == 3)
  }

  @Test func gapsAreFilledOnRequest() throws {
    let input = try series("in", 4) { k, s in
      s.set(0x0020_0032, "DS", "-10\\-20\\\(2.5 * Double(k < 2 ? k : k + 1))")
    }
    try upscale(
      [input, folder.path("sr")], status: 1, says: ["between slices 2 and 3", "seems to be missing", "--allow-gaps"])
    try upscale([input, folder.path("sr"), "--allow-gaps"], says: ["1 of 5 slices are interpolated"])
    #expect(try files("sr").count == 5)
    // The filled slice names both neighbours as its source.
    #expect(try dump("sr/00003.dcm").items[0x0008_2112]?.count == 2)
  }

  @Test func dicomOutOfNifti() throws {
    let input = try series("in")
    try upscale([input, folder.path("once.nii")])
    try upscale([folder.path("once.nii"), folder.path("sr")], status: 1, says: ["--reference"])
    try upscale(
      [
        folder.path("once.nii"), folder.path("sr"), "--reference", input, "--uncertainty", folder.path("sigma"),
        "--plane", "axial",
      ])
    #expect(try files("sr").count == 3 && files("sigma").count == 1)
    let derived = try dump("sr/00002.dcm")
    #expect(derived.text(0x0020_000D) == "1.2.3.1" && derived.text(0x0010_0020) == "ID-SECRET")
    #expect(derived.words(0x0028_0010) == [20] && derived.words(0x0028_0011) == [28])
    // The volume was stretched twice: its outer faces are the reference's still.
    let place = derived.numbers(0x0020_0032)
    #expect(zip(place, [-10 - 0.45 + 0.1125, -20 - 0.4 + 0.1, 7.5]).allSatisfy { abs($0 - $1) < 1e-4 }, "\(place)")
    #expect(derived.items[0x0008_2112]?.first?.text(0x0008_1155) == "1.2.3.100.2")
  }

  @Test func aReferenceElsewhereIsRefusedAndNoSidecarOfTheInputGoesAlong() throws {
    let input = try series("in")
    try upscale([input, folder.path("once.nii")])
    // What converters write beside a NIfTI may name the patient.
    try Data("{\"PatientName\": \"SIDECAR-SECRET\", \"EchoTime\": 0.01}".utf8).write(
      to: URL(fileURLWithPath: folder.path("once.json")))
    try upscale([folder.path("once.nii"), folder.path("sr"), "--reference", input, "--deidentify"])
    #expect(!(try String(contentsOfFile: folder.path("sr.json"), encoding: .utf8)).contains("SIDECAR-SECRET"))
    // An output that the run reads is not written over.
    try upscale(
      [folder.path("once.nii"), folder.path("sr"), "--reference", folder.path("sr"), "--overwrite"], status: 1,
      says: ["holds files that this run reads"])
    let moved = try readVolume(folder.path("once.nii"))
    var header = moved.header
    header.geometry = VolumeGeometry(
      affine: AffineTransform(
        columns: header.geometry.affine.columns, origin: header.geometry.affine.origin + [500, 0, 0]))
    try write(Volume(header: header, values: moved.values), to: folder.path("moved.nii"), type: .float32)
    try upscale(
      [folder.path("moved.nii"), folder.path("elsewhere"), "--reference", input], status: 1,
      says: ["does not lie where the series lies"])
  }

  @Test func anotherPlaneStacksAsAcquired() throws {
    let input = try series("in")
    try upscale([input, folder.path("sr"), "--plane", "coronal", "--uncertainty", folder.path("sigma")])
    let again = try DicomArchive.scan(URL(fileURLWithPath: folder.path("sr"))).select()
    #expect(again.size == (14, 5, 6))
    #expect(try dump("sigma/00001.dcm").text(0x0028_0008) == "6")
    #expect(try dump("sr/00001.dcm").numbers(0x0018_0050) == [1.25])
  }

  @Test func samplesAndPicture() throws {
    let input = try series("in")
    try upscale([input, folder.path("sr"), "--keep-samples", folder.path("samples"), "--preview", folder.path("p.png")])
    #expect(try files("samples") == ["sample-1.nii.gz", "sample-2.nii.gz"])
    let (a, b) = (
      try readVolume(folder.path("samples/sample-1.nii.gz")), try readVolume(folder.path("samples/sample-2.nii.gz"))
    )
    let mean = try DicomArchive.scan(URL(fileURLWithPath: folder.path("sr"))).select().open()
    for k in 0..<3 {
      let values = try mean.readSlice(k, across: .k, frame: 0).values
      for p in values.indices {
        let expected = (a.values[k * values.count + p] + b.values[k * values.count + p]) / 2
        #expect(abs(values[p] - expected) <= 0.501)
      }
    }
    #expect(try Data(contentsOf: folder.url.appendingPathComponent("p.png")).starts(with: [0x89, 0x50, 0x4E, 0x47]))
  }

  @Test func hounsfieldUnitsKeepTheirRescale() throws {
    let input = try series("in") { k, s in
      let place = String(decoding: s.elements[0x0020_0032]?.bytes ?? [], as: UTF8.self)
      s = DicomSample.slice(k, modality: "CT")
      s.set(0x0020_0032, "DS", place)
      s.set(0x0028_1052, "DS", "-1024")
      s.set(0x0028_1053, "DS", "1")
    }
    try upscale([input, folder.path("sr"), "--uncertainty", folder.path("sigma")], says: ["steps of 1 "])
    let derived = try dump("sr/00001.dcm")
    #expect(derived.numbers(0x0028_1052) == [-1024] && derived.numbers(0x0028_1053) == [1])
    #expect(derived.text(0x0028_1054) == "HU" && derived.text(0x0008_2111)?.contains("Quantisation step 1.") == true)
    let mapping = try dump("sigma/00001.dcm").items[0x5200_9229]?.first?.items[0x0040_9096]?.first
    #expect(mapping?.items[0x0040_08EA]?.first?.text(0x0008_0100) == "[hnsf'U]")
  }

  @Test func deidentifiedOutputsNameNobody() throws {
    let input = try series("in")
    try upscale([input, folder.path("sr"), "--uncertainty", folder.path("sigma"), "--deidentify"])
    for name in try files("sr").map({ "sr/\($0)" }) + ["sigma/00001.dcm", "sr.json"] {
      let bytes = try Data(contentsOf: folder.url.appendingPathComponent(name))
      for secret in ["SECRET", "19660606", "20010203"] { #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(name)") }
    }
    #expect(try dump("sr/00001.dcm").text(0x0012_0062) == "YES")
    let sidecar = try String(contentsOfFile: folder.path("sr.json"), encoding: .utf8)
    #expect(sidecar.contains("\"deidentify\" : true"))
  }

  /// Scans are often called 00001.dcm: what is replaced has to be an output, not only to be called like one.
  @Test func overwritingSparesScans() throws {
    let input = try series("in")
    let scans = folder.url.appendingPathComponent("scans")
    try FileManager.default.createDirectory(at: scans, withIntermediateDirectories: true)
    try DicomSample.slice(0).write(to: scans.appendingPathComponent("00001.dcm"))
    try upscale([input, scans.path], status: 1, says: ["is there already; pass --overwrite"])
    try upscale([input, scans.path, "--overwrite"], status: 1, says: ["holds other files than an earlier output"])
    #expect(try dump("scans/00001.dcm").text(0x0008_0018) == "1.2.3.100.1")
    try upscale([input, input, "--overwrite"], status: 1, says: ["same file"])
    try upscale([input, folder.path("sr"), "--uncertainty", folder.path("sigma")])
    try upscale([input, folder.path("sr"), "--uncertainty", folder.path("sigma"), "--overwrite"])
    try upscale([input, folder.path("sr"), "--uncertainty", folder.path("sigma"), "--overwrite", "--deidentify"])
    try upscale([input, folder.path("sr"), "--uncertainty", folder.path("sigma"), "--overwrite"])
    #expect(folder.contents == ["in", "scans", "sigma", "sr", "sr.json"])
  }

  @Test func outputsInsideOneAnother() throws {
    let input = try series("in")
    try FileManager.default.createDirectory(
      at: folder.url.appendingPathComponent("sr"), withIntermediateDirectories: true)
    for inner in [
      ["--uncertainty", "sr/sigma"], ["--preview", "sr/p.png"], ["--keep-samples", "sr/samples"],
    ] {
      try upscale(
        [input, folder.path("sr"), inner[0], folder.path(inner[1])], status: 1, says: ["would lie inside"])
    }
    #expect(try files("sr").isEmpty)
  }

  @Test func aStopLeavesNothing() throws {
    let input = folder.url.appendingPathComponent("in")
    try FileManager.default.createDirectory(at: input, withIntermediateDirectories: true)
    let values = (0..<10_000).map { 300 + ($0 * 7) % 600 }
    for k in 0..<30 {
      try DicomSample.slice(k, columns: 100, rows: 100, values: values)
        .write(to: input.appendingPathComponent("\(k)"))
    }
    let before = folder.contents
    let process = Tool.startAsFromAShell([
      "upscale", input.path, folder.path("sr"), "--uncertainty", folder.path("sigma"),
    ])
    process.standardError = FileHandle.nullDevice
    try process.run()
    for _ in 0..<600 where folder.contents.count == before.count { usleep(50_000) }
    let during = folder.contents
    #expect(during.count > before.count && during.allSatisfy { !$0.contains("SECRET") })
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit()
    #expect(process.terminationStatus == 143)
    #expect(folder.contents == before)
  }

  @Test func infoListsEverySeries() throws {
    let input = try series("in")
    for k in 0..<2 {
      var other = DicomSample.slice(k, series: "1.2.3.300", number: 8)
      other.set(0x0008_0008, "CS", "ORIGINAL\\PRIMARY\\LOCALIZER")
      try other.write(to: folder.url.appendingPathComponent("in/other\(k)"))
    }
    try Data("no DICOM".utf8).write(to: folder.url.appendingPathComponent("in/notes.txt"))
    try Data(DicomSample.slice(9).file.prefix(700)).write(to: folder.url.appendingPathComponent("in/broken"))
    let text = try Tool.run(["info", input])
    #expect(text.status == 0)
    #expect(text.output.contains("series 3  MR  SAMPLE") && text.output.contains("7 × 5 × 3 voxels, 3 files"))
    #expect(text.output.contains("0.9 × 0.8 × 2.5 mm") && text.output.contains("refused       a localiser"))
    #expect(text.errors.contains("broken") && text.errors.contains("damaged"))
    let json = try Tool.run(["info", "--json", input])
    let all = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
    #expect(all.count == 2 && all[0]["selector"] as? String == "3" && all[1]["usable"] as? Bool == false)
    #expect(!(text.output + text.errors + json.output).contains("SECRET"))
  }

  /// A name planted in every header stays out of all that is said, whatever goes wrong.
  @Test func messagesNameNobody() throws {
    var said = try upscale([try series("whole"), folder.path("a")])
    said += try upscale(
      [
        try series("gap", 4) { k, s in s.set(0x0020_0032, "DS", "0\\0\\\(k == 3 ? 12.5 : 2.5 * Double(k))") },
        folder.path("b"),
      ], status: 1)
    said += try upscale(
      [try series("colour") { _, s in s.set(0x0028_0004, "CS", "RGB") }, folder.path("b")], status: 1,
      says: ["a colour picture"])
    said += try upscale(
      [try series("short") { _, s in s.set(0x0028_0010, us: 600) }, folder.path("b")], status: 1,
      says: ["shorter than announced"])
    said += try upscale([try series("choice"), folder.path("b"), "--series", "99"], status: 1)
    let broken = try series("broken")
    try Data(DicomSample.slice(7).file.dropLast(20)).write(to: URL(fileURLWithPath: broken + "/x"))
    said += try upscale([broken, folder.path("c")], says: ["slices may be missing"])
    said += try upscale([folder.path("whole"), folder.path("no/where")], status: 1)
    for secret in ["SECRET", "19660606", "20010203"] {
      #expect(!said.contains(secret), "\(said)")
      for sidecar in ["a.json", "c.json"] {
        #expect(try !String(contentsOfFile: folder.path(sidecar), encoding: .utf8).contains(secret))
      }
    }
  }
}
