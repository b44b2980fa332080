import ArgumentParser
import Foundation
import ImageQuality
import SuperResolution
import Tensors
import Volumes

/// Scores a model on the fixed validation slices: cropped to even sizes, halved in-plane by bicubic, upscaled, compared with the truth.
///
///     swift run -c release ValidationTable --steps 20
///
/// Only tissue counts (the scans are skull-stripped: their background is exactly zero). Decibels refer to the model's range, zero to the
/// 99.5th percentile of the scan's positive voxels; figures are means over slices, then over subjects. Slices that `--csv` holds already
/// are not computed again.
@main
struct ValidationTable: ParsableCommand {
  static let configuration = CommandConfiguration(
    subcommands: [Table.self, Sweep.self, Flicker.self, RegionCoverage.self], defaultSubcommand: Table.self)
}

struct Table: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "PSNR, σ and how they go together, per subject.")

  @Option(help: "The folder of scans.")
  var data = ProcessInfo.processInfo.environment["RESIDUA_DATA"] ?? "../shared/data"

  @Option(help: "The list of subjects and slices.")
  var list = "Examples/Benchmarks/validation-slices.csv"

  @Option(help: "A model's name or file.")
  var model = "default-x2"

  @Option var sampler = UpscaleSettings().sampler.rawValue
  @Option var steps: Int?
  @Option var samples = 8
  @Option(help: "report, or project: every sample onto agreement with the input.")
  var consistency = UpscaleSettings().consistency.rawValue
  @Option var threads: Int?

  @Option(help: "Use only every n-th slice of the list.")
  var every = 1

  @Option(help: "Keeps a line per slice here, and takes up where it ended.")
  var csv: String?

  func run() throws {
    guard let sampler = UpscaleSettings.SamplerName(rawValue: sampler) else {
      throw ValidationError("no sampler \(sampler)")
    }
    var settings = UpscaleSettings()
    settings.sampler = sampler
    settings.steps = steps
    settings.samples = samples
    guard let consistency = UpscaleSettings.Consistency(rawValue: consistency) else {
      throw ValidationError("no consistency \(consistency)")
    }
    settings.consistency = consistency
    settings.noise = .independent
    settings.estimate = .mean
    let model = try LoadedModel(named: model, scale: nil, engine: Engine(threads: threads))
    var log = try ScoreLog(path: csv)
    for (subject, slices) in try ValidationSlices.list(at: list) {
      let wanted = slices.enumerated().filter { $0.offset % every == 0 }.map(\.element)
      let missing = wanted.filter { log[subject, $0] == nil }
      guard !missing.isEmpty else { continue }
      let scan = try VolumeFile.open(URL(fileURLWithPath: "\(data)/mri/validation/\(subject)_T1w.nii.gz"))
      let validation = try ValidationSlices(scan: scan, model: model)
      for slice in missing {
        try log.add(validation.score(slice: slice, settings: settings), subject: subject, slice: slice)
        FileHandle.standardError.write(Data("\(subject) slice \(slice)\n".utf8))
      }
    }
    print(
      "\(model.url.lastPathComponent), \(sampler.rawValue), \(steps ?? sampler.defaultSteps) steps, \(samples) samples")
    print(log.table)
  }
}
