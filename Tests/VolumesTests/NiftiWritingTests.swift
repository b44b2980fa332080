import Foundation
import Testing
import Volumes

@Suite struct NiftiWritingTests {
  private func source(_ name: String) throws -> any VolumeReader {
    try VolumeFile.open(Fixtures.golden.appendingPathComponent("nifti/\(name)"))
  }

  @Test func everyTypeAndNameRoundTrips() throws {
    let folder = try TemporaryFolder()
    for type in ScalarType.allCases {
      for version in [1, 2] {
        for name in ["a.nii", "a.nii.gz", "a.hdr", "a.img.gz"] {
          let kind = [
            "uint8": "u1", "int8": "i1", "uint16": "u2", "int16": "i2", "uint32": "u4", "int32": "i4",
            "uint64": "u8", "int64": "i8", "float32": "f4", "float64": "f8",
          ][type.rawValue]!
          let reader = try source("v\(version)_\(kind)_big.nii.gz")
          let values = try reader.allValues()
          var output = NiftiOutput(header: reader.header, type: type)
          output.overwrite = true
          #expect(output.version == version)
          let writer = try NiftiWriter(output, to: folder.file(name))
          try writer.writeAll(values, header: reader.header)
          try writer.finish()
          let again = try VolumeFile.open(folder.file(name))
          #expect(again.header.storedType == type)
          #expect(try again.allValues() == values, "\(type) \(version) \(name)")
          #expect(again.header.geometry.completed().geometry == again.header.geometry)
          expectCorners(
            again.header.geometry.affine, size: again.header.size,
            reader.header.geometry.affine.outerCorners(size: reader.header.size).map { [$0.x, $0.y, $0.z] },
            within: 1e-4, name)
        }
      }
    }
    #expect(folder.names == ["a.hdr", "a.hdr.gz", "a.img", "a.img.gz", "a.nii", "a.nii.gz"])
  }

  @Test func anyOrderAndAxisGivesTheSameBytes() throws {
    let folder = try TemporaryFolder()
    let reader = try source("five_dimensions.nii")
    let values = try reader.allValues()
    for type in [ScalarType.float32, .float64, .uint16] {
      for name in ["a.nii", "a.nii.gz"] {
        var bytes: Set<Data> = []
        let ways: [(VoxelAxis, [Int]?)] = [
          (.k, nil), (.k, [4, 1, 0, 3, 2]), (.k, [0, 1, 2, 4, 3]), (.j, nil), (.j, [3, 0, 2, 1]), (.i, nil),
          (.i, [1, 2, 0]),
        ]
        for (axis, order) in ways {
          var output = NiftiOutput(header: reader.header, type: type)
          output.overwrite = true
          let writer = try NiftiWriter(output, to: folder.file(name))
          try writer.writeAll(values, header: reader.header, across: axis, order: order)
          try writer.finish()
          bytes.insert(try Data(contentsOf: folder.file(name)))
          #expect(try VolumeFile.open(folder.file(name)).allValues() == values)
        }
        #expect(bytes.count == 1, "\(type) \(name)")
        if name.hasSuffix("gz") {
          // RFC 1952: no flags (so no name), no time.
          #expect(bytes.first.map { Array($0.prefix(8)) } == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0])
        }
      }
    }
  }

  @Test func headerFieldsAreKept() throws {
    let folder = try TemporaryFolder()
    let reader = try source("extended.nii")
    for version in [1, 2] {
      var output = NiftiOutput(header: reader.header)
      output.version = version
      output.overwrite = true
      let writer = try NiftiWriter(output, to: folder.file("a.nii"))
      try writer.writeAll(reader.allValues(), header: reader.header)
      try writer.finish()
      let again = try VolumeFile.open(folder.file("a.nii")).header
      var expected = try #require(reader.header.nifti)
      expected.version = version
      #expect(again.nifti == expected)
      #expect(again.description == reader.header.description)
      #expect(again.frameUnit == .seconds)
      #expect(again.findings.isEmpty, "\(again.findings)")
    }
    var output = NiftiOutput(header: reader.header.upscaled(by: 2, across: .i))
    output.description = String(repeating: "ä", count: 60)
    output.keepsDisplayRange = false
    output.overwrite = true
    let writer = try NiftiWriter(output, to: folder.file("a.nii"))
    let (nx, ny, nz) = output.header.size
    #expect((nx, ny, nz) == (3, 8, 10))
    try writer.writeAll(Array(repeating: 0, count: nx * ny * nz), header: output.header)
    try writer.finish()
    let again = try VolumeFile.open(folder.file("a.nii")).header
    #expect(again.description == String(repeating: "ä", count: 39))
    #expect(again.nifti?.displayMaximum == 0)
    // Slices lay along k, and there are more of them now: their timing no longer holds.
    #expect(again.nifti?.sliceDimension == 3 && again.nifti?.sliceCode == 0 && again.nifti?.sliceDuration == 0)
  }

  @Test func integersKeepTheirScalingWhereItFits() throws {
    let folder = try TemporaryFolder()
    let reader = try source("scaled.nii")
    let values = try reader.allValues()
    let kept = try NiftiWriter(NiftiOutput(header: reader.header, type: .int16), to: folder.file("kept.nii.gz"))
    try kept.writeAll(values, header: reader.header)
    try kept.finish()
    // The volume is sheared, so that there is a note about the qform; but no warning.
    #expect(kept.findings.map(\.severity) == [.note])
    let keptAgain = try VolumeFile.open(folder.file("kept.nii.gz"))
    #expect(keptAgain.header.rescale == reader.header.rescale)
    #expect(try keptAgain.allValues() == values)

    var wide = values
    wide[0] = 1e6
    wide[1] = -2e6
    wide[2] = .nan
    wide[3] = .infinity
    let changed = try NiftiWriter(NiftiOutput(header: reader.header, type: .int16), to: folder.file("changed.nii"))
    try changed.writeAll(wide, header: reader.header)
    try changed.finish()
    #expect(changed.findings.map(\.severity) == [.warning, .warning, .warning, .note])
    let again = try VolumeFile.open(folder.file("changed.nii"))
    let step = again.header.rescale.slope
    #expect(step > 3e6 / 65536 && step < 3.001e6 / 65535)
    for (index, value) in try again.allValues().enumerated() where index != 2 && index != 3 {
      #expect(abs(value - wide[index]) <= step * 0.51)
    }
  }

