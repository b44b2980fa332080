// Upscales every usable series of a DICOM folder: a derived series, and σ as a parametric map, below RESULTS.
//
//   swift run -c release UpscaleSeries STUDY RESULTS
//
// Research use only. Not for diagnosis.
import Foundation
import SuperResolution

func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

let arguments = CommandLine.arguments.dropFirst().map { URL(fileURLWithPath: $0, isDirectory: true) }
guard arguments.count == 2 else {
  say("UpscaleSeries STUDY RESULTS")
  exit(64)
}
let (study, results) = (arguments[0], arguments[1])

do {
  let archive = try DicomArchive.scan(study)
  for file in archive.damaged { say("\(file)") }
  let resolver = try SuperResolver()
  for series in archive.series {
    guard series.isUsable else {
      say("\(series.summary): \(series.suitability.sentence ?? "cannot be used")")
      continue
    }
    let folder = results.appendingPathComponent("series-\(series.selector)", isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var job = resolver.job(from: study, to: folder.appendingPathComponent("upscaled"))
    job.uncertainty = folder.appendingPathComponent("sigma")
    job.series = series.selector
    // Removals of the basic confidentiality profile (PS3.15 annex E).
    job.deidentify = true
    let record = try job.run { event in
      if case .warning(let text) = event { say("series \(series.selector): warning: \(text)") }
    }
    print("series \(series.selector): \(record.output.size.map(String.init).joined(separator: "×")) voxels")
  }
} catch {
  say("UpscaleSeries: \(error)")
  exit(1)
}
