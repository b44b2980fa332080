import DicomSamples
import Foundation
import Testing
import Volumes

/// Derived series: values, positions and what the header says.
@Suite struct DicomSeriesWriterTests {
  static func derivation(_ content: DicomDerivation.Content = .picture) -> DicomDerivation {
    DicomDerivation(
      content: content, toolVersion: "0.1-test", modelDigest: "sha256:0123abcd", scale: 2,
      method: "mean of 8 samples, 20 steps")
  }

  /// Doubles every slice by repetition, plus a little, so that rounding shows.
  static func doubled(_ slice: VolumeSlice, adding extra: Double = 0) -> VolumeSlice {
    let (w, h) = (2 * slice.width, 2 * slice.height)
    let values = (0..<(w * h)).map { slice.values[($0 / w / 2) * slice.width + $0 % w / 2] + extra }
    return VolumeSlice(width: w, height: h, values: values)
  }

  static func write(
    _ reader: any VolumeReader, to writer: any VolumeWriter, across axis: VoxelAxis = .k, adding extra: Double = 0,
    reversed: Bool = false
  ) throws {
    for t in 0..<reader.header.frames {
      let order = Array(0..<reader.header.count(along: axis))
      for k in reversed ? order.reversed() : order {
        try writer.writeSlice(
          doubled(try reader.readSlice(k, across: axis, frame: t), adding: extra), at: k, across: axis, frame: t)
      }
    }
    try writer.finish()
  }

  private func sample(
    _ count: Int = 3, edit: (Int, inout DicomSample) -> Void = { _, _ in },
    _ body: (DicomSeries, URL, URL) throws -> Void
  ) throws {
    try TestData.withFolder("writer") { folder in
      let input = folder.appendingPathComponent("in")
      try FileManager.default.createDirectory(at: input, withIntermediateDirectories: true)
      try DicomSample.series(count, in: input, edit: edit)
      try body(try DicomArchive.scan(input).select(), folder.appendingPathComponent("out"), input)
    }
  }

