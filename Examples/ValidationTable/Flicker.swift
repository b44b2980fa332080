import ArgumentParser
import Foundation
import ImageQuality
import SuperResolution
import Tensors
import Volumes

/// How noise between slices shows: total variation of a single sample across slices against the truth's, and how fast the samples' deviation
/// and the error lose their correlation from slice to slice. The right noise length makes the two correlations alike.
struct Flicker: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Flicker of single samples between slices, by noise coupling.")

  @Option var data = ProcessInfo.processInfo.environment["RESIDUA_DATA"] ?? "../shared/data"
  @Option var subject = "sub-08"
  @Option(help: "First slice.") var first = 60
  @Option(help: "Slices.") var count = 12
  @Option var samples = 2
  @Option var steps: Int?
  @Option(parsing: .upToNextOption, help: "Couplings, as --noise of residua upscale takes them.")
  var noise = [
    "independent", "correlated:0.7", "correlated:1.0", "correlated:1.3", "correlated:1.6", "correlated:2.0", "shared",
  ]

  func run() throws {
    let model = try LoadedModel(named: nil, scale: 2, engine: Engine())
    let scan = try VolumeFile.open(URL(fileURLWithPath: "\(data)/mri/validation/\(subject)_T1w.nii.gz"))
    let validation = try ValidationSlices(scan: scan, model: model)
    let spacing = scan.header.geometry.spacing.z
    print(
      "| noise | variation of a sample / truth | correlation of sample − mean at 1, 2, 3 slices | of truth − mean |")
    print("| --- | --- | --- | --- |")
    for text in noise {
      guard let coupling = UpscaleSettings.SliceNoise(text) else { throw ValidationError("no coupling \(text)") }
      var settings = UpscaleSettings()
      settings.noise = coupling
      settings.samples = samples
      settings.steps = steps
      var flicker = SliceFlicker()
      var deviation = SliceCorrelation(largestLag: 3)
      var error = SliceCorrelation(largestLag: 3)
      for index in first..<first + count {
        let (truth, result) = try validation.upscaled(slice: index, settings: settings, spacing: spacing)
        let tissue = ForegroundMask.nonZero(truth.values)
        let sample = result.samples[0].values
        let mean = result.estimate.values
        flicker.add(sample: sample, truth: truth.values, mask: tissue)
        deviation.add(residual: zip(sample, mean).map { $0 - $1 }, mask: tissue)
        error.add(residual: zip(truth.values, mean).map { $0 - $1 }, mask: tissue)
      }
      func list(_ values: [Double]) -> String { values.map { String(format: "%.3f", $0) }.joined(separator: ", ") }
      print("| \(text) | \(list([flicker.ratio])) | \(list(deviation.correlations)) | \(list(error.correlations)) |")
    }
  }
}
