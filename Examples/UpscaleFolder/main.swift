// Upscales every NIfTI volume in a folder, from file to file, with one model in memory. What fails is named, the rest goes on.
//
//   swift run -c release UpscaleFolder SCANS RESULTS
//
// For studies of days, with several workers, resuming and DICOM: `residua batch`.
import Foundation
import SuperResolution

func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

let arguments = CommandLine.arguments.dropFirst().map { URL(fileURLWithPath: $0, isDirectory: true) }
guard arguments.count == 2 else {
  say("UpscaleFolder SCANS RESULTS")
  exit(64)
}
let (scans, results) = (arguments[0], arguments[1])

do {
  let resolver = try SuperResolver()
  try FileManager.default.createDirectory(at: results, withIntermediateDirectories: true)
  var failures = 0
  for name in try FileManager.default.contentsOfDirectory(atPath: scans.path).sorted() {
    let input = scans.appendingPathComponent(name)
    // By content, not by name.
    guard let format = try? VolumeFormat.detect(input), format == .nifti1 || format == .nifti2 else { continue }
    // Without .nii, .gz and the like.
    let stem = BidsSidecar.neighbour(of: input, "json").deletingPathExtension().lastPathComponent
    var job = resolver.job(from: input, to: results.appendingPathComponent("\(stem)_x2.nii.gz"))
    job.uncertainty = results.appendingPathComponent("\(stem)_sigma.nii.gz")
    do {
      let record = try job.run { event in
        if case .warning(let text) = event { say("\(name): warning: \(text)") }
      }
      print(String(format: "%@: %.1f s", name, record.timings.total))
    } catch {
      failures += 1
      say("\(name): \(error)")
    }
  }
  exit(failures == 0 ? 0 : 3)
} catch {
  say("UpscaleFolder: \(error)")
  exit(1)
}
