import Diffusion
import Figures
import Foundation
import ImageQuality
import SuperResolution
import Tensors
import Volumes

extension Trainer {
  /// Scores the averaged model on the validation scans, notes the scores, draws the example, and keeps the model if it is the best so far.
  func validate(_ stage: TrainingConfiguration.StageName) throws -> ValidationScores {
    let (scores, example) = try scored(set.validation, stage)
    try log.addScores(stage, update: update, scores)
    lastScores = scores.text
    if let example {
      let picture = output.appendingPathComponent("examples/\(stage)-\(update).png")
      try draw(example, title: "\(stage), update \(update)", to: picture)
    }
    let figure = stage == .predictor ? scores.meanPSNR : -.infinity
    if figure > bestPSNR {
      bestPSNR = figure
      try writeModel(to: output.appendingPathComponent("best.safetensors"))
    }
    return scores
  }

  /// The scores of the averaged model, as it is now, on another scan.
  /// - Parameter picture: where to put a picture of one of its slices; nil for none.
  public func scores(of scan: URL, picture: URL? = nil) throws -> ValidationScores {
    let volume = try TrainingVolume(scan, subject: FoundScan.subject(of: scan), data: configuration.data)
    let (scores, example) = try scored([volume], stage ?? .predictor)
    if let picture, let example { try draw(example, title: volume.name, to: picture) }
    return scores
  }

  /// A scan that is learned from, by its file's name.
  package func volume(named name: String) -> TrainingVolume? { set.training.first { $0.name == name } }

  private func scored(
    _ volumes: [TrainingVolume], _ stage: TrainingConfiguration.StageName
  ) throws -> (scores: ValidationScores, example: Example?) {
    let model = try average
    var subjects: [String: SubjectScores] = [:]
    var example: Example?
    for volume in volumes {
      let axis = volume.axes[0]
      let count = configuration.upkeep.validationSlices
      for k in 0..<count {
        let slice = volume.slice(atTissueShare: (Double(k) + 0.5) / Double(count), axis: 0)
        let image = sampler.slice(slice, of: volume, across: axis)
        guard min(image.width, image.height) >= configuration.model.shape.leastSide else { continue }
        let result = try upscaled(image, with: model, stage: stage)
        let threshold = 2 * configuration.data.tissueAbove - 1
        let mask = ForegroundMask.above(threshold, image.high)
        guard !mask.isEmpty else { continue }
        try subjects[volume.subject, default: SubjectScores()].add(result, truth: image, mask: mask)
        if example == nil && k == count / 2 {
          example = Example(image: image, result: result, spacing: volume.pixelSpacing(across: axis))
        }
      }
    }
    // In a fixed order, so that sums do not depend on the dictionary's.
    return (SubjectScores.means(subjects.sorted { $0.key < $1.key }.map(\.value)), example)
  }

  private func upscaled(
    _ image: DegradedImage, with model: SRDiffModel, stage: TrainingConfiguration.StageName
  ) throws -> Upscaled {
    let scale = configuration.model.scale
    let (h, w) = (image.height, image.width)
    let low = Tensor(
      image.low.map { Float(min(max($0, -1), 1)) }, n: 1, h: h / scale, w: w / scale, c: 1)
    let encoder = try model.encoderImage(lr: low).values().map { Double($0) }
    guard stage == .predictor else { return Upscaled(base: image.base, encoder: encoder, samples: []) }
    let count = configuration.upkeep.validationSamples
    let plan = try SamplingPlan(schedule: schedule, method: .sdedpmpp2m, steps: configuration.upkeep.validationSteps)
    let field = NoiseField(seed: 0)
    let run = try Sampler(
      of: model, plan: plan, conditions: [model.encode(lr: low)], conditionIndex: Array(repeating: 0, count: count),
      noise: { pointer, item, step in
        field.fill(pointer, rows: 0..<h, columns: 0..<w, sample: item, slice: 0, step: step)
      }, height: h, width: w, channels: 1)
    let residuals = try run.finished()
    let samples = (0..<count).map { item in
      zip(residuals.items(item..<item + 1).values(), image.base).map {
        configuration.model.residual.difference(ofResidual: Double($0)) + $1
      }
    }
    return Upscaled(base: image.base, encoder: encoder, samples: samples)
  }

