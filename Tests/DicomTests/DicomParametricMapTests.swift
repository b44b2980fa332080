import DicomSamples
import Foundation
import Testing
import Volumes

/// The uncertainty as a Parametric Map: frames, positions, unit, references.
@Suite struct DicomParametricMapTests {
  static func map(
    of series: DicomSeries, in folder: URL, frames: Int = 1, across axis: VoxelAxis = .k, deidentify: Bool = false,
    value: (Double) -> Double = { $0 }
  ) throws -> (series: URL, map: URL, writer: DicomParametricMapWriter, reader: any VolumeReader) {
    let reader = try series.open(.init(allowGaps: true))
    let header = reader.header.upscaled(by: 2, across: axis)
    var picture = DicomSeriesWriterTests.derivation()
    picture.deidentify = deidentify
    let derived = try DicomSeriesWriter(
      folder: folder.appendingPathComponent("sr"), header: header, source: series, derivation: picture)
    try DicomSeriesWriterTests.write(reader, to: derived, across: axis)
    var derivation = DicomSeriesWriterTests.derivation(.uncertainty)
    derivation.deidentify = deidentify
    let writer = try DicomParametricMapWriter(
      folder: folder.appendingPathComponent("sigma"), header: header, source: series, derivation: derivation)
    writer.derivedReferences = derived.references
    writer.derivedSeriesUID = derived.seriesUID
    for t in 0..<header.frames {
      for k in 0..<header.count(along: axis) {
        var slice = DicomSeriesWriterTests.doubled(try reader.readSlice(k, across: axis, frame: t))
        slice.values = slice.values.map(value)
        try writer.writeSlice(slice, at: k, across: axis, frame: t)
      }
    }
    try writer.finish()
    return (folder.appendingPathComponent("sr"), folder.appendingPathComponent("sigma/00001.dcm"), writer, reader)
  }

  private func sample(modality: String = "MR", _ body: (DicomSeries, URL) throws -> Void) throws {
    try TestData.withFolder("map") { folder in
      let input = folder.appendingPathComponent("in")
      try FileManager.default.createDirectory(at: input, withIntermediateDirectories: true)
      for k in 0..<3 {
        var s = DicomSample.slice(k, modality: modality)
        if modality == "CT" {
          s.set(0x0028_1052, "DS", "-1024")
          s.set(0x0028_1053, "DS", "1")
          s.set(0x0018_0015, "CS", "CHEST")
        }
        try s.write(to: input.appendingPathComponent("\(k)"))
      }
      try body(try DicomArchive.scan(input).select(), folder)
    }
  }

