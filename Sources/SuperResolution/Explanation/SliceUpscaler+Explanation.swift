import Diffusion
import Tensors
import Volumes

extension SliceUpscaler {
  /// Draws one sample of a slice and keeps what there is to see on the way.
  ///
  /// - Parameters:
  ///   - truth: the slice in high resolution, where it is known.
  ///   - steps: t at which to look; those that the plan visits.
  ///   - progress: the share of the slice that is done.
  func explain(
    _ slice: VolumeSlice, index: Int, frame: Int, truth: VolumeSlice?, at steps: [Int],
    progress: (Double) throws -> Void
  ) throws -> SliceExplanation {
    let filled = slice.filled(fallback: mapping.low)
    let base = base(of: slice, filled: filled)
    let empty = [Float](repeating: 0, count: base.count)
    let visited = tiles.plan.steps.filter(Set(steps).contains)
    var noisy = [[Float]](repeating: empty, count: visited.count)
    var (predicted, differences) = (noisy, noisy)
    var (residual, difference) = (empty, empty)
    var timings = UpscaleRecord.Timings()

    try forEachTile(of: filled.values, region: nil) { place, number, count in
      let condition = try tiles.condition(
        of: place.pixels, width: place.plan.layout.columns.length, height: place.plan.layout.rows.length,
        timings: &timings)
      let sampler = try sampler(tiles.noise, sample: 0, under: condition, at: place, slice: index, frame: frame)
      while let step = sampler.nextStep {
        if let shown = visited.firstIndex(of: step) {
          let clean = try predictedResidual(of: sampler, at: step, under: condition)
          add(gray(sampler.state), of: place, to: &noisy[shown])
          add(gray(clean), of: place, to: &predicted[shown])
          add(tiles.differences(clean), of: place, to: &differences[shown])
        }
        try sampler.next()
        try progress((Double(number) + Double(sampler.stepsDone) / Double(tiles.plan.steps.count)) / Double(count))
      }
      add(gray(sampler.state), of: place, to: &residual)
      add(tiles.differences(sampler.state), of: place, to: &difference)
    }
    if let truth {
      let fine = truth.filled(fallback: mapping.low).values
      residual = base.indices.map { p in
        Float(model.configuration.residual.residual(ofDifference: (fine[p] - base[p]) / mapping.unitsPerModelUnit))
      }
    }
    let moments = visited.indices.map { n in
      SliceExplanation.Moment(
        step: visited[n], noised: noised(residual, to: visited[n], slice: index, frame: frame), noisy: noisy[n],
        predicted: predicted[n], image: output(base, plus: differences[n], of: slice, filled: filled))
    }
    return SliceExplanation(
      lowResolution: slice, bicubic: output(base, plus: empty, of: slice, filled: filled), truth: truth,
      residual: residual, sample: output(base, plus: difference, of: slice, filled: filled), moments: moments)
  }

  /// r̂ = clamp(√(1/ᾱ)·x_t − √(1/ᾱ − 1)·ε̂, −1, 1).
  private func predictedResidual(
    of sampler: Sampler<SRDiffModel>, at step: Int, under condition: SRDiffModel.Condition
  ) throws -> Tensor {
    let noise = try model.network.predictNoise(
      in: sampler.state, steps: [step], conditions: [condition], conditionIndex: [0])
    let alpha = tiles.plan.schedule.cumulativeAlphas[step]
    let (signal, share) = ((1 / alpha).squareRoot(), (1 / alpha - 1).squareRoot())
    let result = Tensor(n: 1, h: noise.h, w: noise.w, c: noise.c)
    for i in 0..<result.count {
      let clean = signal * Double(sampler.state.pointer[i]) - share * Double(noise.pointer[i])
      result.pointer[i] = Float(min(max(clean, -1), 1))
    }
    return result
  }

  /// The forward process with the noise that sampling starts from.
  private func noised(_ residual: [Float], to step: Int, slice: Int, frame: Int) -> [Float] {
    let schedule = tiles.plan.schedule
    var noise = [Float](repeating: 0, count: residual.count)
    noise.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      tiles.noise.fill(
        start, rows: 0..<height * scale, columns: 0..<width * scale, channels: 1, sample: 0, slice: slice, frame: frame,
        step: schedule.timesteps)
    }
    let result = schedule.noised(
      Tensor(residual, n: 1, h: height * scale, w: width * scale, c: 1), to: step,
      with: Tensor(noise, n: 1, h: height * scale, w: width * scale, c: 1))
    return result.values()
  }

  /// The first channel.
  private func gray(_ tensor: Tensor) -> [Float] {
    stride(from: 0, to: tensor.count, by: tensor.c).map { tensor.pointer[$0] }
  }

  private func add(_ values: [Float], of place: Place, to slice: inout [Float]) {
    values.withUnsafeBufferPointer { blend($0, of: place, into: &slice) }
  }
}
