import DicomSamples
import Foundation
import Testing
import Volumes

/// Files that lie, break off or attack: one sentence each, and no memory for claims.
@Suite struct DicomHostileTests {
  /// What a scan says about one file, in words; nothing may crash on the way, down to the pixels.
  private func outcome(_ bytes: [UInt8]) throws -> String {
    try TestData.withFolder("hostile") { folder in
      try Data(bytes).write(to: folder.appendingPathComponent("x"))
      let archive = try DicomArchive.scan(folder)
      if let damaged = archive.damaged.first { return damaged.description }
      guard let series = archive.series.first else { return "no DICOM" }
      if let sentence = series.suitability.sentence { return sentence }
      do {
        let reader = try series.open(.init(allowGaps: true))
        for k in 0..<reader.header.size.2 { _ = try reader.readSlice(k, across: .k, frame: 0) }
        return "reads"
      } catch let error as VolumeError {
        return error.description
      }
    }
  }

  private func outcome(_ edit: (inout DicomSample) -> Void) throws -> String {
    var sample = DicomSample.slice(0)
    edit(&sample)
    return try outcome(sample.file)
  }

  @Test func everyTruncationIsSurvivedAndSaid() throws {
    let whole = DicomSample.slice(0).file
    for length in stride(from: 0, to: whole.count, by: 3) {
      let said = try outcome(Array(whole.prefix(length)))
      #expect(said != "reads", "cut at \(length) of \(whole.count)")
    }
    #expect(try outcome(whole) == "reads")
  }

