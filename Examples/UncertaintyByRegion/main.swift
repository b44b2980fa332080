// A map of σ, and how sure the mean of every labelled region is. The two differ: errors of neighbouring voxels go together, so that a region's
// mean has an uncertainty of its own, taken from the region's mean in every sample.
//
//   swift run -c release UncertaintyByRegion SCAN.nii.gz LABELS.nii.gz RESULTS
import Foundation
import SuperResolution

func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

let arguments = CommandLine.arguments.dropFirst().map { URL(fileURLWithPath: $0) }
guard arguments.count == 3 else {
  say("UncertaintyByRegion SCAN.nii.gz LABELS.nii.gz RESULTS")
  exit(64)
}
let (scan, labels, results) = (arguments[0], arguments[1], arguments[2])

do {
  try FileManager.default.createDirectory(at: results, withIntermediateDirectories: true)
  var resolver = try SuperResolver()
  // A statistic of a region wants more samples than a picture.
  resolver.settings.samples = 16
  // Samples that are not held to the input drift from its mean all alike, which no spread shows.
  resolver.settings.consistency = .project
  var job = resolver.job(from: scan, to: results.appendingPathComponent("upscaled.nii.gz"))
  job.uncertainty = results.appendingPathComponent("sigma.nii.gz")
  job.preview = results.appendingPathComponent("preview.png")
  job.regions = RegionRequest(labels: labels, table: results.appendingPathComponent("regions.tsv"), coverage: 0.9)
  let record = try job.run { event in
    if case .warning(let text) = event { say("warning: \(text)") }
  }
  for region in record.regions?.regions ?? [] {
    guard let mean = region.mean.mean, let lower = region.mean.lower, let upper = region.mean.upper else { continue }
    print(String(format: "label %d: mean %.4g, 90 %% interval %.4g … %.4g", region.label, mean, lower, upper))
  }
} catch {
  say("UncertaintyByRegion: \(error)")
  exit(1)
}