  private struct Example {
    let image: DegradedImage
    let result: Upscaled
    let spacing: (x: Double, y: Double)
  }

  private func draw(_ example: Example, title: String, to url: URL) throws {
    let (image, result) = (example.image, example.result)
    func picture(_ values: [Double]) -> Picture {
      // Rows run from the feet up or from back to front in a scan: the last one is the top of the picture.
      let turned = (0..<image.height).reversed().flatMap { values[$0 * image.width..<($0 + 1) * image.width] }
      return Picture(width: image.width, height: image.height, values: turned, spacing: example.spacing)
    }
    let window = DisplayWindow(low: -1, high: 1)
    var panels = [
      Panel(picture(image.base), .gray(window), caption: "bicubic"),
      Panel(picture(result.encoder), .gray(window), caption: "encoder"),
    ]
    if !result.samples.isEmpty {
      panels.append(Panel(picture(result.samples[0]), .gray(window), caption: "one sample"))
      panels.append(Panel(picture(result.mean), .gray(window), caption: "mean of \(result.samples.count)"))
      let deviation = picture(result.deviation)
      let top = max(deviation.quantile(0.995) ?? 0, 1e-6)
      panels.append(
        Panel(deviation, .mapped(DisplayWindow(low: 0, high: top), label: "standard deviation"), caption: "σ"))
    }
    panels.append(Panel(picture(image.high), .gray(window), caption: "truth"))
    var montage = Montage(title: title, rows: [panels])
    montage.zoom = ZoomRegion(x: 0.35, y: 0.35, width: 0.3, height: 0.3)
    montage.panelSize = 260
    try TrainingLog.unwritable(url) { try montage.write(to: url.path, overwrite: true) }
  }
}

/// One slice, by every method there is so far.
private struct Upscaled {
  let base: [Double]
  let encoder: [Double]
  let samples: [[Double]]

  var mean: [Double] {
    base.indices.map { i in samples.reduce(0) { $0 + $1[i] } / Double(samples.count) }
  }

  var deviation: [Double] {
    let mean = mean
    return base.indices.map { i in
      let sum = samples.reduce(0) { $0 + ($1[i] - mean[i]) * ($1[i] - mean[i]) }
      return (sum / Double(max(samples.count - 1, 1))).squareRoot()
    }
  }
}

/// One subject's scores on their way.
private struct SubjectScores {
  var errors: [String: ErrorStatistics] = [:]
  var similarities: [String: [Double]] = [:]
  var deviations: [Double] = []

  mutating func add(_ result: Upscaled, truth: DegradedImage, mask: ForegroundMask) throws {
    var images = [("bicubic", result.base), ("encoder", result.encoder)]
    if !result.samples.isEmpty {
      images += [("sample", result.samples[0]), ("mean", result.mean)]
      let inside = zip(result.deviation, mask.included).filter(\.1).map(\.0)
      deviations.append(inside.reduce(0, +) / Double(inside.count) * 127.5)
    }
    let similarity = StructuralSimilarity(.uniform, dataRange: 2)
    func plane(_ values: [Double]) -> ImagePlane {
      ImagePlane(width: truth.width, height: truth.height, values: values)
    }
    for (name, values) in images {
      errors[name, default: ErrorStatistics()].add(estimate: values, truth: truth.high, mask: mask)
      similarities[name, default: []].append(try similarity.mean(plane(values), plane(truth.high), mask: mask))
    }
  }

  static func means(_ subjects: [SubjectScores]) -> ValidationScores {
    func mean(_ values: [Double]) -> Double {
      let finite = values.filter(\.isFinite)
      return finite.isEmpty ? .nan : finite.reduce(0, +) / Double(finite.count)
    }
    func psnr(_ name: String) -> Double {
      mean(subjects.map { $0.errors[name]?.peakSignalToNoiseRatio(dataRange: 2) ?? .nan })
    }
    func ssim(_ name: String) -> Double { mean(subjects.map { mean($0.similarities[name] ?? []) }) }
    return ValidationScores(
      bicubicPSNR: psnr("bicubic"), encoderPSNR: psnr("encoder"), samplePSNR: psnr("sample"), meanPSNR: psnr("mean"),
      bicubicSSIM: ssim("bicubic"), encoderSSIM: ssim("encoder"), meanSSIM: ssim("mean"),
      deviation: mean(subjects.map { mean($0.deviations) }))
  }
}
