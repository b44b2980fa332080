import Foundation
import Testing
import Volumes

@Suite struct GeometryTests {
  private let scales: [(Double, Double, Double)] = [(2, 2, 1), (3, 1, 3), (1, 4, 4), (2, 3, 5), (1.5, 0.4, 1)]

  @Test func outerCornersStay() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<200 {
      let affine = AffineTransform.random(using: &generator)
      let size = (Int.random(in: 1...300, using: &generator), 11, 13)
      for scale in scales {
        let upscaled = affine.upscaled(by: scale)
        // Sizes as real numbers, so that factors that do not divide are held to the same rule.
        for corner in 0..<8 {
          let bit = SIMD3(Double(corner & 1), Double(corner >> 1 & 1), Double(corner >> 2))
          let fine = SIMD3(Double(size.0) * scale.0, Double(size.1) * scale.1, Double(size.2) * scale.2)
          let old = affine.apply(bit * SIMD3(Double(size.0), Double(size.1), Double(size.2)) - 0.5)
          #expect(length(upscaled.apply(bit * fine - 0.5) - old) < 1e-9)
        }
        let back = upscaled.downscaled(by: scale)
        #expect(back.largestDisplacement(from: affine, size: size) < 1e-9)
        #expect((upscaled.determinant < 0) == (affine.determinant < 0))
      }
    }
  }

  @Test func knownDisplacementOfAKeptOrigin() {
    // The two figures of the design page: what keeping the origin would cost.
    let thin = AffineTransform(spacing: [1, 1, 1]).upscaled(by: (2, 2, 2))
    #expect(thin.origin == [-0.25, -0.25, -0.25])
    let thick = AffineTransform(spacing: [1, 1, 6]).upscaled(by: (1, 1, 6))
    #expect(thick.origin == [0, 0, -2.5])
  }

  @Test func flipsAndPermutationsCommuteWithUpscaling() {
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<100 {
      let affine = AffineTransform.random(using: &generator)
      for axis in VoxelAxis.allCases {
        let scale = axis.inPlaneScale(3)
        let factor = [scale.0, scale.1, scale.2]
        for flipped in VoxelAxis.allCases {
          let count = 7
          let a = affine.flipped(flipped, count: count).upscaled(by: scale)
          let b = affine.upscaled(by: scale).flipped(flipped, count: count * Int(factor[flipped.rawValue]))
          #expect(a.largestDisplacement(from: b, size: (9, 9, 9)) < 1e-9)
        }
        let order: [VoxelAxis] = [.j, .k, .i]
        let a = affine.permuted(order).upscaled(by: (factor[1], factor[2], factor[0]))
        let b = affine.upscaled(by: scale).permuted(order)
        #expect(a.largestDisplacement(from: b, size: (9, 9, 9)) < 1e-9)
      }
    }
  }

  @Test func inverseUndoes() throws {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<100 {
      let affine = AffineTransform.random(using: &generator)
      let inverse = try #require(affine.inverse)
      let index = SIMD3(3.25, -7, 101)
      #expect(length(inverse.apply(affine.apply(index)) - index) < 1e-8)
    }
    #expect(AffineTransform(columns: ([1, 0, 0], [2, 0, 0], [0, 0, 1]), origin: .zero).inverse == nil)
    #expect(AffineTransform(spacing: [1, .nan, 1]).inverse == nil)
    #expect(AffineTransform(spacing: [0, 1, 1]).inverse == nil)
    #expect(AffineTransform(spacing: [1e-4, 1e-4, 1e-4]).inverse != nil)
  }

  @Test func orientationCodesAndPlanes() {
    for (code, affine) in AffineTransform.allOrientations {
      #expect(affine.orientationCode == code)
      #expect(affine.obliqueAngle == 0)
      #expect(!affine.hasShear())
      for axis in VoxelAxis.allCases {
        let letter = Array(code)[axis.rawValue]
        let plane: AnatomicalPlane = "LR".contains(letter) ? .sagittal : "AP".contains(letter) ? .coronal : .axial
        #expect(affine.plane(across: axis) == plane)
        #expect(affine.axis(across: plane) == axis)
      }
    }
    let turned = 10.0 * .pi / 180
    let oblique = AffineTransform(
      columns: ([cos(turned), sin(turned), 0], [-sin(turned), cos(turned), 0], [0, 0, 1]), origin: .zero)
    #expect(abs(oblique.obliqueAngle - 10) < 1e-9)
    #expect(oblique.orientationCode == "RAS")
    let sheared = AffineTransform(columns: ([1, 0, 0], [0.1, 1, 0], [0, 0, 1]), origin: .zero)
    #expect(sheared.hasShear() && abs(sheared.shear - 0.1 / 1.01.squareRoot()) < 1e-12)
  }

  @Test func quaternionsRoundTrip() throws {
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<300 {
      let form = QuaternionForm.random(using: &generator)
      let again = try #require(QuaternionForm(form.affine))
      #expect(again.affine.largestDisplacement(from: form.affine, size: (256, 200, 160)) < 1e-6)
      #expect(again.handedness == form.handedness)
      for scale in scales {
        let both = form.upscaled(by: scale)
        #expect(both.vector == form.vector)
        #expect(both.affine.largestDisplacement(from: form.affine.upscaled(by: scale), size: (512, 400, 320)) < 1e-8)
      }
    }
    #expect(QuaternionForm(AffineTransform(columns: ([1, 0, 0], [0.1, 1, 0], [0, 0, 1]), origin: .zero)) == nil)
  }

  @Test func halfTurnsSurviveSinglePrecision() throws {
    let folder = try TemporaryFolder()
    for (code, affine) in AffineTransform.allOrientations {
      let turned = VolumeGeometry(affine: affine)
      let header = VolumeHeader(size: (256, 200, 2), frames: 1, geometry: turned, acquiredAxis: .k)
      let writer = try NiftiWriter(NiftiOutput(header: header, type: .uint8), to: folder.file("\(code).nii"))
      try writer.writeAll(Array(repeating: 0, count: 256 * 200 * 2), header: header)
      try writer.finish()
      let qform = try #require(VolumeFile.open(folder.file("\(code).nii")).header.geometry.qform)
      let apart = qform.form.affine.largestDisplacement(from: affine, size: (256, 200, 2))
      #expect(apart < 1e-4, "\(code): \(apart) mm")
    }
  }

  @Test func absentFormsAreFilledFromThePresentOne() throws {
    var generator = SeededGenerator(seed: 5)
    let form = QuaternionForm.random(using: &generator)
    let onlyQ = VolumeGeometry(affine: form.affine, source: .qform, sform: nil, qform: .init(form: form, code: 3))
    let filledS = onlyQ.completed().geometry
    #expect(filledS.sform?.code == 3 && filledS.sform?.affine == form.affine && filledS.qform == onlyQ.qform)
    let onlyS = VolumeGeometry(
      affine: form.affine, source: .sform, sform: .init(affine: form.affine, code: 4), qform: nil)
    let filledQ = onlyS.completed().geometry
    #expect(filledQ.qform?.code == 4)
    #expect(try #require(filledQ.qform).form.affine.largestDisplacement(from: form.affine, size: (99, 99, 99)) < 1e-9)
    let sheared = AffineTransform(columns: ([1, 0, 0], [0.1, 1, 0], [0, 0, 1]), origin: .zero)
    let onlySheared = VolumeGeometry(
      affine: sheared, source: .sform, sform: .init(affine: sheared, code: 1), qform: nil)
    #expect(onlySheared.completed().geometry.qform == nil)
    #expect(onlySheared.completed().findings.count == 1)
    let scanner = VolumeGeometry(affine: form.affine).completed().geometry
    #expect(scanner.sform?.code == 1 && scanner.qform?.code == 1)
    let plain = VolumeGeometry(affine: .init(spacing: [1, 2, 3]), source: .spacingOnly, sform: nil, qform: nil)
    #expect(plain.completed().geometry == plain)
    // Each by itself: different forms stay different, by the same rule.
    let other = QuaternionForm.random(using: &generator)
    let both = VolumeGeometry(
      affine: form.affine, source: .sform, sform: .init(affine: form.affine, code: 2),
      qform: .init(form: other, code: 1))
    let upscaled = both.upscaled(by: (2, 2, 1))
    #expect(upscaled.completed().geometry == upscaled)
    #expect(upscaled.sform?.affine == form.affine.upscaled(by: (2, 2, 1)) && upscaled.sform?.code == 2)
    #expect(upscaled.qform?.form == other.upscaled(by: (2, 2, 1)) && upscaled.qform?.code == 1)
  }
}
