import BulkProcessing
import Foundation

/// What `batch --dry-run` says: the jobs, what is refused and why, and what it will take.
struct BatchPlanReport: Encodable {
  struct Job: Encodable {
    let name: String
    let input: String
    let series: String?
    /// Columns, rows and slices as they are cut, and volumes where there are several.
    let size: [Int]?
    let companions: [String: String]
    let outputs: BatchJob.Outputs
    let seconds: Double?
    let bytes: Int?
  }

  struct Estimate: Encodable {
    let seconds: Double
    let bytes: Int
    let bytesFree: Int?
    let samples: Int
    let steps: Int
    let threads: Int
    let measurements: [UpscaleMeasurementDescription]
  }

  struct UpscaleMeasurementDescription: Encodable {
    /// Pixels before upscaling.
    let tile: [Int]
    let secondsPerStepAndSample: Double
    let bytesPerVoxel: Double
  }

  let jobs: [Job]
  let refused: [BatchPlan.Refusal]
  let notes: [String]
  let estimate: Estimate?

  init(_ plan: BatchPlan, estimate: BatchEstimate?) {
    let shares = estimate?.jobs ?? []
    jobs = plan.jobs.enumerated().map { index, job in
      Job(
        name: job.name, input: job.input.path, series: job.series,
        size: job.scan.map { [$0.width, $0.height, $0.slices] + ($0.frames > 1 ? [$0.frames] : []) },
        companions: job.companions.all.reduce(into: [:]) { $0[$1.role] = $1.url.path }, outputs: job.outputs,
        seconds: shares.isEmpty ? nil : shares[index].seconds,
        bytes: shares.isEmpty ? nil : shares[index].bytes)
    }
    refused = plan.refused
    notes = plan.notes
    self.estimate = estimate.map {
      Estimate(
        seconds: $0.seconds, bytes: $0.bytes, bytesFree: $0.bytesFree, samples: $0.samples, steps: $0.steps,
        threads: $0.threads,
        measurements: $0.measurements.map {
          UpscaleMeasurementDescription(
            tile: [$0.tileWidth, $0.tileHeight], secondsPerStepAndSample: $0.secondsPerStep,
            bytesPerVoxel: $0.bytesPerVoxel)
        })
    }
  }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  var text: String {
    var lines: [String] = []
    for job in jobs {
      lines.append(Self.line("\(job.name)  \(job.size.map { $0.map(String.init).joined(separator: "×") } ?? "")"))
      for (role, path) in job.companions.sorted(by: { $0.key < $1.key }) {
        lines.append(Self.line("  ← \(role): \(path)"))
      }
      for output in job.outputs.all { lines.append(Self.line("  → \(output)")) }
    }
    for (title, isDamage) in [("cannot be upscaled, counts as failed:", true), ("not upscaled:", false)] {
      let own = refused.filter { $0.isDamage == isDamage }
      if !own.isEmpty { lines += ["", title] + own.map { Self.line("  \($0.what): \($0.reason)") } }
    }
    if !notes.isEmpty { lines += [""] + notes.map { Self.line("note: \($0)") } }
    lines += ["", "\(Self.counted(jobs.count, "scan")), \(refused.count) not upscaled"]
    if let estimate { lines += Self.lines(estimate) }
    return lines.joined(separator: "\n")
  }

  private static func lines(_ estimate: Estimate) -> [String] {
    var lines = [
      "about \(ProgressDisplay.duration(estimate.seconds)) on this machine with \(counted(estimate.threads, "thread")): "
        + "\(counted(estimate.samples, "sample")) of \(counted(estimate.steps, "step")), at "
        + estimate.measurements.map {
          String(format: "%.3g s", $0.secondsPerStepAndSample) + " for one step of one \($0.tile[0])×\($0.tile[1]) tile"
        }.joined(separator: ", "),
      "about \(size(estimate.bytes)) on disk"
        + (estimate.bytesFree.map { ", where \(size($0)) are free" } ?? ""),
    ]
    if let free = estimate.bytesFree, free < estimate.bytes {
      lines.append("the disk is too small: free some space, or choose another OUTPUT")
    }
    return lines
  }

  private static func counted(_ count: Int, _ what: String) -> String { "\(count) \(what)\(count == 1 ? "" : "s")" }

  static func size(_ bytes: Int) -> String {
    var value = Double(bytes)
    var unit = 0
    let units = ["bytes", "kB", "MB", "GB", "TB", "PB"]
    while value >= 999.5, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return unit == 0
      ? "\(bytes) bytes" : String(format: value < 9.95 ? "%.1f \(units[unit])" : "%.0f \(units[unit])", value)
  }

  /// Names may hold anything but a slash: what would break the line or the terminal is shown as a question mark.
  private static func line(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "?" : $0 }))
  }
}
