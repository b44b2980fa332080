import DicomSamples
import Foundation
import Testing
import Volumes

/// Order, spacing and position, on series made byte by byte.
@Suite struct DicomGeometryTests {
  private func reader(_ count: Int, edit: @escaping (Int, inout DicomSample) -> Void) throws -> any VolumeReader {
    try TestData.withFolder("geometry") { folder in
      try DicomSample.series(count, in: folder, edit: edit)
      let reader = try DicomArchive.scan(folder).select().open()
      // Files are read when asked for: ask while they are there.
      for k in 0..<reader.header.size.2 { _ = try reader.readSlice(k, across: .k, frame: 0) }
      return reader
    }
  }

  private func verdict(_ count: Int, edit: @escaping (Int, inout DicomSample) -> Void) throws -> [DicomSeries] {
    try TestData.withFolder("geometry") { folder in
      try DicomSample.series(count, in: folder, edit: edit)
      return try DicomArchive.scan(folder).series
    }
  }

  @Test func sortsByPositionAndTurnsLeftToRight() throws {
    try TestData.withFolder("geometry") { folder in
      try DicomSample.series(4, in: folder)
      let reader = try DicomArchive.scan(folder).select().open()
      #expect(reader.header.size == (7, 5, 4))
      // Row spacing 0.8 runs along j, column spacing 0.9 along i; x and y change sign from LPS+ to RAS+.
      let affine = reader.header.geometry.affine
      #expect(affine.columns.0 == [-0.9, 0, 0])
      #expect(affine.columns.1 == [0, -0.8, 0])
      #expect(affine.columns.2 == [0, 0, 2.5])
      #expect(affine.origin == [10, 20, 5])
      for k in 0..<4 {
        let slice = try reader.readSlice(k, across: .k, frame: 0)
        #expect(slice.width == 7 && slice.height == 5)
        #expect(slice.values == (0..<35).map { Double(100 * k + $0) })
      }
    }
  }

  @Test func sagittalAndObliqueKeepTheirDirections() throws {
    let sagittal = try reader(3) { k, s in
      s.set(0x0020_0037, "DS", "0\\1\\0\\0\\0\\-1")
      s.set(0x0020_0032, "DS", "\(4.0 - 1.5 * Double(k))\\-20\\30")
    }
    // The normal of (0,1,0) × (0,0,−1) is (−1,0,0): depth rises as x falls.
    #expect(sagittal.header.geometry.affine.columns.2 == [1.5, 0, 0])
    #expect(sagittal.header.geometry.affine.columns.1 == [0, 0, -0.8])
    #expect(sagittal.header.geometry.affine.origin == [-4, 20, 30])
    let c = 0.8
    let d = 0.6
    let oblique = try reader(3) { k, s in
      s.set(0x0020_0037, "DS", "1\\0\\0\\0\\\(c)\\\(d)")
      s.set(0x0020_0032, "DS", "0\\\(-d * 2 * Double(k))\\\(c * 2 * Double(k))")
    }
    let step = oblique.header.geometry.affine.columns.2
    let expected: SIMD3<Double> = [0, d * 2, c * 2]
    let gap: SIMD3<Double> = step - expected
    #expect((gap * gap).sum() < 1e-20)
    #expect(!oblique.header.findings.contains { $0.text.contains("tilt") })
  }

  @Test func namesTiltAndKeepsTheShear() throws {
    let tilted = try reader(4) { k, s in s.set(0x0020_0032, "DS", "0\\\(0.5 * Double(k))\\\(2.5 * Double(k))") }
    #expect(tilted.header.findings.contains { $0.text.hasPrefix("gantry tilt of 11.31°") })
    #expect(tilted.header.geometry.affine.columns.2 == [0, -0.5, 2.5])
  }

  @Test func missingSliceIsNamedWithItsPlace() throws {
    let series = try verdict(5) { k, s in
      let place = k < 2 ? Double(k) : Double(k + 1)
      s.set(0x0020_0032, "DS", "0\\0\\\(2.5 * place)")
    }
    guard case .needsGaps(let text) = series[0].suitability else {
      Issue.record("a gap has to be seen")
      return
    }
    #expect(text.contains("from 2.5 mm to 5 mm between slices 2 and 3: a slice seems to be missing"))
    #expect(text.contains("--allow-gaps"))
    #expect(series[0].size.2 == 6)
  }

  @Test func unevenSpacingIsResampledOnRequestOnly() throws {
    try TestData.withFolder("geometry") { folder in
      let places = [0.0, 2.5, 5.5, 7.5, 10.0]
      try DicomSample.series(5, in: folder) { k, s in s.set(0x0020_0032, "DS", "0\\0\\\(places[k])") }
      let series = try DicomArchive.scan(folder).select()
      guard case .needsGaps(let text) = series.suitability else {
        Issue.record("uneven spacing has to be seen")
        return
      }
      #expect(text.hasPrefix("slice spacing is uneven: from 2 mm to 3 mm (between slices 2 and 3)"))
      let reader = try series.open(.init(allowGaps: true))
      #expect(reader.header.size.2 == 5)
      // At 5 mm lies a mixture of the slices at 2.5 and 5.5: values rise by 100 from one to the next.
      let slice = try reader.readSlice(2, across: .k, frame: 0)
      #expect(abs(slice.values[0] - (100 + 100 * 2.5 / 3)) < 1e-9)
    }
  }

