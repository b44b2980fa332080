import Foundation
import Testing
import Volumes

/// What every reader promises, whatever its format. `open` gives a fresh reader of the same volume each time.
func expectReaderContract(
  _ name: String, sourceLocation: SourceLocation = #_sourceLocation, _ open: () throws -> any VolumeReader
) throws {
  let reader = try open()
  let header = reader.header
  func expect(_ condition: Bool, _ what: String) {
    #expect(condition, "\(name): \(what)", sourceLocation: sourceLocation)
  }
  expect(header.size.0 > 0 && header.size.1 > 0 && header.size.2 > 0 && header.frames > 0, "sizes are positive")
  expect(header.frameShape.reduce(1, *) == header.frames, "frameShape multiplies to frames")
  expect(header.geometry.affine.isInvertible(), "the affine has an inverse")
  expect(reader.scratchBytes >= 0, "scratch is counted")

  // All axes tell the same values, in a fresh reader or an old one.
  let values = try reader.allValues(across: .k)
  for axis in VoxelAxis.allCases {
    let fresh = try open()
    expect(zip(try fresh.allValues(across: axis), values).allSatisfy(same), "values across \(axis)")
    expect(zip(try reader.allValues(across: axis), values).allSatisfy(same), "values across \(axis) in a used reader")
    expect(zip(try fresh.allValues(across: .k), values).allSatisfy(same), "values across k after \(axis)")
  }

  // Any order of slices and frames, the same slice twice.
  let shuffled = try open()
  var generator = SeededGenerator(seed: 8)
  for axis in VoxelAxis.allCases {
    let (width, height) = header.sliceSize(across: axis)
    let straight = try open()
    for _ in 0..<12 {
      let index = Int.random(in: 0..<header.count(along: axis), using: &generator)
      let frame = Int.random(in: 0..<header.frames, using: &generator)
      let slice = try shuffled.readSlice(index, across: axis, frame: frame)
      let again = try shuffled.readSlice(index, across: axis, frame: frame)
      let other = try straight.readSlice(index, across: axis, frame: frame)
      expect((slice.width, slice.height) == (width, height), "slice size across \(axis)")
      expect(zip(slice.values, again.values).allSatisfy(same), "slice \(index) across \(axis), read twice")
      expect(zip(slice.values, other.values).allSatisfy(same), "slice \(index) across \(axis), any order")
    }
  }

  // A larger grid has the same outer faces, in every form.
  for axis in VoxelAxis.allCases {
    let larger = header.upscaled(by: 3, across: axis)
    let (before, after) = (header.geometry.completed().geometry, larger.geometry.completed().geometry)
    for (a, b) in [
      (before.affine, after.affine), (before.sform?.affine, after.sform?.affine),
      (before.qform?.form.affine, after.qform?.form.affine),
    ] {
      guard let a, let b else {
        expect(a == nil && b == nil, "forms stay")
        continue
      }
      let apart = zip(a.outerCorners(size: header.size), b.outerCorners(size: larger.size)).map { length($0 - $1) }
        .max()!
      expect(apart < 1e-6, "outer faces stay across \(axis)")
    }
    let again = larger.downscaled(by: 3, across: axis)
    expect(again.size == header.size, "sizes come back")
    expect(
      again.geometry.affine.largestDisplacement(from: header.geometry.affine, size: header.size) < 1e-6, "so do faces")
  }
}

@Suite struct VolumeReaderContractTests {
  @Test func niftiReadersKeepTheContract() throws {
    for name in [
      "extended.nii", "five_dimensions.nii", "not_finite.nii", "v1_pair.hdr", "v2_pair_packed.hdr.gz",
      "v1_u2_big.nii.gz",
      "v2_f8_little.nii.gz",
    ] {
      let url = Fixtures.golden.appendingPathComponent("nifti/\(name)")
      try expectReaderContract(name) { try VolumeFile.open(url) }
    }
  }

  @Test(.enabled(if: Fixtures.haveScans("reader contract on scans"))) func scansKeepTheContract() throws {
    for name in ["example_nifti2.nii.gz", "functional.nii", "resampled_anat_moved.nii", "standard.nii.gz"] {
      let url = Fixtures.scans.appendingPathComponent("nifti/edge_cases/\(name)")
      try expectReaderContract(name) { try VolumeFile.open(url) }
    }
  }
}
