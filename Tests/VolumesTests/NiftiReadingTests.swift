import Foundation
import Testing
import Volumes

@Suite struct NiftiReadingTests {
  @Test(.enabled(if: Fixtures.haveScans("orientations"))) func orientationsAgreeWithNibabel() throws {
    let witnesses = try Fixtures.decode("orientations.json", as: [String: Witness].self)
    #expect(witnesses.count == 48)
    for (name, witness) in witnesses {
      try expectAgreement(Fixtures.scans.appendingPathComponent("nifti/orientations/\(name)"), witness)
      let reader = try VolumeFile.open(Fixtures.scans.appendingPathComponent("nifti/orientations/\(name)"))
      #expect(name.hasPrefix(reader.header.geometry.affine.orientationCode), "\(name)")
    }
  }

  @Test(.enabled(if: Fixtures.haveScans("edge cases"))) func edgeCasesAgreeWithNibabel() throws {
    for (name, witness) in try Fixtures.decode("edge_cases.json", as: [String: Witness].self) {
      try expectAgreement(Fixtures.scans.appendingPathComponent("nifti/edge_cases/\(name)"), witness)
    }
  }

  private func expectAgreement(_ url: URL, _ witness: Witness) throws {
    let name = url.lastPathComponent
    let reader = try VolumeFile.open(url)
    let header = reader.header
    let size = [header.size.0, header.size.1, header.size.2]
    #expect(size + header.frameShape == witness.shape, "\(name)")
    expectCorners(header.geometry.affine, size: header.size, witness.corners, within: 1e-4, name)
    if let corners = witness.sform {
      let sform = try #require(header.geometry.sform, "\(name)")
      #expect(sform.code == witness.codes[0])
      expectCorners(sform.affine, size: header.size, corners, within: 1e-4, "\(name) sform")
    } else {
      #expect(header.geometry.sform == nil)
    }
    if let corners = witness.qform {
      let qform = try #require(header.geometry.qform, "\(name)")
      #expect(qform.code == witness.codes[1])
      expectCorners(qform.form.affine, size: header.size, corners, within: 1e-4, "\(name) qform")
    } else {
      #expect(header.geometry.qform == nil)
    }
    #expect(header.geometry.affine.orientationCode == witness.axes, "\(name)")
    #expect(header.storedType.rawValue == witness.type)
    let values = try reader.allValues()
    let sum = values.filter(\.isFinite).reduce(0, +)
    #expect(abs(sum - witness.sum) <= 1e-9 * max(1, abs(witness.sum)), "\(name): sum \(sum), nibabel \(witness.sum)")
    for pick in witness.picks {
      let at = pick.dropLast().map { Int($0!) }
      let index = ((at[3] * size[2] + at[2]) * size[1] + at[1]) * size[0] + at[0]
      #expect(values[index] == pick[4] || (pick[4] == nil && !values[index].isFinite), "\(name) at \(at)")
    }
  }

