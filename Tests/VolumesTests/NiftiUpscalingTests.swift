import Foundation
import Testing
import Volumes

@Suite struct NiftiUpscalingTests {
  /// A ramp in the world, sampled at voxel centres, comes out of file, upscaled header and file as the same ramp.
  @Test func aRampInTheWorldStaysTheSameRamp() throws {
    let folder = try TemporaryFolder()
    var generator = SeededGenerator(seed: 6)
    let ramp: (SIMD3<Double>) -> Double = { dot($0, [0.3, -1.7, 2.2]) + 5 }
    for trial in 0..<12 {
      let affine =
        trial < 4 ? AffineTransform.random(using: &generator) : QuaternionForm.random(using: &generator).affine
      let axis = VoxelAxis.allCases[trial % 3]
      let scale = 2 + trial % 3
      let header = VolumeHeader(
        size: (5, 6, 7), frames: 1, geometry: VolumeGeometry(affine: affine), acquiredAxis: axis, format: .nifti2)
      let low = folder.file("low\(trial).nii.gz")
      try write(header, to: low) { ramp(affine.apply($0)) }
      let reader = try VolumeFile.open(low)

      let upscaled = reader.header.upscaled(by: scale, across: axis)
      let values = try reader.allValues()
      let factor = [axis.inPlaneScale(scale).0, axis.inPlaneScale(scale).1, axis.inPlaneScale(scale).2]
      let high = folder.file("high\(trial).nii")
      try write(upscaled, to: high) { index in
        trilinear(values, size: reader.header.size, at: (index + 0.5) / SIMD3(factor) - 0.5)
      }
      let again = try VolumeFile.open(high)
      #expect(again.header.geometry.source == .sform)
      let size = again.header.size
      let result = try again.allValues()
      var worst = 0.0
      for k in 0..<size.2 {
        for j in 0..<size.1 {
          for i in 0..<size.0 {
            let world = again.header.geometry.affine.apply([Double(i), Double(j), Double(k)])
            worst = max(worst, abs(result[(k * size.1 + j) * size.0 + i] - ramp(world)))
          }
        }
      }
      #expect(worst < 1e-9, "trial \(trial): \(worst)")
    }
  }

  private func write(_ header: VolumeHeader, to url: URL, _ value: (SIMD3<Double>) -> Double) throws {
    let writer = try NiftiWriter(NiftiOutput(header: header, type: .float64), to: url)
    let (nx, ny, nz) = header.size
    var values: [Double] = []
    for k in 0..<nz { for j in 0..<ny { for i in 0..<nx { values.append(value([Double(i), Double(j), Double(k)])) } } }
    try writer.writeAll(values, header: header)
    try writer.finish()
  }

  /// Linear between (and, at the rim, beyond) the centres.
  private func trilinear(_ values: [Double], size: (Int, Int, Int), at index: SIMD3<Double>) -> Double {
    let counts = [size.0, size.1, size.2]
    let low = (0..<3).map { min(max(Int(index[$0].rounded(.down)), 0), counts[$0] - 2) }
    var sum = 0.0
    for corner in 0..<8 {
      var weight = 1.0
      var at = [0, 0, 0]
      for axis in 0..<3 {
        let bit = corner >> axis & 1
        let t = index[axis] - Double(low[axis])
        weight *= bit == 1 ? t : 1 - t
        at[axis] = low[axis] + bit
      }
      sum += weight * values[(at[2] * size.1 + at[1]) * size.0 + at[0]]
    }
    return sum
  }

  /// Writes all 48 orientations upscaled and holds the corners of both forms to what nibabel says of the originals.
  /// With RESIDUA_NIFTI_OUT the files stay, for Tests/Reference/check_nifti.py.
  @Test(.enabled(if: Fixtures.haveScans("upscaled orientations"))) func upscaledOrientationsKeepTheirCorners() throws {
    let folder = try TemporaryFolder()
    let kept = ProcessInfo.processInfo.environment["RESIDUA_NIFTI_OUT"].map { URL(fileURLWithPath: $0) }
    let witnesses = try Fixtures.decode("orientations.json", as: [String: Witness].self)
    for (number, (name, witness)) in witnesses.sorted(by: { $0.key < $1.key }).enumerated() {
      let reader = try VolumeFile.open(Fixtures.scans.appendingPathComponent("nifti/orientations/\(name)"))
      let axis = VoxelAxis.allCases[number % 3]
      let header = reader.header.upscaled(by: 2, across: axis)
      let url = (kept ?? folder.url).appendingPathComponent(number % 2 == 0 ? name : String(name.dropLast(3)))
      var output = NiftiOutput(header: header, type: reader.header.storedType)
      output.overwrite = true
      output.compressionLevel = 1
      let writer = try NiftiWriter(output, to: url)
      let (width, height) = header.sliceSize(across: axis)
      for index in 0..<header.count(along: axis) {
        let slice = try reader.readSlice(index, across: axis, frame: 0)
        let values = (0..<(width * height)).map { slice.values[$0 / width / 2 * slice.width + $0 % width / 2] }
        try writer.writeSlice(
          VolumeSlice(width: width, height: height, values: values), at: index, across: axis, frame: 0)
      }
      try writer.finish()
      let geometry = try VolumeFile.open(url).header.geometry
      expectCorners(geometry.affine, size: header.size, witness.corners, within: 1e-4, name)
      let sform = try #require(geometry.sform)
      let qform = try #require(geometry.qform)
      expectCorners(sform.affine, size: header.size, witness.sform ?? witness.qform!, within: 1e-4, "\(name) sform")
      expectCorners(
        qform.form.affine, size: header.size, witness.qform ?? witness.sform!, within: 1e-4, "\(name) qform")
      #expect(sform.code == (witness.sform == nil ? witness.codes[1] : witness.codes[0]))
      #expect(qform.code == (witness.qform == nil ? witness.codes[0] : witness.codes[1]))
    }
  }
}
