import ArgumentParser
import Diffusion
import Foundation
import SuperResolution
import Tensors
import Volumes

/// Samplers and numbers of steps against each other, on the same slices and the same noise; `Docs/Validation.md` holds what comes out.
struct Sweep: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Samplers × steps on a subset of the fixed slices, as CSV and Markdown.",
    discussion: """
      Rows are computed from the cheapest on. Slices that the CSV holds are not computed again, so that the command can be stopped and started; a row \
      of the table says where slices are still missing.
      """)

  @Option(help: "The folder of scans.")
  var data = ProcessInfo.processInfo.environment["RESIDUA_DATA"] ?? "../shared/data"

  @Option(help: "The list of subjects and slices.")
  var list = "Examples/Benchmarks/validation-slices.csv"

  @Option(help: "A model's name or file.")
  var model = "default-x2"

  @Option(help: "Slices of every subject, evenly spread over those of the list.")
  var slicesPerSubject = 1

  @Option(parsing: .upToNextOption, help: "Samplers, with :uniform or :logSNR for another spacing than their own.")
  var samplers = UpscaleSettings.SamplerName.allCases.map(\.rawValue)

  @Option(parsing: .upToNextOption, help: "Numbers of steps.")
  var steps = [4, 8, 12, 20, 50, 100]

  @Option var samples = 8
  @Option var threads: Int?

  @Option(help: "A line per slice, sampler and steps.")
  var csv = "Docs/Validation/samplers.csv"

  @Option(help: "The table.")
  var markdown = "Docs/Validation/Samplers.md"

  @Flag(help: "Only make the table anew from what the CSV holds.")
  var tableOnly = false

  func run() throws {
    let rows = try samplers.flatMap { name in try steps.map { try SweepRow(name, steps: $0) } }
      .sorted { $0.steps < $1.steps }
    let subset = try ValidationSlices.list(at: list).map { subject, slices in
      (subject, Self.spread(slicesPerSubject, of: slices))
    }
    var log = try SweepLog(path: csv)
    let model = try LoadedModel(named: model, scale: nil, engine: Engine(threads: threads))
    let table = SweepTable(model: model, samples: samples, subset: subset)
    func write() throws { try Data(table.text(of: rows, log).utf8).write(to: URL(fileURLWithPath: markdown)) }
    for row in rows where !tableOnly {
      for (subject, slices) in subset {
        let missing = slices.filter { log[row, subject, $0] == nil }
        guard !missing.isEmpty else { continue }
        let scan = try VolumeFile.open(URL(fileURLWithPath: "\(data)/mri/validation/\(subject)_T1w.nii.gz"))
        let validation = try ValidationSlices(scan: scan, model: model)
        for slice in missing {
          try log.add(validation.score(slice: slice, settings: row.settings(samples: samples)), row, subject, slice)
        }
      }
      FileHandle.standardError.write(Data("\(row.name), \(row.steps) steps\n".utf8))
      try write()
    }
    try write()
  }

  /// `count` of the slices, each in the middle of its share of the list.
  private static func spread(_ count: Int, of slices: [Int]) -> [Int] {
    (0..<min(max(count, 1), slices.count)).map { slices[(2 * $0 + 1) * slices.count / (2 * min(count, slices.count))] }
  }
}

/// One line of the table: a sampler, its spacing, a number of steps.
struct SweepRow: Hashable {
  /// As given: `dpmpp2m` or `dpmpp2m:logSNR`.
  let name: String
  let steps: Int
  private let sampler: UpscaleSettings.SamplerName
  private let spacing: StepSpacing?

  init(_ name: String, steps: Int) throws {
    let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
    guard let sampler = UpscaleSettings.SamplerName(rawValue: parts[0]),
      let spacing = parts.count == 1 ? .some(nil) : StepSpacing(rawValue: parts[1]).map(Optional.some)
    else { throw ValidationError("no sampler \(name)") }
    self.sampler = sampler
    self.spacing = spacing
    // One name for one thing, so that the CSV of a run finds itself again when a sampler's own spacing changes.
    self.name = "\(parts[0]):\((spacing ?? sampler.spacing).rawValue)"
    self.steps = steps
  }

  func settings(samples: Int) -> UpscaleSettings {
    var settings = UpscaleSettings()
    settings.sampler = sampler
    settings.spacing = spacing
    settings.steps = steps
    settings.samples = samples
    settings.noise = .independent
    settings.estimate = .mean
    return settings
  }
}
