import ImageQuality
import Testing

@Suite struct FidelityTests {
  @Test func `errors and PSNR are scikit-image's`() throws {
    for image in try MetricsGolden.load().images {
      var all = ErrorStatistics()
      all.add(estimate: image.b, truth: image.a)
      #expect(agree(all.peakSignalToNoiseRatio(dataRange: image.dataRange), image.psnr, 1e-12))
      #expect(agree(all.meanAbsoluteError, image.mae, 1e-12))
      #expect(agree(all.rootMeanSquaredError, image.rmse, 1e-12))
      #expect(agree(all.bias, image.bias, 1e-9))
      var masked = ErrorStatistics()
      masked.add(estimate: image.b, truth: image.a, mask: ForegroundMask(included: image.mask))
      #expect(agree(masked.peakSignalToNoiseRatio(dataRange: image.dataRange), image.psnrMasked, 1e-12))
      // In parts, as from slices and threads.
      var parts = ErrorStatistics()
      var last = ErrorStatistics()
      parts.add(estimate: Array(image.b.prefix(50)), truth: Array(image.a.prefix(50)))
      last.add(estimate: Array(image.b.dropFirst(50)), truth: Array(image.a.dropFirst(50)))
      parts.merge(last)
      #expect(parts.count == all.count)
      #expect(agree(parts.rootMeanSquaredError, image.rmse, 1e-12))
    }
  }

  @Test func `SSIM with both windows is scikit-image's`() throws {
    for image in try MetricsGolden.load().images {
      let a = ImagePlane(width: image.width, height: image.height, values: image.a)
      let b = ImagePlane(width: image.width, height: image.height, values: image.b)
      let mask = ForegroundMask(included: image.mask)
      let gaussian = StructuralSimilarity(.gaussian, dataRange: image.dataRange)
      let uniform = StructuralSimilarity(.uniform, dataRange: image.dataRange)
      #expect(agree(try gaussian.mean(a, b), image.ssimGaussian, 1e-9))
      #expect(agree(try uniform.mean(a, b), image.ssimUniform, 1e-9))
      #expect(agree(try uniform.mean(a, b, mask: mask), image.ssimUniformMasked, 1e-9))
      if let masked = image.ssimGaussianMasked {
        #expect(agree(try gaussian.mean(a, b, mask: mask), masked, 1e-9))
      }
      #expect(agree(try gaussian.mean(a, a), 1, 1e-12))
    }
  }

  @Test func `a plane below the window's size is refused`() {
    let plane = ImagePlane(width: 10, height: 40, values: [Double](repeating: 0, count: 400))
    #expect { try StructuralSimilarity(.gaussian, dataRange: 1).mean(plane, plane) } throws: {
      ($0 as? ImageQualityError)?.code == .imageTooSmall
    }
    let thin = ImagePlane(width: 0, height: 0, values: [Double]())
    #expect(throws: ImageQualityError.self) { try StructuralSimilarity(.uniform, dataRange: 1).mean(thin, thin) }
  }

  @Test func `identical planes have no error, empty masks no number, NaN is left out`() {
    var same = ErrorStatistics()
    same.add(estimate: [1, 2, .nan], truth: [1, 2, 3])
    #expect(same.count == 2 && same.skipped == 1)
    #expect(same.peakSignalToNoiseRatio(dataRange: 1) == .infinity)
    var none = ErrorStatistics()
    none.add(estimate: [1], truth: [2], mask: ForegroundMask(included: [false]))
    #expect(none.meanAbsoluteError.isNaN)
  }

  @Test func `masks: zero is background, edges are the steepest`() {
    #expect(ForegroundMask.nonZero([0, -0.0, 1, -1, .nan]).included == [false, false, true, true, false])
    #expect(ForegroundMask.above(2, [1, 2, 3, .nan]).included == [false, false, true, false])
    // A step between columns 2 and 3 of five: central differences see it from both sides.
    let plane = ImagePlane(width: 5, height: 2, values: [1.0, 1, 1, 9, 9, 1, 1, 1, 9, 9])
    let edges = ForegroundMask.all(count: 10).edges(of: plane, share: 0.4)
    #expect(edges.included == [false, false, true, true, false, false, false, true, true, false])
    let tissue = ForegroundMask.all(count: 10).subtracting(edges)
    #expect(tissue.count == 6 && tissue.intersected(with: edges).isEmpty)
  }

  @Test func `the pixel deviation is on a scale of 0 to 255`() {
    // Deviations with divisor N − 1 of (0, 2) and (1, 1): √2 and 0.
    let moments = SampleMoments([[0, 1], [2, 1]])
    #expect(moments.mean == [1, 1])
    #expect(agree(moments.deviation[0], 2.0.squareRoot(), 1e-15) && moments.deviation[1] == 0)
    var sigma = PixelDeviation()
    sigma.add(deviation: moments.deviation)
    #expect(agree(sigma.value(dataRange: 2), 2.0.squareRoot() / 2 / 2 * 255, 1e-14))
  }

  @Test func `flicker compares steps between neighbouring slices`() {
    var flicker = SliceFlicker()
    flicker.add(sample: [0, 5, 9], truth: [0, 0, 9])
    flicker.add(sample: [3, 5, 9], truth: [1, 1, 9], mask: ForegroundMask(included: [true, true, false]))
    flicker.add(sample: [0, 0, 0], truth: [1, 2, 9], mask: ForegroundMask(included: [true, true, true]))
    // Steps |3|, |0| then |3|, |5| against 1, 1, 0, 1: the third pixel lies in no two masks.
    #expect(flicker.count == 4)
    #expect(flicker.sampleVariation == 11.0 / 4 && flicker.truthVariation == 3.0 / 4)
    #expect(agree(flicker.ratio, 11.0 / 3, 1e-15))
  }

  @Test func `the correlation between slices of an autoregressive residual is its coefficient`() {
    var source = NormalSource(seed: 5)
    var correlation = SliceCorrelation(largestLag: 3)
    var slice = (0..<4000).map { _ in source.next() }
    for _ in 0..<20 {
      correlation.add(residual: slice)
      slice = slice.map { 0.7 * $0 + 0.51.squareRoot() * source.next() }
    }
    for (lag, value) in correlation.correlations.enumerated() {
      let expected = [0.7, 0.49, 0.343][lag]
      #expect(abs(value - expected) < 0.015)
    }
  }
}