  @Test func duplicatesAreLeftOut() throws {
    try TestData.withFolder("geometry") { folder in
      try DicomSample.series(3, in: folder)
      try DicomSample.slice(1).write(to: folder.appendingPathComponent("again"))
      let reader = try DicomArchive.scan(folder).select().open()
      #expect(reader.header.size.2 == 3)
      #expect(reader.header.findings.contains { $0.severity == .warning && $0.text.hasPrefix("1 duplicates") })
    }
  }

  @Test func anAmbiguousPositionIsRefused() throws {
    try TestData.withFolder("geometry") { folder in
      try DicomSample.series(3, in: folder)
      var other = DicomSample.slice(1, values: Array(repeating: 7, count: 35))
      other.set(0x0008_0018, "UI", "1.2.3.100.77")
      try other.write(to: folder.appendingPathComponent("other"))
      let series = try DicomArchive.scan(folder).series
      guard case .refused(let text) = series[0].suitability else {
        Issue.record("two slices at one position have to be seen")
        return
      }
      #expect(text.hasPrefix("position 2 of 3 holds 2 different slices"))
    }
  }

  @Test func repetitionsBecomeFrames() throws {
    try TestData.withFolder("geometry") { folder in
      for time in 0..<3 {
        for k in 0..<4 {
          var s = DicomSample.slice(k, values: (0..<35).map { 1000 * time + 10 * k + $0 })
          s.set(0x0008_0018, "UI", "1.2.3.100.\(time).\(k)")
          s.set(0x0020_0100, "IS", "\(3 - time)")
          try s.write(to: folder.appendingPathComponent("f\(time)-\(k)"))
        }
      }
      let reader = try DicomArchive.scan(folder).select().open()
      #expect(reader.header.frames == 3 && reader.header.size.2 == 4)
      // Temporal positions run against the numbering here: the last written comes first.
      #expect(try reader.readSlice(2, across: .k, frame: 0).values[0] == 2020)
      #expect(try reader.readSlice(0, across: .k, frame: 2).values[5] == 5)
    }
  }

  @Test func incompleteRepetitionNeedsConsent() throws {
    try TestData.withFolder("geometry") { folder in
      for time in 0..<3 {
        for k in 0..<(time == 2 ? 2 : 4) {
          var s = DicomSample.slice(k)
          s.set(0x0008_0018, "UI", "1.2.3.100.\(time).\(k)")
          s.set(0x0020_0100, "IS", "\(time + 1)")
          try s.write(to: folder.appendingPathComponent("f\(time)-\(k)"))
        }
      }
      let series = try DicomArchive.scan(folder).select()
      guard case .needsGaps(let text) = series.suitability else {
        Issue.record("an incomplete repetition has to be seen")
        return
      }
      #expect(text.hasPrefix("1 of 3 repetitions lack slices"))
      #expect(try series.open(.init(allowGaps: true)).header.frames == 2)
    }
  }

  @Test func echoesAndOrientationsBecomeParts() throws {
    try TestData.withFolder("geometry") { folder in
      for k in 0..<3 {
        for echo in 0..<2 {
          var s = DicomSample.slice(k)
          s.set(0x0008_0018, "UI", "1.2.3.100.\(echo).\(k)")
          s.set(0x0018_0081, "DS", echo == 0 ? "4.5" : "9")
          try s.write(to: folder.appendingPathComponent("f\(echo)-\(k)"))
        }
        var s = DicomSample.slice(k, position: [Double(k), 0, 0], orientation: "0\\1\\0\\0\\0\\1")
        s.set(0x0008_0018, "UI", "1.2.3.100.9.\(k)")
        s.set(0x0018_0081, "DS", "4.5")
        try s.write(to: folder.appendingPathComponent("g-\(k)"))
      }
      let archive = try DicomArchive.scan(folder)
      #expect(archive.series.map(\.selector) == ["3.1", "3.2", "3.3"])
      #expect(
        archive.series.map(\.distinction) == [
          "axial plane, echo time 4.5 ms", "axial plane, echo time 9 ms", "sagittal plane, echo time 4.5 ms",
        ])
      let error = #expect(throws: VolumeError.self) { try archive.select("3") }
      #expect(error?.code == .invalidRequest)
      #expect(error?.reason.contains("3.2  MR  7 × 5 × 3") == true)
      #expect(try archive.select("3.2").size.2 == 3)
    }
  }

  @Test func aSingleSliceTakesItsThickness() throws {
    let one = try reader(1) { _, _ in }
    #expect(one.header.size.2 == 1)
    #expect(one.header.geometry.affine.columns.2 == [0, 0, 2.5])
    #expect(
      one.header.findings.contains {
        $0.text.hasPrefix("a single slice: the spacing across it is its stated thickness")
      })
  }

  /// One slice over time is upscaled picture by picture where the headers say so; without that it is refused.
  @Test func oneSliceRepeated() throws {
    func series(_ edit: @escaping (Int, inout DicomSample) -> Void) throws -> DicomSeries {
      try verdict(3) { k, s in
        s.set(0x0020_0032, "DS", "0\\0\\0")
        edit(k, &s)
      }[0]
    }
    let cine = try series { k, s in s.set(0x0018_1060, "DS", "\(40 * k)") }
    #expect(cine.suitability == .suitable && cine.frames == 3 && cine.size.2 == 1)
    #expect(cine.findings.contains { $0.text.contains("one slice over time") })
    let monitor = try series { k, s in s.set(0x0020_0012, "IS", "\(k)") }
    guard case .refused(let text) = monitor.suitability else {
      Issue.record("pictures that nothing tells apart are no volume")
      return
    }
    #expect(text.contains("Keep one of them in the folder"))
  }
}
