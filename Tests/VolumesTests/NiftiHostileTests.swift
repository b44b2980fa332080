import Foundation
import Testing
import Volumes

/// Files that are broken, by accident or on purpose: each gets a sentence, none a crash, none much memory.
@Suite struct NiftiHostileTests {
  private func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: Fixtures.golden.appendingPathComponent("nifti/\(name)")))
  }

  /// Opens and reads all of it, across all axes; what was thrown, if it was.
  private func error(of bytes: [UInt8], in folder: TemporaryFolder, name: String = "a.nii") throws -> VolumeError? {
    let url = folder.file(name)
    try Data(bytes).write(to: url)
    do {
      let reader = try VolumeFile.open(url)
      for axis in VoxelAxis.allCases { _ = try reader.allValues(across: axis) }
      return nil
    } catch let error as VolumeError {
      #expect(!error.reason.isEmpty && error.subject.hasPrefix(folder.url.path))
      return error
    }
  }

  @Test func everyTruncationIsRefused() throws {
    let folder = try TemporaryFolder()
    for name in ["extended.nii", "v2_i2_big.nii.gz", "v1_f4_little.nii.gz", "scaled.nii"] {
      let whole = try bytes(name)
      #expect(try error(of: whole, in: folder) == nil)
      for length in 0..<whole.count {
        let found = try error(of: Array(whole.prefix(length)), in: folder)
        #expect(found != nil, "\(name) cut to \(length) bytes was read")
      }
    }
  }

  @Test func damagedGzipIsSaid() throws {
    let folder = try TemporaryFolder()
    var damaged = try bytes("v1_f8_big.nii.gz")
    damaged[damaged.count - 6] ^= 1
    #expect(try error(of: damaged, in: folder)?.code == .corrupt)
  }

  @Test func randomDamageNeverCrashes() throws {
    let folder = try TemporaryFolder()
    var generator = SeededGenerator(seed: 7)
    var refused = 0
    for name in ["extended.nii", "v1_pair.hdr", "five_dimensions.nii", "not_finite.nii"] {
      let whole = try bytes(name)
      if name.hasSuffix("hdr") { try Data(bytes("v1_pair.img")).write(to: folder.file("a.img")) }
      for _ in 0..<250 {
        var damaged = whole
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
          let at = Int.random(in: 0..<min(damaged.count, 450), using: &generator)
          damaged[at] = [UInt8.random(in: 0...255, using: &generator), 0, 0x7F, 0x80, 0xFF].randomElement(
            using: &generator)!
        }
        if try error(of: damaged, in: folder, name: name.hasSuffix("hdr") ? "a.hdr" : "a.nii") != nil { refused += 1 }
      }
    }
    #expect(refused > 100 && refused < 1000)
  }

  @Test func headersThatLieAreRefusedForTheRightReason() throws {
    let folder = try TemporaryFolder()
    let whole = try bytes("scaled.nii")
    func with(_ changes: [(Int, [UInt8])]) -> [UInt8] {
      var bytes = whole
      for (at, new) in changes { bytes.replaceSubrange(at..<at + new.count, with: new) }
      return bytes
    }
    func short(_ value: Int16) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    func float(_ value: Float) -> [UInt8] { withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    // Offsets by nifti1.h: dim 40, datatype 70, pixdim 76, vox_offset 108, codes 252 and 254, quatern 256, srow 280.
    let table: [(String, [(Int, [UInt8])], VolumeError.Code, String)] = [
      ("huge", [(42, short(32767) + short(32767) + short(32767))], .truncated, "promises"),
      ("no rank", [(40, short(0))], .corrupt, "dimensions"),
      ("rank 8", [(40, short(8))], .corrupt, "dimensions"),
      ("zero", [(44, short(0))], .corrupt, "1 or more"),
      ("negative", [(44, short(-4))], .corrupt, "1 or more"),
      ("overflow", [(40, short(7) + Array((0..<7).map { _ in short(32767) }.joined()))], .corrupt, "more than any"),
      ("offset low", [(108, float(8))], .corrupt, "vox_offset"),
      ("offset fraction", [(108, float(352.5))], .corrupt, "vox_offset"),
      ("offset NaN", [(108, float(.nan))], .corrupt, "vox_offset"),
      ("offset far", [(108, float(1e18))], .truncated, "promises"),
      ("binary", [(70, short(1))], .unsupported, "binary"),
      ("long double", [(70, short(1536))], .unsupported, "128-bit"),
      ("RGBA", [(70, short(2304))], .unsupported, "RGBA"),
      ("no type", [(70, short(0))], .unsupported, "datatype 0"),
      ("odd type", [(70, short(77))], .unsupported, "datatype 77"),
      ("sform NaN", [(284, float(.nan))], .geometry, "sform"),
      ("sform singular", [(280, Array(repeating: 0, count: 48))], .geometry, "singular"),
      ("qform infinite", [(252, short(1)), (256, float(.infinity))], .geometry, "qform"),
      ("spacing NaN", [(252, short(0) + short(0)), (80, float(.nan))], .geometry, "spacing"),
      ("two faults", [(70, short(128)), (108, float(8))], .unsupported, "; and its vox_offset"),
    ]
    for (name, changes, code, word) in table {
      let found = try error(of: with(changes), in: folder)
      #expect(found?.code == code, "\(name): \(found?.description ?? "read")")
      #expect(found?.reason.contains(word) == true, "\(name): \(found?.description ?? "read")")
    }
  }

  @Test func odditiesAreRepairedAndSaid() throws {
    let folder = try TemporaryFolder()
    let whole = try bytes("scaled.nii")
    func short(_ value: Int16) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    func float(_ value: Float) -> [UInt8] { withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    let noForms: (Int, [UInt8]) = (252, short(0) + short(0))
    let table: [(String, [(Int, [UInt8])], String)] = [
      ("size field", [(0, [0, 0, 0, 0])], "sizeof_hdr"),
      ("bitpix", [(72, short(8))], "bitpix"),
      ("slope 0", [(112, float(0))], "scl_slope is 0"),
      ("slope NaN", [(112, float(.nan))], "scl_slope"),
      ("inter NaN", [(116, float(.nan))], "scl_inter"),
      ("offset 0", [(108, float(0))], "vox_offset is 0"),
      ("no forms", [noForms], "neither sform nor qform"),
      ("spacing negative", [noForms, (80, float(-2))], "negative"),
      ("spacing zero", [noForms, (80, float(0))], "taken as 1"),
      ("metres", [(123, [1])], "metres"),
      ("code negative", [(252, short(-1))], "qform_code"),
    ]
    for (name, changes, word) in table {
      var bytes = whole
      for (at, new) in changes { bytes.replaceSubrange(at..<at + new.count, with: new) }
      try Data(bytes).write(to: folder.file("a.nii"))
      let reader = try VolumeFile.open(folder.file("a.nii"))
      #expect(reader.header.findings.contains { $0.text.contains(word) }, "\(name): \(reader.header.findings)")
      let first = try reader.allValues()[1]
      #expect(first == (name.hasPrefix("slope") ? 1 : name.hasPrefix("inter") ? 0.25 : -2.75), "\(name)")
    }
    #expect(try VolumeFile.open(Fixtures.golden.appendingPathComponent("nifti/extended.nii")).header.findings.isEmpty)
  }

  @Test func aPackedFileCannotClaimMoreThanItCouldHold() throws {
    let folder = try TemporaryFolder()
    var header = Array(try bytes("scaled.nii").prefix(352))
    header.replaceSubrange(42..<48, with: [0xFF, 0x7F, 0xFF, 0x7F, 0xFF, 0x7F])
    // Stored blocks suffice for a gzip file: RFC 1951, 3.2.4.
    var gzip: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 0x60, 0x01, 0x9F, 0xFE]
    gzip += header
    var sum = UInt32.max
    for byte in header {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0xEDB8_8320 : sum >> 1 }
    }
    sum = ~sum
    gzip += withUnsafeBytes(of: sum.littleEndian) { Array($0) } + [0x60, 1, 0, 0]
    let found = try error(of: gzip, in: folder)
    #expect(
      found?.code == .truncated && found?.reason.contains("cannot unpack") == true, "\(String(describing: found))")
  }

  @Test func placesThatAreNoFileAreSaid() throws {
    let folder = try TemporaryFolder()
    func code(_ url: URL) -> VolumeError.Code? {
      do {
        _ = try VolumeFile.open(url)
        return nil
      } catch { return (error as? VolumeError)?.code }
    }
    #expect(code(folder.file("nowhere.nii")) == .notFound)
    #expect(code(URL(fileURLWithPath: "/dev/null")) == .unreadable)
    try Data().write(to: folder.file("empty.nii.gz"))
    #expect(code(folder.file("empty.nii.gz")) == .notAVolume)
    try Data("just text".utf8).write(to: folder.file("text.nii"))
    #expect(code(folder.file("text.nii")) == .notAVolume)
    try Data(bytes("scaled.nii")).write(to: folder.file("closed.nii"))
    chmod(folder.file("closed.nii").path, 0)
    if getuid() != 0 { #expect(code(folder.file("closed.nii")) == .permissionDenied) }
  }
}