  @Test func pixelsShorterThanAnnounced() throws {
    #expect(
      try outcome { $0.set(0x0028_0010, us: 600) }.contains(
        "pixel data is shorter than announced: 600 × 7 × 1 need 8400 bytes, there are 70"))
    #expect(
      try outcome {
        $0.set(0x0028_0010, us: 65535)
        $0.set(0x0028_0011, us: 65535)
      }.contains("shorter than announced"))
  }

  @Test func absurdFrameCounts() throws {
    for frames in ["2147483647", "99999999999999999999", "0", "-5", "x"] {
      let said = try outcome { $0.set(0x0028_0008, "IS", frames) }
      #expect(said != "no DICOM", "\(frames): \(said)")
    }
    #expect(try outcome { $0.set(0x0028_0008, "IS", "2147483647") }.contains("shorter than announced"))
    #expect(try outcome { $0.set(0x0028_0008, "IS", "0") }.contains("NumberOfFrames is not positive"))
  }

  @Test func missingMandatoryAttributes() throws {
    #expect(try outcome { $0.remove(0x0020_000E) }.contains("has no SeriesInstanceUID"))
    #expect(try outcome { $0.remove(0x0028_0010) }.contains("Rows or Columns is missing or zero"))
    #expect(try outcome { $0.remove(0x0020_0032) }.contains("no position in the patient"))
    #expect(try outcome { $0.set(0x0020_0032, "DS", "1\\x\\3") }.contains("no position in the patient"))
    #expect(try outcome { $0.set(0x0020_0037, "DS", "1\\0\\0\\1\\0\\0") }.contains("no usable orientation"))
    #expect(try outcome { $0.set(0x0020_0037, "DS", "9\\0\\0\\0\\9\\0") }.contains("no usable orientation"))
    #expect(try outcome { $0.set(0x0028_0030, "DS", "0\\1") }.contains("no usable PixelSpacing"))
    #expect(try outcome { $0.set(0x0028_0030, "DS", "-1\\1e400") }.contains("no usable PixelSpacing"))
    #expect(try outcome { $0.remove(0x7FE0_0010) }.contains("no picture in it"))
    #expect(try outcome { $0.remove(0x0028_0100) } != "reads")
    #expect(try outcome { $0.set(0x0028_1053, "DS", "0") }.contains("contradicts itself"))
    // What is there and cannot be read is not an identity: the values would be off without a word.
    #expect(try outcome { $0.set(0x0028_1053, "DS", "1,0") }.contains("cannot be read"))
    #expect(
      try outcome {
        $0.set(0x0028_1053, "DS", "1")
        $0.set(0x0028_1052, "DS", "none")
      }.contains("cannot be read"))
  }

  @Test func contradictingBits() throws {
    for (allocated, stored, high) in [
      (16, 17, 15), (16, 0, 0), (16, 12, 3), (12, 12, 11), (1, 1, 0), (64, 64, 63), (16, 12, 200),
    ] {
      let said = try outcome {
        $0.set(0x0028_0100, us: allocated)
        $0.set(0x0028_0101, us: stored)
        $0.set(0x0028_0102, us: high)
      }
      #expect(said != "reads", "\(allocated)/\(stored)/\(high)")
    }
  }

  /// 60 000 nested sequences of undefined length in half a megabyte: recursion would use up the stack.
  @Test func deepNestsAreRefused() throws {
    var bytes = DicomSample.slice(0)
    bytes.remove(0x7FE0_0010)
    let level: [UInt8] =
      [0x08, 0x00, 0x40, 0x11] + Array("SQ".utf8) + [0, 0, 0xFF, 0xFF, 0xFF, 0xFF] + [
        0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF,
      ]
    let said = try outcome(bytes.file + (0..<60000).flatMap { _ in level })
    #expect(said.contains("nested deeper than any scanner writes"))
  }

  @Test func announcedLengthsBeyondTheFile() throws {
    let head = DicomSample.slice(0).file.dropLast(70 + 12)
    let pixels: [UInt8] = [0xE0, 0x7F, 0x10, 0x00] + Array("OW".utf8) + [0, 0, 0xF0, 0xFF, 0xFF, 0xFF] + [1, 2, 3, 4]
    #expect(try outcome(Array(head) + pixels).contains("damaged"))
    let text: [UInt8] = [0x20, 0x00, 0x00, 0x40] + Array("UT".utf8) + [0, 0, 0xF0, 0xFF, 0xFF, 0xFF] + [1, 2]
    #expect(try outcome(Array(head) + text) != "reads")
  }

  @Test func compressedClaimsBeyondTheFragment() throws {
    for syntax in ["1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.80"]
    {
      var s = DicomSample.slice(0)
      s.transferSyntax = syntax
      s.set(0x0028_0010, us: 65535)
      s.set(0x0028_0011, us: 65535)
      s.remove(0x7FE0_0010)
      let fragment: [UInt8] = [0xFF, 0xD8, 0xFF, 0xC3, 0, 11, 12, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0x11, 0, 0]
      let pixels: [UInt8] =
        [0xE0, 0x7F, 0x10, 0x00] + Array("OB".utf8) + [0, 0, 0xFF, 0xFF, 0xFF, 0xFF] + [
          0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0,
        ]
        + [0xFE, 0xFF, 0x00, 0xE0] + DicomSample.little32(fragment.count) + fragment + [
          0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0,
        ]
      let said = try outcome(s.file + pixels)
      #expect(said.contains("is larger than its compressed bytes can hold"), "\(syntax): \(said)")
    }
  }

  @Test func strangersAmongTheFiles() throws {
    try TestData.withFolder("hostile") { folder in
      try DicomSample.series(3, in: folder)
      try Data("not DICOM at all".utf8).write(to: folder.appendingPathComponent("README"))
      try Data().write(to: folder.appendingPathComponent("empty"))
      try Data(DicomSample.slice(9).file.prefix(700)).write(to: folder.appendingPathComponent("cut"))
      let archive = try DicomArchive.scan(folder)
      #expect(archive.otherFileCount == 2)
      #expect(archive.damaged.count == 1 && archive.damaged[0].subject == "cut")
      #expect(try archive.select().open().header.size.2 == 3)
      #expect(archive.series[0].findings.contains { $0.text.contains("damaged") })
    }
  }

  @Test func messagesHoldNothingOfThePatient() throws {
    try TestData.withFolder("hostile") { folder in
      try DicomSample.series(4, in: folder) { k, s in
        if k == 2 { s.set(0x0020_0032, "DS", "0\\0\\99") }
        if k == 3 { s.remove(0x0028_0010) }
      }
      let archive = try DicomArchive.scan(folder)
      var said = archive.damaged.map(\.description) + archive.series.map(\.summary)
      said += archive.series.compactMap(\.suitability.sentence) + archive.series.flatMap { $0.findings.map(\.text) }
      do { _ = try archive.select("nothing") } catch { said.append("\(error)") }
      do { _ = try archive.series[0].open() } catch { said.append("\(error)") }
      #expect(said.count > 4)
      for text in said { for secret in ["SECRET", "19660606", "20010203"] { #expect(!text.contains(secret)) } }
    }
  }

  /// Files that once broke something, or that a fuzzer found interesting.
  @Test func seedsAreSurvived() throws {
    let seeds = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Seeds")
    for seed in try FileManager.default.contentsOfDirectory(at: seeds, includingPropertiesForKeys: nil) {
      _ = try outcome([UInt8](try Data(contentsOf: seed)))
    }
  }

  /// Bytes changed at random, always the same way: whatever comes out, nothing crashes, down to the derived output.
  @Test func randomDamageIsSurvived() throws {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    let samples = [DicomSample.slice(0).file, DicomEnhancedSample.object(slices: 3).file]
    try TestData.withFolder("damage") { folder in
      let input = folder.appendingPathComponent("in")
      try FileManager.default.createDirectory(at: input, withIntermediateDirectories: true)
      let file = input.appendingPathComponent("x")
      for round in 0..<600 {
        var bytes = samples[round % 2]
        for _ in 0...next(6) {
          let at = 132 + next(bytes.count - 132)
          switch next(4) {
          case 0: bytes[at] = UInt8(next(256))
          case 1: bytes[at] ^= 1 << UInt8(next(8))
          case 2: bytes.remove(at: at)
          default: bytes.insert(contentsOf: bytes[at..<min(at + 1 + next(16), bytes.count)], at: at)
          }
        }
        try Data(bytes).write(to: file)
        let archive = try DicomArchive.scan(input)
        for series in archive.series where series.isUsable && series.size.0 * series.size.1 * series.size.2 < 100_000 {
          guard let reader = try? series.open(.init(allowGaps: true)) else { continue }
          let out = folder.appendingPathComponent("out\(round)\(series.selector.count)")
          let writer = try? DicomSeriesWriter(
            folder: out, header: reader.header.upscaled(by: 2, across: .k), source: series,
            derivation: DicomSeriesWriterTests.derivation())
          if let writer { try? DicomSeriesWriterTests.write(reader, to: writer) }
          writer?.discard()
          try? FileManager.default.removeItem(at: out)
        }
      }
    }
  }
}