  @Test(.enabled(if: Fixtures.haveScans("refusals"))) func foreignFilesAreRefusedForTheRightReason() throws {
    let folder = Fixtures.scans.appendingPathComponent("nifti/edge_cases")
    let table: [(String, VolumeError.Code, String)] = [
      ("analyze.hdr", .unsupported, "Analyze"),
      ("complex.nii.gz", .unsupported, "complex"),
      ("ct_perfusion.nii.gz", .unsupported, "RGB"),
      ("nifti1.hdr", .notFound, ".img"),
      ("nifti2.hdr", .notFound, ".img"),
      ("row_major.dconn.nii", .unsupported, "CIFTI"),
      ("test.mgz", .unsupported, "MGH"),
      ("LICENSE", .notAVolume, "not a volume"),
      ("nowhere.nii", .notFound, "no such file"),
    ]
    for (name, code, word) in table {
      let error = #expect(throws: VolumeError.self, "\(name)") {
        try VolumeFile.open(folder.appendingPathComponent(name))
      }
      #expect(error?.code == code, "\(name): \(error?.description ?? "read")")
      #expect(error?.reason.contains(word) == true, "\(name): \(error?.description ?? "read")")
    }
    #expect(try VolumeFormat.detect(folder) == .directory)
    // Every file there is either agreed upon above, refused above, or a licence.
    let known = Set(try Fixtures.decode("edge_cases.json", as: [String: Witness].self).keys).union(table.map(\.0))
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      #expect(known.contains(name), "\(name)")
    }
  }

  struct Variant: Decodable {
    var values: [Double]
    var corners: [[Double]]
    var type: String
  }

  @Test func everyTypeOrderAndVersionAgreesWithNibabel() throws {
    let variants = try Fixtures.decode("variants.json", as: [String: Variant].self)
    #expect(variants.count == 47)
    for (name, variant) in variants {
      let url = Fixtures.golden.appendingPathComponent("nifti/\(name)")
      let reader = try VolumeFile.open(url)
      #expect(reader.header.storedType.rawValue == variant.type, "\(name)")
      expectCorners(reader.header.geometry.affine, size: reader.header.size, variant.corners, within: 1e-4, name)
      for axis in VoxelAxis.allCases {
        #expect(try NiftiReader(url).allValues(across: axis) == variant.values, "\(name) across \(axis)")
      }
      #expect(try reader.allValues() == variant.values, "\(name)")
      // A second pass, as the pipeline makes one.
      #expect(try reader.allValues() == variant.values, "\(name), second pass")
      #expect(reader.scratchBytes == 0)
    }
  }

  @Test func valuesThatAreNotFiniteComeThrough() throws {
    let reader = try VolumeFile.open(Fixtures.golden.appendingPathComponent("nifti/not_finite.nii"))
    let values = try reader.allValues()
    for (index, value) in values.enumerated() {
      switch index {
      case (3 * 4 + 2) * 3 + 1: #expect(value.isNaN)
      case (0 * 4 + 1) * 3 + 2: #expect(value == .infinity)
      case (4 * 4 + 0) * 3 + 0: #expect(value == -.infinity)
      default: #expect(value == Double(index))
      }
    }
  }

  @Test func imageOfAPairOpensThePair() throws {
    let folder = Fixtures.golden.appendingPathComponent("nifti")
    for name in ["v1_pair.img", "v2_pair_packed.img.gz"] {
      let reader = try VolumeFile.open(folder.appendingPathComponent(name))
      #expect(try reader.allValues() == (0..<60).map(Double.init))
    }
  }

  @Test func voxelsThatLookLikeGzipAreVoxels() throws {
    let folder = try TemporaryFolder()
    let pair = Fixtures.golden.appendingPathComponent("nifti/v1_pair.hdr")
    try FileManager.default.copyItem(at: pair, to: folder.file("a.hdr"))
    var voxels = Data(repeating: 0, count: 120)
    voxels.replaceSubrange(0..<2, with: [0x1F, 0x8B])
    try voxels.write(to: folder.file("a.img"))
    for name in ["a.hdr", "a.img"] {
      let values = try VolumeFile.open(folder.file(name)).allValues()
      #expect(values[0] == Double(Int16(bitPattern: 0x8B1F)) && values[1] == 0)
    }
  }

  @Test func theNameDoesNotMatter() throws {
    let folder = try TemporaryFolder()
    for (number, name) in ["scaled.nii", "v1_f4_big.nii.gz"].enumerated() {
      let source = Fixtures.golden.appendingPathComponent("nifti/\(name)")
      for ending in ["nii", "nii.gz", "dcm", ""] {
        let copy = folder.file("\(number).\(ending)")
        try FileManager.default.copyItem(at: source, to: copy)
        #expect(try VolumeFile.open(copy).allValues() == VolumeFile.open(source).allValues())
        #expect(try VolumeFormat.detect(copy) == .nifti1)
      }
    }
  }

  @Test func jumpingAboutInAPackedFileSpillsAndStaysRight() throws {
    let url = Fixtures.golden.appendingPathComponent("nifti/v1_i2_big.nii.gz")
    let straight = try NiftiReader(url)
    let planes = try (0..<5).map { try straight.readSlice($0, across: .k, frame: 0).values }
    #expect(straight.scratchBytes == 0)
    let reader = try NiftiReader(url)
    for index in [3, 1, 4, 2, 1, 3, 0, 4, 3, 2, 1, 0, 4, 2, 3, 1] {
      #expect(try reader.readSlice(index, across: .k, frame: 0).values == planes[index])
    }
    #expect(reader.scratchBytes > 0)
  }

  @Test func headerFieldsAndExtensionsAreRead() throws {
    let header = try VolumeFile.open(Fixtures.golden.appendingPathComponent("nifti/extended.nii")).header
    let nifti = try #require(header.nifti)
    #expect(nifti.extensions.map(\.code) == [6, 4])
    #expect(String(decoding: nifti.extensions[0].bytes.prefix { $0 != 0 }, as: UTF8.self) == "the first comment")
    #expect(header.description == "a volume of sixty")
    #expect(nifti.intentCode == 5 && nifti.intentName == "z of a test" && nifti.intentParameters.x == 2.5)
    #expect(nifti.auxiliaryFile == "beside.txt")
    #expect(nifti.displayMaximum == 59 && nifti.timeOffset == 1.25)
    #expect((nifti.frequencyDimension, nifti.phaseDimension, nifti.sliceDimension) == (1, 2, 3))
    #expect((nifti.sliceCode, nifti.sliceEnd, nifti.sliceDuration) == (3, 4, 0.125))
    #expect(header.acquiredAxis == .k && header.acquiredAxisReason == .sliceAxisField)
    #expect(header.frameUnit == .seconds && nifti.lengthUnitCode == 2)
    let plain = try VolumeFile.open(Fixtures.golden.appendingPathComponent("nifti/scaled.nii")).header
    #expect(plain.acquiredAxis == .k && plain.acquiredAxisReason == .largestSpacing)
    #expect(plain.rescale == IntensityRescale(slope: 0.25, intercept: -3))
  }
}