  @Test func framesPositionsAndReferences() throws {
    try sample { series, folder in
      let made = try Self.map(of: series, in: folder) { $0 == 7 ? .nan : $0 / 8 + 0.015625 }
      let dump = try DicomDump(made.map)
      #expect(dump.text(0x0008_0016) == "1.2.840.10008.5.1.4.1.1.30")
      #expect(dump.text(0x0028_0008) == "3" && dump.words(0x0028_0010) == [10] && dump.words(0x0028_0011) == [14])
      #expect(dump.text(0x0020_000D) == "1.2.3.1" && dump.text(0x0020_0052) == "1.2.3.2")
      #expect(dump.text(0x0008_0008) == "DERIVED\\PRIMARY\\VOLUME\\STD_DEVIATION")
      let floats = dump.floats(0x7FE0_0008)
      #expect(floats.count == 3 * 140)
      #expect(floats[0] == 0.015625 && floats[140] == 12.515625 && floats[280 + 13] == Float(206) / 8 + 0.015625)
      // 7 is the first voxel of the second row: four pixels that stand for no value.
      #expect(floats[28] == -1 && floats[29] == -1 && floats[42] == -1 && dump.floats(0x0028_0122) == [-1])
      let frames = try #require(dump.items[0x5200_9230])
      let places = frames.map { $0.items[0x0020_9113]?.first?.numbers(0x0020_0032) }
      #expect(places == [[-10.225, -20.2, 5], [-10.225, -20.2, 7.5], [-10.225, -20.2, 10]])
      let shared = try #require(dump.items[0x5200_9229]?.first)
      #expect(shared.items[0x0028_9110]?.first?.numbers(0x0028_0030) == [0.4, 0.45])
      #expect(shared.items[0x0020_9116]?.first?.numbers(0x0020_0037) == [1, 0, 0, 0, 1, 0])
      let mapping = try #require(shared.items[0x0040_9096]?.first)
      #expect(mapping.items[0x0040_08EA]?.first?.text(0x0008_0100) == "[arb'U]")
      let quantity = try #require(mapping.items[0x0040_9220]?.first)
      #expect(quantity.items[0x0040_A168]?.first?.text(0x0008_0104) == "Standard Deviation")
      #expect(shared.items[0x0020_9071]?.first?.items[0x0008_2218]?.first?.text(0x0008_0104) == "Entire body")
      #expect(made.writer.findings.contains { $0.text.contains("names no body part") })
      // Every frame and the common reference name the derived series.
      let derived = try (1...3).map { try DicomDump(made.series.appendingPathComponent("0000\($0).dcm")) }
      let references = try #require(dump.items[0x0008_1115]?.first)
      #expect(references.text(0x0020_000E) == derived[0].text(0x0020_000E))
      #expect(references.items[0x0008_114A]?.map { $0.text(0x0008_1155) } == derived.map { $0.text(0x0008_0018) })
      let source = frames[1].items[0x0008_9124]?.first?.items[0x0008_2112]?.first
      #expect(source?.text(0x0008_1155) == derived[1].text(0x0008_0018))
      #expect(dump.text(0x0020_4000) == "Not for diagnostic use")
    }
  }

  @Test func unitAndAnatomyOfCT() throws {
    try sample(modality: "CT") { series, folder in
      let made = try Self.map(of: series, in: folder) { abs($0) }
      let shared = try #require(try DicomDump(made.map).items[0x5200_9229]?.first)
      #expect(shared.items[0x0040_9096]?.first?.items[0x0040_08EA]?.first?.text(0x0008_0100) == "[hnsf'U]")
      #expect(shared.items[0x0020_9071]?.first?.items[0x0008_2218]?.first?.text(0x0008_0100) == "816094009")
    }
  }

  @Test func acrossAnotherAxis() throws {
    try sample { series, folder in
      let made = try Self.map(of: series, in: folder, across: .j)
      let dump = try DicomDump(made.map)
      #expect(dump.text(0x0028_0008) == "6" && dump.words(0x0028_0010) == [5] && dump.words(0x0028_0011) == [14])
      #expect(dump.floats(0x7FE0_0008)[2 * 70 + 15] == 107)
    }
  }

  @Test func basicProfileHoldsForTheMapToo() throws {
    try sample { series, folder in
      let made = try Self.map(of: series, in: folder, deidentify: true)
      let (dump, derived) = (try DicomDump(made.map), try DicomDump(made.series.appendingPathComponent("00001.dcm")))
      for bytes in dump.allBytes where bytes.count < 1000 {
        let text = String(decoding: bytes, as: UTF8.self)
        for secret in ["SECRET", "19660606", "20010203", "1.2.3."] { #expect(!text.contains(secret), "\(text)") }
      }
      #expect(
        dump.text(0x0020_000D) == derived.text(0x0020_000D) && dump.text(0x0020_0052) == derived.text(0x0020_0052))
      let references = dump.items[0x0008_1115]?.first
      #expect(references?.text(0x0020_000E) == derived.text(0x0020_000E))
      #expect(references?.items[0x0008_114A]?.first?.text(0x0008_1155) == derived.text(0x0008_0018))
    }
  }

  @Test func fourGibibytesAreRefusedBeforehand() throws {
    try sample { series, folder in
      var header = try series.open().header
      header.size = (16384, 16384, 4)
      let error = #expect(throws: VolumeError.self) {
        try DicomParametricMapWriter(
          folder: folder.appendingPathComponent("m"), header: header, source: series,
          derivation: DicomSeriesWriterTests.derivation(.uncertainty))
      }
      #expect(error?.code == .unsupported && error?.reason.contains("--uncertainty-format series or nifti") == true)
    }
  }
}
