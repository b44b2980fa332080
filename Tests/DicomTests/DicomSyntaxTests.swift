import DicomSamples
import Foundation
import Testing
import Volumes

/// Every transfer syntax that is read, bit for bit.
@Suite(.enabled(if: TestData.isPresent("DicomSyntaxTests"))) struct DicomSyntaxTests {
  static let folder = TestData.dicom.appendingPathComponent("transfer_syntaxes")

  private func stored(_ url: URL) throws -> [Double] {
    let file = try DicomFile(reading: url.path, subject: url.lastPathComponent)
    let pixels = try #require(file.pixels)
    return try file.storedValues(frame: 0, count: Int(pixels.rows) * Int(pixels.columns))
  }

  /// One image in nine files; the witness is the NIfTI beside them, whose 35 slices the mosaic of 36 tiles holds.
  @Test(arguments: 1...9) func oneImageInNineFiles(_ number: Int) throws {
    let values = try stored(Self.folder.appendingPathComponent("In/\(number).dcm"))
    #expect(values.count == 384 * 384)
    let reference = try #require(try ReferenceVolume(Self.folder.appendingPathComponent("Ref/\(number).nii")))
    try #require(reference.size == (64, 64, 35))
    for k in 0..<35 {
      for j in 0..<64 {
        for i in 0..<64 {
          // dcm2niix stores rows from below.
          let tile = values[((k / 6) * 64 + 63 - j) * 384 + (k % 6) * 64 + i]
          if tile != reference[i, j, k, 0] {
            Issue.record("file \(number): \(tile) and not \(reference[i, j, k, 0]) at \(i), \(j), \(k)")
            return
          }
        }
      }
    }
  }

  /// Syntaxes that the data lack, made by DCMTK's own tools, and decoded by them too where they lose something.
  @Test(
    arguments: [
      ("dcmconv", ["+td"], nil), ("dcmconv", ["+ti"], nil), ("dcmconv", ["+tb"], nil), ("dcmcrle", [], nil),
      ("dcmcjpeg", ["+el"], nil), ("dcmcjpeg", ["+e1"], nil), ("dcmcjpeg", ["+ee", "+q", "80"], "dcmdjpeg"),
      ("dcmcjpls", ["+el"], nil), ("dcmcjpls", ["+en", "+md", "4"], "dcmdjpls"),
    ] as [(String, [String], String?)])
  func madeByDcmtk(_ encoder: String, _ options: [String], _ decoder: String?) throws {
    guard let encode = Tool(encoder, for: "madeByDcmtk") else { return }
    try TestData.withFolder("syntax") { folder in
      let source = Self.folder.appendingPathComponent("In/1.dcm")
      let packed = folder.appendingPathComponent("packed")
      #expect(try encode(options + [source.path, packed.path]).status == 0)
      var witness = source
      if let decoder {
        witness = folder.appendingPathComponent("unpacked")
        let decode = try #require(Tool(decoder, for: "madeByDcmtk"))
        #expect(try decode([packed.path, witness.path]).status == 0)
      }
      #expect(try stored(packed) == stored(witness))
    }
  }

  /// JPEG 2000 with loss, which DCMTK's tools cannot make; the witness is in Tests/Reference/jpeg2000_lossy.py.
  @Test func jpeg2000WithLoss() throws {
    let golden = TestData.packageRoot.appendingPathComponent("Tests/DicomTests/Golden")
    let url = golden.appendingPathComponent("jpeg2000-lossy.dcm")
    let raw = [UInt8](try Data(contentsOf: golden.appendingPathComponent("jpeg2000-lossy.raw")))
    let expected = stride(from: 0, to: raw.count, by: 2).map { Double(Int(raw[$0]) | Int(raw[$0 + 1]) << 8) }
    #expect(try stored(url) == expected)
    // Only the transfer syntax tells of the loss; the output has to say it in words.
    try TestData.withFolder("lossy") { folder in
      let series = try DicomArchive.scan(url).select()
      let reader = try series.open()
      let writer = try DicomSeriesWriter(
        folder: folder.appendingPathComponent("sr"), header: reader.header.upscaled(by: 2, across: .k), source: series,
        derivation: DicomSeriesWriterTests.derivation())
      try DicomSeriesWriterTests.write(reader, to: writer)
      let dump = try DicomDump(folder.appendingPathComponent("sr/00001.dcm"))
      #expect(dump.text(0x0028_2110) == "01" && dump.text(0x0028_2114) == "ISO_15444_1")
      let ratio = try #require(dump.numbers(0x0028_2112).first)
      #expect(ratio > 4 && ratio < 40)
    }
  }

  @Test func eightBitBaseline() throws {
    guard let encode = Tool("dcmcjpeg", for: "eightBitBaseline"), let decode = Tool("dcmdjpeg", for: "eightBitBaseline")
    else { return }
    try TestData.withFolder("syntax") { folder in
      var s = DicomSample.slice(0, columns: 32, rows: 16)
      s.set(0x0028_0100, us: 8)
      s.set(0x0028_0101, us: 8)
      s.set(0x0028_0102, us: 7)
      s.set(0x7FE0_0010, "OB", bytes: (0..<512).map { UInt8(($0 * 7) % 251) })
      let (plain, packed, unpacked) = (
        folder.appendingPathComponent("a"), folder.appendingPathComponent("b"), folder.appendingPathComponent("c")
      )
      try s.write(to: plain)
      #expect(try encode(["+eb", plain.path, packed.path]).status == 0)
      #expect(try decode([packed.path, unpacked.path]).status == 0)
      #expect(try stored(packed) == stored(unpacked))
      #expect(try stored(packed) != stored(plain))
    }
  }

  /// Frames of a compressed multi-frame object, one fragment each and several each.
  @Test func framesOfCompressedObjects() throws {
    guard let encode = Tool("dcmcjpls", for: "framesOfCompressedObjects") else { return }
    try TestData.withFolder("syntax") { folder in
      let source = TestData.dicom.appendingPathComponent("vendors/hyperfine/anatomical/001/001.dcm")
      let original = try DicomFile(reading: source.path, subject: "source")
      for options in [["+el"], ["+el", "+fs", "4"]] {
        let packed = folder.appendingPathComponent("packed\(options.count)")
        #expect(try encode(options + [source.path, packed.path]).status == 0)
        let file = try DicomFile(reading: packed.path, subject: "packed")
        if options.count > 1 { #expect((file.pixels?.fragments ?? 0) > 8) }
        for frame in [7, 0, 3] {
          #expect(
            try file.storedValues(frame: frame, count: 112 * 138)
              == original.storedValues(frame: frame, count: 112 * 138))
        }
      }
    }
  }
}
