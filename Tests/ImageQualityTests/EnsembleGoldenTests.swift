import ImageQuality
import Testing

/// Every measure of an ensemble against an independent NumPy implementation.
@Suite struct EnsembleGoldenTests {
  @Test func `moments, ranks, CRPS, spread, intervals`() throws {
    for ensemble in try MetricsGolden.load().ensembles {
      let n = ensemble.samples.count
      let moments = SampleMoments(ensemble.samples)
      #expect(zip(moments.mean, ensemble.mean).allSatisfy { agree($0, $1, 1e-12) })
      #expect(zip(moments.deviation, ensemble.deviation).allSatisfy { agree($0, $1, 1e-12) })

      var ranks = RankHistogram(sampleCount: n)
      ranks.add(samples: ensemble.samples, truth: ensemble.truth)
      #expect(zip(ranks.counts, ensemble.ranks).allSatisfy { agree($0, $1, 1e-12) })

      var score = RankedProbabilityScore()
      score.add(samples: ensemble.samples, truth: ensemble.truth)
      #expect(agree(score.mean, ensemble.crps, 1e-12))

      var spread = SpreadSkill(sampleCount: n)
      spread.add(mean: moments.mean, deviation: moments.deviation, truth: ensemble.truth)
      #expect(agree(spread.skill, ensemble.skill, 1e-12))
      #expect(agree(spread.spread, ensemble.spread, 1e-12))
      #expect(agree(spread.gainOfMean, ensemble.gain, 1e-10))

      var intervals = IntervalStatistics()
      intervals.add(mean: moments.mean, deviation: moments.deviation, truth: ensemble.truth, sampleCount: n)
      for (level, expected) in zip(intervals.results, ensemble.levels) {
        #expect(level.nominal == expected[0])
        #expect(agree(level.coverage, expected[1], 1e-12))
        #expect(agree(level.meanWidth, expected[2], 1e-9))
        #expect(agree(level.meanScore, expected[3], 1e-9))
      }
    }
  }

  @Test func `rank correlation with and without ties`() throws {
    for ensemble in try MetricsGolden.load().ensembles {
      let error = zip(ensemble.truth, ensemble.mean).map { $0 - $1 }
      let profile = UncertaintyProfile(
        deviation: ensemble.deviation, error: error, sampleCount: ensemble.samples.count)
      #expect(agree(profile.rankCorrelation, ensemble.spearman, 1e-12))
    }
  }

  @Test func `bins of equal count, ENCE, sparsification`() throws {
    // Without ties, over whose order NumPy and we would differ.
    let ensemble = try MetricsGolden.load().ensembles[0]
    let error = zip(ensemble.truth, ensemble.mean).map { $0 - $1 }
    let profile = UncertaintyProfile(deviation: ensemble.deviation, error: error, sampleCount: 8)
    let bins = profile.reliability(bins: 10)
    #expect(bins.count == 10)
    for (bin, expected) in zip(bins, ensemble.bins) {
      #expect(agree(bin.count, 20, 1e-12))
      #expect(agree(bin.expectedError, expected[0], 1e-12))
      #expect(agree(bin.rootMeanSquaredError, expected[1], 1e-12))
      #expect(agree(bin.meanAbsoluteError, expected[2], 1e-12))
      #expect(agree(bin.coverage[2], expected[3], 1e-12))
    }
    #expect(agree(profile.expectedNormalizedCalibrationError(), ensemble.ence, 1e-12))
    let curve = profile.sparsification(steps: 20)
    #expect(zip(curve.bySigma, ensemble.curve).allSatisfy { agree($0, $1, 1e-12) })
    #expect(zip(curve.oracle, ensemble.oracle).allSatisfy { agree($0, $1, 1e-12) })
    #expect(agree(curve.areaUnderError, ensemble.ause, 1e-12))
    #expect(agree(curve.areaUnderErrorOfConstant, ensemble.auseConstant, 1e-12))
  }

  @Test func `the conformal score is the exact quantile, rounded up by at most a thousandth`() throws {
    for ensemble in try MetricsGolden.load().ensembles {
      let n = ensemble.samples.count
      var scores = ConformityScores(
        interval: PredictionInterval(coverage: 0.9, sampleCount: n),
        calibration: DeviationCalibration(scale: 1, floor: ensemble.tau))
      scores.add(mean: ensemble.mean, deviation: ensemble.deviation, truth: ensemble.truth)
      let scale = scores.scale()
      #expect(scale >= ensemble.conformal * (1 - 1e-12) && scale <= ensemble.conformal * 1.001001)
      #expect(scores.coverage(scale: scale) >= 0.9)
      // Intervals scaled by it hold at least 90 % of the voxels.
      var intervals = IntervalStatistics(levels: [0.9])
      intervals.add(
        mean: ensemble.mean, deviation: ensemble.deviation, truth: ensemble.truth, sampleCount: n,
        calibration: DeviationCalibration(scale: scale, floor: ensemble.tau))
      #expect(intervals.results[0].coverage >= 0.9)
      #expect(intervals.results[0].coverage <= 0.9 + 2.0 / 200)
    }
  }

  @Test func `all at once and in parts is the same as one by one`() throws {
    let ensemble = try MetricsGolden.load().ensembles[0]
    func gathered(_ ranges: [Range<Int>]) -> EnsembleStatistics {
      var whole = EnsembleStatistics(sampleCount: 8, dataRange: 10)
      for range in ranges {
        var part = EnsembleStatistics(sampleCount: 8, dataRange: 10)
        part.add(samples: ensemble.samples.map { Array($0[range]) }, truth: Array(ensemble.truth[range]))
        whole.merge(part)
      }
      return whole
    }
    let all = gathered([0..<60, 60..<61, 61..<200])
    #expect(zip(all.ranks.counts, ensemble.ranks).allSatisfy { agree($0, $1, 1e-12) })
    #expect(agree(all.score.mean, ensemble.crps, 1e-12))
    #expect(agree(all.spread.skill, ensemble.skill, 1e-12) && agree(all.spread.spread, ensemble.spread, 1e-12))
    #expect(agree(all.errors.rootMeanSquaredError, ensemble.skill, 1e-12))
    #expect(agree(all.intervals.results[2].coverage, ensemble.levels[2][1], 1e-12))
    #expect(abs(all.sketch.profile.rankCorrelation - ensemble.spearman) < 0.002)
    let mean = ensemble.deviation.reduce(0, +) / 200
    #expect(agree(all.pixelDeviation.value(dataRange: 10), mean / 10 * 255, 1e-12))
  }
}