  @Test func positionsAreHalfAVoxelFurther() throws {
    try sample { series, out, _ in
      let reader = try series.open()
      let header = reader.header.upscaled(by: 2, across: .k)
      let writer = try DicomSeriesWriter(folder: out, header: header, source: series, derivation: Self.derivation())
      try Self.write(reader, to: writer, adding: 0.3)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: out.path).sorted() == [
          "00001.dcm", "00002.dcm", "00003.dcm",
        ])
      let dump = try DicomDump(out.appendingPathComponent("00002.dcm"))
      // The first pixel's centre moves by −¼ of the old pixel in each direction: −10 − 0.225, −20 − 0.2.
      #expect(dump.numbers(0x0020_0032) == [-10.225, -20.2, 7.5])
      #expect(dump.numbers(0x0028_0030) == [0.4, 0.45])
      #expect(dump.words(0x0028_0010) == [10] && dump.words(0x0028_0011) == [14])
      #expect(dump.words(0x7FE0_0010)[0] == 100)
      #expect(dump.text(0x0008_0008) == "DERIVED\\SECONDARY\\M")
      #expect(dump.text(0x0008_103E) == "SAMPLE SR x2")
      #expect(dump.text(0x0020_4000) == "Not for diagnostic use")
      #expect(dump.text(0x0020_000D) == "1.2.3.1" && dump.text(0x0020_0052) == "1.2.3.2")
      #expect(dump.text(0x0020_000E) == writer.seriesUID && writer.seriesUID != series.uid)
      #expect(dump.text(0x0008_0018) == writer.references[1].sopInstance)
      #expect(dump.text(0x0010_0010) == "SECRET^NAME")
      #expect(dump.text(0x0018_0050) == "2.5")
      let source = try #require(dump.items[0x0008_2112]?.first)
      #expect(source.text(0x0008_1155) == "1.2.3.100.2")
      #expect(dump.items[0x0008_2112]?.count == 1)
      let equipment = try #require(dump.items[0x0018_A001]?.last)
      #expect(equipment.text(0x0008_1090) == "Residua" && equipment.text(0x0018_1020) == "0.1-test")
      #expect(equipment.text(0x0018_A003)?.contains("sha256:0123abcd") == true)
      #expect(dump.text(0x0008_2111)?.contains("Quantisation step 1.") == true)
      #expect(dump.items[0x0008_9215]?.first?.text(0x0008_0100) == "113085")
      // What the reader says of it again: the same outer faces, values rounded.
      let again = try DicomArchive.scan(out).select().open()
      #expect(again.header.geometry.affine.largestDisplacement(from: header.geometry.affine, size: header.size) < 1e-9)
      #expect(try again.readSlice(2, across: .k, frame: 0).values[13] == 206)
    }
  }

  @Test func slicesAcrossAnotherAxisStackAsAcquired() throws {
    try sample { series, out, _ in
      let reader = try series.open()
      let header = reader.header.upscaled(by: 2, across: .i)
      #expect(header.size == (7, 10, 6))
      let writer = try DicomSeriesWriter(folder: out, header: header, source: series, derivation: Self.derivation())
      try Self.write(reader, to: writer, across: .i, reversed: true)
      let again = try DicomArchive.scan(out).select()
      #expect(again.size == (7, 10, 6))
      let read = try again.open()
      #expect(read.header.geometry.affine.largestDisplacement(from: header.geometry.affine, size: header.size) < 1e-9)
      for k in 0..<6 {
        let slice = try read.readSlice(k, across: .k, frame: 0)
        for j in 0..<10 {
          for i in 0..<7 { #expect(slice.values[j * 7 + i] == Double(100 * (k / 2) + (j / 2) * 7 + i)) }
        }
      }
      let dump = try DicomDump(out.appendingPathComponent("00001.dcm"))
      #expect(dump.numbers(0x0018_0050) == [1.25] && dump.numbers(0x0018_0088) == [1.25])
    }
  }

  @Test func whatNoLongerHoldsIsGone() throws {
    try sample(edit: { _, s in
      s.set(0x0009_0010, "LO", "VENDOR")
      s.set(0x0009_1001, "LO", "private")
      s.set(0x0028_0106, us: 0)
      s.set(0x0028_0107, us: 299)
      s.set(0x6000_0010, us: 5)
      s.set(0x6000_3000, "OW", bytes: [1, 2, 3, 4])
      s.set(0x0088_0200, items: [DicomSample()])
      var inner = DicomSample()
      inner.set(0x0008_0100, "SH", "X")
      inner.set(0x0029_0010, "LO", "VENDOR")
      s.set(0x0008_1032, items: [inner])
      s.set(0x0028_1050, "DS", "120")
      s.set(0x0028_1051, "DS", "300")
      s.set(0x0028_2110, "CS", "01")
      s.set(0x0028_2112, "DS", "7.5")
      s.set(0xFFFC_FFFC, "OB", bytes: [0, 0])
    }) { series, out, _ in
      let reader = try series.open()
      let writer = try DicomSeriesWriter(
        folder: out, header: reader.header.upscaled(by: 2, across: .k), source: series, derivation: Self.derivation())
      try Self.write(reader, to: writer)
      let dump = try DicomDump(out.appendingPathComponent("00001.dcm"))
      let tags = dump.allTags
      #expect(!tags.contains { ($0 >> 16) & 1 == 1 })
      for tag: UInt32 in [0x0028_0106, 0x0028_0107, 0x6000_0010, 0x6000_3000, 0x0088_0200, 0xFFFC_FFFC] {
        #expect(!tags.contains(tag))
      }
      #expect(dump.text(0x0028_1050) == "120" && dump.text(0x0028_1051) == "300")
      #expect(dump.text(0x0028_2110) == "01" && dump.text(0x0028_2112) == "7.5")
    }
  }

  @Test func hounsfieldKeepsItsMapping() throws {
    try sample(edit: { k, s in
      let position = s.text(0x0020_0032)
      s = DicomSample.slice(k, modality: "CT")
      s.set(0x0020_0032, "DS", position)
      s.set(0x0028_1052, "DS", "-1024")
      s.set(0x0028_1053, "DS", "1")
    }) { series, out, _ in
      let reader = try series.open()
      let writer = try DicomSeriesWriter(
        folder: out, header: reader.header.upscaled(by: 2, across: .k), source: series, derivation: Self.derivation())
      #expect(writer.quantisation == DicomQuantisation(slope: 1, intercept: -1024, isSigned: true, writesRescale: true))
      // Undershoot below the lowest stored value survives, since pixels are signed.
      try Self.write(reader, to: writer, adding: -40.4)
      let again = try DicomArchive.scan(out).select().open()
      #expect(try again.readSlice(0, across: .k, frame: 0).values[0] == -1064)
      #expect(try DicomDump(out.appendingPathComponent("00001.dcm")).text(0x0028_1054) == "HU")
    }
  }

  /// Sixteen unsigned bits that are full: pixels are values as long as they fit, and get a rescale where they do not.
  @Test func valuesBeyondSixteenBitsGetARescale() throws {
    let full = (0..<35).map { $0 * 1900 }
    func edit(_ k: Int, _ s: inout DicomSample) {
      let place = s.text(0x0020_0032)
      s = DicomSample.slice(k, values: full)
      s.set(0x0020_0032, "DS", place)
      s.set(0x0028_0101, us: 16)
      s.set(0x0028_0102, us: 15)
    }
    for (extra, slope) in [(0.3, 1.0), (1500, 64600.0 / 65000), (-1500, 64600.0 / 65000)] {
      try sample(edit: edit) { series, out, _ in
        let reader = try series.open()
        let writer = try DicomSeriesWriter(
          folder: out, header: reader.header.upscaled(by: 2, across: .k), source: series, derivation: Self.derivation())
        #expect(writer.quantisation == nil, "only the values can tell")
        try Self.write(reader, to: writer, adding: extra)
        let chosen = try #require(writer.quantisation)
        #expect(abs(chosen.slope - slope) < 1e-6 && chosen.writesRescale == (slope != 1))
        #expect(!writer.findings.contains { $0.text.contains("clamped") })
        let again = try DicomArchive.scan(out).select().open()
        for (a, b) in zip(try again.readSlice(0, across: .k, frame: 0).values.prefix(2), [extra, extra]) {
          #expect(abs(a - b) <= slope * 0.501)
        }
      }
    }
    // Where the caller has looked, a range that leaves room needs no detour.
    try sample(edit: edit) { series, out, _ in
      let header = try series.open().header.upscaled(by: 2, across: .k)
      var derivation = Self.derivation()
      derivation.sourceRange = 0...4000
      let writer = try DicomSeriesWriter(folder: out, header: header, source: series, derivation: derivation)
      #expect(writer.quantisation == DicomQuantisation(slope: 1, intercept: 0, isSigned: true, writesRescale: false))
      writer.discard()
    }
  }

  @Test func paddingReturnsWhereItWas() throws {
    try sample(edit: { _, s in s.set(0x0028_0120, us: 4) }) { series, out, _ in
      let reader = try series.open()
      #expect(try reader.readSlice(0, across: .k, frame: 0).values[4].isNaN)
      let writer = try DicomSeriesWriter(
        folder: out, header: reader.header.upscaled(by: 2, across: .k), source: series, derivation: Self.derivation())
      try Self.write(reader, to: writer)
      let again = try DicomArchive.scan(out).select().open()
      let values = try again.readSlice(0, across: .k, frame: 0).values
      #expect(values[8].isNaN && values[9].isNaN && values[22].isNaN && values[7] == 3 && values[10] == 5)
    }
  }

  @Test func uncertaintyAsSeriesSpendsItsBitsOnItsRange() throws {
    try sample { series, out, _ in
      let reader = try series.open()
      let writer = try DicomSeriesWriter(
        folder: out, header: reader.header.upscaled(by: 2, across: .k), source: series,
        derivation: Self.derivation(.uncertainty))
      #expect(writer.quantisation == nil)
      try Self.write(reader, to: writer, adding: 0.123)
      let mapping = try #require(writer.quantisation)
      #expect(mapping.slope < 234.2 / 64000 && mapping.writesRescale)
      let again = try DicomArchive.scan(out).select().open()
      for k in 0..<3 {
        let expected = Self.doubled(try reader.readSlice(k, across: .k, frame: 0), adding: 0.123).values
        for (a, b) in zip(try again.readSlice(k, across: .k, frame: 0).values, expected) {
          #expect(abs(a - b) <= mapping.slope * 0.501)
        }
      }
      #expect(try DicomDump(out.appendingPathComponent("00001.dcm")).text(0x0008_103E) == "SAMPLE SR x2 uncertainty")
    }
  }

  @Test func characterSetsSurvive() throws {
    // Yamada in JIS X 0208, by ISO 2022 escapes: bytes that no UTF-8 reading may touch.
    let name: [UInt8] = Array("Yamada^Tarou=".utf8) + [0x1B, 0x24, 0x42, 0x3B, 0x33, 0x45, 0x44, 0x1B, 0x28, 0x42]
    let description: [UInt8] = [0x1B, 0x24, 0x42, 0x46, 0x2C, 0x1B, 0x28, 0x42] + Array(" T1".utf8)
    try sample(edit: { _, s in
      s.set(0x0008_0005, "CS", "\\ISO 2022 IR 87")
      s.set(0x0010_0010, "PN", bytes: DicomSample.even(name, padding: 0x20))
      s.set(0x0008_103E, "LO", bytes: DicomSample.even(description, padding: 0x20))
    }) { series, out, _ in
      #expect(series.description == "頭 T1")
      let reader = try series.open()
      let writer = try DicomSeriesWriter(
        folder: out, header: reader.header.upscaled(by: 2, across: .k), source: series, derivation: Self.derivation())
      try Self.write(reader, to: writer)
      let dump = try DicomDump(out.appendingPathComponent("00001.dcm"))
      #expect(dump.values[0x0010_0010]?.starts(with: name) == true)
      #expect(dump.values[0x0008_103E]?.starts(with: description + Array(" SR x2".utf8)) == true)
      #expect(dump.text(0x0008_0005) == "\\ISO 2022 IR 87")
    }
  }

  @Test func enhancedInputGivesClassicObjects() throws {
    try TestData.withFolder("writer") { folder in
      let input = folder.appendingPathComponent("in")
      try FileManager.default.createDirectory(at: input, withIntermediateDirectories: true)
      try DicomEnhancedSample.object(slices: 3).write(to: input.appendingPathComponent("e"))
      let series = try DicomArchive.scan(input).select()
      let reader = try series.open()
      let out = folder.appendingPathComponent("out")
      let writer = try DicomSeriesWriter(
        folder: out, header: reader.header.upscaled(by: 2, across: .k), source: series, derivation: Self.derivation())
      try Self.write(reader, to: writer)
      let dump = try DicomDump(out.appendingPathComponent("00001.dcm"))
      #expect(dump.text(0x0008_0016) == "1.2.840.10008.5.1.4.1.1.4")
      #expect(
        !dump.allTags.contains(0x5200_9229) && !dump.allTags.contains(0x5200_9230)
          && !dump.allTags.contains(0x0028_0008))
      #expect(dump.items[0x0008_2112]?.first?.text(0x0008_1160) == "3")
      let again = try DicomArchive.scan(out).select().open()
      let step = try #require(writer.quantisation?.slope)
      for k in 0..<3 {
        let expected = Self.doubled(try reader.readSlice(k, across: .k, frame: 0)).values
        for (a, b) in zip(try again.readSlice(k, across: .k, frame: 0).values, expected) {
          #expect(abs(a - b) <= step * 0.501)
        }
      }
    }
  }

  @Test func anExistingOutputNeedsPermissionAndNothingHalfRemains() throws {
    try sample { series, out, _ in
      let reader = try series.open()
      let header = reader.header.upscaled(by: 2, across: .k)
      func writer(overwrite: Bool) throws -> DicomSeriesWriter {
        try DicomSeriesWriter(
          folder: out, header: header, source: series, derivation: Self.derivation(), overwrite: overwrite)
      }
      let half = try writer(overwrite: false)
      try half.writeSlice(Self.doubled(try reader.readSlice(0, across: .k, frame: 0)), at: 0, across: .k, frame: 0)
      #expect(throws: VolumeError.self) { try half.finish() }
      let parent = out.deletingLastPathComponent().path
      #expect(try FileManager.default.contentsOfDirectory(atPath: parent) == ["in"])
      try Self.write(reader, to: try writer(overwrite: false))
      #expect(#expect(throws: VolumeError.self) { try writer(overwrite: false) }?.code == .exists)
      try Self.write(reader, to: try writer(overwrite: true))
      #expect(try FileManager.default.contentsOfDirectory(atPath: parent).sorted() == ["in", "out"])
      try Data().write(to: out.appendingPathComponent("letter.txt"))
      #expect(#expect(throws: VolumeError.self) { try writer(overwrite: true) }?.code == .exists)
      // Called like an output, and none.
      try FileManager.default.removeItem(at: out.appendingPathComponent("letter.txt"))
      try DicomSample.slice(1).write(to: out.appendingPathComponent("00009.dcm"))
      #expect(#expect(throws: VolumeError.self) { try writer(overwrite: true) }?.code == .exists)
    }
  }

  @Test func basicProfileLeavesNothingOfThePatient() throws {
    try sample(edit: { _, s in
      s.set(0x0008_0050, "SH", "ACC-SECRET")
      s.set(0x0008_0080, "LO", "HOSPITAL SECRET")
      s.set(0x0008_0090, "PN", "SECRET^DOCTOR")
      s.set(0x0008_1030, "LO", "STUDY SECRET")
      s.set(0x0018_1030, "LO", "PROTOCOL SECRET")
      s.set(0x0018_1000, "LO", "SERIAL SECRET")
      s.set(0x0010_1010, "AS", "034Y")
      s.set(0x0008_1140, items: [DicomSample()])
      var inner = DicomSample()
      inner.set(0x0040_1001, "SH", "REQ-SECRET")
      s.set(0x0040_0275, items: [inner])
    }) { series, out, _ in
      let reader = try series.open()
      var derivation = Self.derivation()
      derivation.deidentify = true
      let writer = try DicomSeriesWriter(
        folder: out, header: reader.header.upscaled(by: 2, across: .k), source: series, derivation: derivation)
      try Self.write(reader, to: writer)
      let dump = try DicomDump(out.appendingPathComponent("00001.dcm"))
      for bytes in dump.allBytes where bytes.count < 10_000 {
        let text = String(decoding: bytes, as: UTF8.self)
        for secret in ["SECRET", "19660606", "20010203", "034Y", "1.2.3."] {
          #expect(!text.contains(secret), "\(text)")
        }
      }
      #expect(dump.text(0x0012_0062) == "YES")
      #expect(dump.items[0x0012_0064]?.first?.text(0x0008_0100) == "113100")
      #expect(dump.text(0x0008_103E) == "SR x2")
      #expect(dump.text(0x0020_000E) == writer.seriesUID)
      // Names are replaced consistently: all slices stay in one study.
      let other = try DicomDump(out.appendingPathComponent("00003.dcm"))
      #expect(dump.text(0x0020_000D) == other.text(0x0020_000D) && dump.text(0x0020_0052) == other.text(0x0020_0052))
      #expect(try DicomArchive.scan(out).select().size == (14, 10, 3))
    }
  }
}

extension DicomSample {
  func text(_ tag: UInt32) -> String { String(decoding: elements[tag]?.bytes ?? [], as: UTF8.self) }
}