  @Test func largeSizesBecomeNifti2() throws {
    let folder = try TemporaryFolder()
    let header = VolumeHeader(
      size: (40000, 2, 1), frames: 1, geometry: VolumeGeometry(affine: AffineTransform(spacing: [0.1, 1, 2])),
      acquiredAxis: .k)
    let writer = try NiftiWriter(NiftiOutput(header: header), to: folder.file("long.nii.gz"))
    try writer.writeAll((0..<80000).map(Double.init), header: header)
    try writer.finish()
    let again = try VolumeFile.open(folder.file("long.nii.gz"))
    #expect(again.header.format == .nifti2)
    #expect(try again.allValues() == (0..<80000).map(Double.init))
    #expect(again.header.geometry.sform?.code == 1 && again.header.geometry.qform?.code == 1)
  }

  @Test func namesAppearOnlyWhenComplete() throws {
    let folder = try TemporaryFolder()
    let reader = try source("scaled.nii")
    let values = try reader.allValues()
    for name in ["a.nii", "a.nii.gz", "a.hdr", "a.img.gz"] {
      let writer = try NiftiWriter(NiftiOutput(header: reader.header), to: folder.file(name))
      try writer.writeAll(values, header: reader.header)
      #expect(folder.names.allSatisfy { $0.hasPrefix(".") })
      writer.discard()
      #expect(folder.names.isEmpty)
      writer.discard()
    }
    do { _ = try NiftiWriter(NiftiOutput(header: reader.header), to: folder.file("dropped.nii")) }
    #expect(folder.names.isEmpty)

    try Data("precious".utf8).write(to: folder.file("a.nii"))
    let refused = #expect(throws: VolumeError.self) {
      try NiftiWriter(NiftiOutput(header: reader.header), to: folder.file("a.nii"))
    }
    #expect(refused?.code == .exists)
    // Another program takes the name while the output is being written.
    let late = try NiftiWriter(NiftiOutput(header: reader.header), to: folder.file("late.nii"))
    try late.writeAll(values, header: reader.header)
    try Data("precious".utf8).write(to: folder.file("late.nii"))
    #expect(throws: VolumeError.self) { try late.finish() }
    #expect(try Data(contentsOf: folder.file("late.nii")) == Data("precious".utf8))
    var output = NiftiOutput(header: reader.header)
    output.overwrite = true
    let writer = try NiftiWriter(output, to: folder.file("a.nii"))
    #expect(try Data(contentsOf: folder.file("a.nii")) == Data("precious".utf8))
    try writer.writeAll(values, header: reader.header)
    try writer.finish()
    writer.discard()
    #expect(try VolumeFile.open(folder.file("a.nii")).allValues() == values)
    #expect(folder.names == ["a.nii", "late.nii"])
  }

  @Test func placesThatCannotBeWrittenAreSaid() throws {
    let folder = try TemporaryFolder()
    let header = try source("scaled.nii").header
    let table: [(String, VolumeError.Code)] = [
      ("missing/a.nii", .unwritable), ("a.txt", .invalidRequest), ("a", .invalidRequest), ("a.gz", .invalidRequest),
      (String(repeating: "n", count: 300) + ".nii", .unwritable),
    ]
    for (name, code) in table {
      let error = #expect(throws: VolumeError.self, "\(name)") {
        let writer = try NiftiWriter(NiftiOutput(header: header), to: folder.file(name))
        try writer.writeAll(Array(repeating: 0, count: 60), header: header)
        try writer.finish()
      }
      #expect(error?.code == code, "\(error?.description ?? "")")
    }
    try FileManager.default.createDirectory(at: folder.file("d.nii"), withIntermediateDirectories: false)
    var output = NiftiOutput(header: header)
    output.overwrite = true
    #expect(throws: VolumeError.self) { try NiftiWriter(output, to: folder.file("d.nii")) }
    #expect(folder.names == ["d.nii"])
  }

  @Test func aLimitOnFileSizesIsAFullDisk() throws {
    let folder = try TemporaryFolder()
    let header = VolumeHeader(
      size: (1024, 1024, 300), frames: 1, geometry: VolumeGeometry(affine: AffineTransform(spacing: [1, 1, 1])),
      acquiredAxis: .k)
    let writer: NiftiWriter
    do {
      writer = try NiftiWriter(NiftiOutput(header: header), to: folder.file("a.nii"))
    } catch let error as VolumeError where error.code == .diskFull {
      return  // Less than 1.2 GB free: the other way to the same sentence.
    }
    var before = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
    #expect(getrlimit(resource, &before) == 0)
    var limit = before
    limit.rlim_cur = 1 << 30
    #expect(setrlimit(resource, &limit) == 0)
    let slice = VolumeSlice(width: 1024, height: 1024, values: Array(repeating: 1, count: 1 << 20))
    let error = #expect(throws: VolumeError.self) { try writer.writeSlice(slice, at: 299, across: .k, frame: 0) }
    setrlimit(resource, &before)
    #expect(error?.code == .diskFull, "\(error?.description ?? "")")
    writer.discard()
    #expect(folder.names.isEmpty)
  }
}
