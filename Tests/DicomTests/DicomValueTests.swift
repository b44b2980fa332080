import DicomSamples
import Foundation
import Testing
import Volumes

/// Stored bits to values in the volume's unit.
@Suite struct DicomValueTests {
  private func values(_ edit: (inout DicomSample) -> Void) throws -> (values: [Double], header: VolumeHeader) {
    try TestData.withFolder("values") { folder in
      var sample = DicomSample.slice(0, columns: 4, rows: 2, values: [0, 1, 2, 3, 4, 5, 4094, 4095])
      edit(&sample)
      try sample.write(to: folder.appendingPathComponent("a"))
      let reader = try DicomArchive.scan(folder).select().open()
      return (try reader.readSlice(0, across: .k, frame: 0).values, reader.header)
    }
  }

  @Test func rescaleAndUnit() throws {
    let (found, header) = try values { s in
      s.set(0x0008_0060, "CS", "CT")
      s.set(0x0028_1052, "DS", "-1024 ")
      s.set(0x0028_1053, "DS", "0.5")
    }
    #expect(found == [-1024, -1023.5, -1023, -1022.5, -1022, -1021.5, 1023, 1023.5])
    #expect(header.intensityUnit == .hounsfield && header.modality == .ct)
    #expect(header.rescale == IntensityRescale(slope: 0.5, intercept: -1024))
  }

  @Test func signedTwelveBitsOfSixteen() throws {
    #expect(try values { $0.set(0x0028_0103, us: 1) }.values == [0, 1, 2, 3, 4, 5, -2, -1])
  }

  @Test func bitsAboveHighBitAreNotTheValue() throws {
    let (found, _) = try values { s in
      s.set(0x7FE0_0010, "OW", bytes: [0, 1, 2, 3, 4, 5, 4094, 4095].flatMap { DicomSample.little16($0 | 0xA000) })
    }
    #expect(found == [0, 1, 2, 3, 4, 5, 4094, 4095])
  }

  @Test func highBitElsewhere() throws {
    let (found, _) = try values { s in
      s.set(0x0028_0102, us: 15)
      s.set(0x7FE0_0010, "OW", bytes: [0, 1, 2, 3, 4, 5, 4094, 4095].flatMap { DicomSample.little16($0 << 4 | 7) })
    }
    #expect(found == [0, 1, 2, 3, 4, 5, 4094, 4095])
  }

  @Test func eightAndThirtyTwoBits() throws {
    let (bytes, _) = try values { s in
      s.set(0x0028_0100, us: 8)
      s.set(0x0028_0101, us: 8)
      s.set(0x0028_0102, us: 7)
      s.set(0x7FE0_0010, "OB", bytes: [0, 1, 2, 3, 127, 128, 254, 255])
    }
    #expect(bytes == [0, 1, 2, 3, 127, 128, 254, 255])
    let (long, _) = try values { s in
      s.set(0x0028_0100, us: 32)
      s.set(0x0028_0101, us: 32)
      s.set(0x0028_0102, us: 31)
      s.set(0x7FE0_0010, "OW", bytes: [0, 1, 70000, 4_294_967_295, 4, 5, 6, 7].flatMap(DicomSample.little32))
    }
    #expect(long == [0, 1, 70000, 4_294_967_295, 4, 5, 6, 7])
  }

  @Test func modalityTable() throws {
    let (found, _) = try values { s in
      var table = DicomSample()
      table.set(0x0028_3002, us: 4, 1, 16)
      table.set(0x0028_3004, "LO", "HU")
      table.set(0x0028_3006, us: 10, 20, 40, 80)
      s.set(0x0028_3000, items: [table])
    }
    // Below and above the table its ends hold (PS3.3 C.11.1.1.1).
    #expect(found == [10, 10, 20, 40, 80, 80, 80, 80])
  }

  @Test func paddingIsNoPartOfThePicture() throws {
    let (found, header) = try values { s in
      s.set(0x0028_0120, us: 3)
      s.set(0x0028_0121, us: 4)
    }
    #expect(found[0...2] == [0, 1, 2] && found[3].isNaN && found[4].isNaN && found[5] == 5)
    #expect(header.findings.contains { $0.text.contains("padding") })
  }

  @Test func signedPadding() throws {
    let (found, _) = try values { s in
      s.set(0x0028_0101, us: 16)
      s.set(0x0028_0102, us: 15)
      s.set(0x0028_0103, us: 1)
      s.set(0x0028_0120, ss: -2000)
      s.set(0x7FE0_0010, "OW", bytes: [-2000, -1, 0, 1, 2, 3, 4, -2000].flatMap(DicomSample.little16))
    }
    #expect(found[0].isNaN && found[7].isNaN && found[1] == -1)
  }

  @Test func monochrome1KeepsItsValues() throws {
    let (found, header) = try values { $0.set(0x0028_0004, "CS", "MONOCHROME1") }
    #expect(found == [0, 1, 2, 3, 4, 5, 4094, 4095])
    #expect(header.findings.contains { $0.text.hasPrefix("MONOCHROME1") })
  }

  @Test func perFrameRescaleOfAnEnhancedObject() throws {
    try TestData.withFolder("values") { folder in
      try DicomEnhancedSample.object(slices: 3).write(to: folder.appendingPathComponent("e"))
      let series = try DicomArchive.scan(folder).select()
      #expect(series.isEnhanced)
      let reader = try series.open()
      #expect(reader.header.size == (4, 2, 3))
      #expect(reader.header.geometry.affine.columns.2 == [0, 0, 3])
      for k in 0..<3 {
        // Frames are stored from the top down; each has its own slope.
        let slice = try reader.readSlice(k, across: .k, frame: 0)
        let f = Double(2 - k)
        let expected: [Double] = (0..<8).map { (10 * f + Double($0)) * (f + 1) - 5 }
        #expect(slice.values == expected)
      }
      #expect(reader.header.findings.contains { $0.text.contains("rescale differs") })
    }
  }
}

/// A small Enhanced MR object: 4 × 2 pixels, frames from the top down, slope f + 1, intercept −5.
enum DicomEnhancedSample {
  static func object(slices: Int) -> DicomSample {
    let stored: [Int] = (0..<(8 * slices)).map { 10 * ($0 / 8) + $0 % 8 }
    var s = DicomSample.slice(0, columns: 4, rows: 2, values: stored)
    s.set(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.4.1")
    s.set(0x0028_0008, "IS", "\(slices)")
    for tag: UInt32 in [0x0020_0032, 0x0020_0037, 0x0028_0030, 0x0018_0050] { s.remove(tag) }
    var shared = DicomSample()
    var measures = DicomSample()
    measures.set(0x0018_0050, "DS", "3")
    measures.set(0x0028_0030, "DS", "0.8\\0.9")
    shared.set(0x0028_9110, items: [measures])
    var orientation = DicomSample()
    orientation.set(0x0020_0037, "DS", "1\\0\\0\\0\\1\\0")
    shared.set(0x0020_9116, items: [orientation])
    s.set(0x5200_9229, items: [shared])
    s.set(
      0x5200_9230,
      items: (0..<slices).map { f in
        var frame = DicomSample()
        var place = DicomSample()
        place.set(0x0020_0032, "DS", "0\\0\\\(3 * (slices - f))")
        frame.set(0x0020_9113, items: [place])
        var transform = DicomSample()
        transform.set(0x0028_1052, "DS", "-5")
        transform.set(0x0028_1053, "DS", "\(f + 1)")
        transform.set(0x0028_1054, "LO", "US")
        frame.set(0x0028_9145, items: [transform])
        return frame
      })
    return s
  }
}
