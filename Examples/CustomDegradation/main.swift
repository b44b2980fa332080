// A degradation of one's own: how well does the model undo a blur that it has not learned, and does it help to say what the blur was?
//
//   swift run -c release CustomDegradation [SCAN.nii.gz]       (slices with even sides; default: the bundled scan)
import Foundation
import SuperResolution

func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

let bundled = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("Data/sub-16_T1w_cut.nii.gz")
let scan = CommandLine.arguments.dropFirst().first.map { URL(fileURLWithPath: $0) } ?? bundled

do {
  // A detector element takes the mean over its area, and a quarter as much of its neighbours'; one percent of noise.
  let detector = DegradationKernel("detector", reach: 1, noise: 0.01) { $0 <= 0.5 ? 1 : 0.25 }
  let truth = try Volume(reading: VolumeFile.open(scan))
  let range = truth.values.max() ?? 1
  let low = try DegradedVolume(
    of: truth, by: .kernel(detector), scale: 2, across: truth.header.acquiredAxis, range: range, seed: 1)

  var resolver = try SuperResolver()
  resolver.settings.samples = 4
  for (name, degradation) in [("as learned", nil), ("detector", Degradation.kernel(detector))] {
    resolver.settings.degradation = degradation
    // Every sample is taken to the nearest image that becomes the input again under the degradation.
    resolver.settings.consistency = .project
    let result = try resolver.upscale(low)
    guard result.volume.header.size == truth.header.size else {
      say("\(scan.path): its slices have odd sides; crop them by one voxel")
      exit(1)
    }
    var errors = ErrorStatistics()
    errors.add(
      estimate: result.volume.values, truth: truth.values, mask: .above(0.04 * range, truth.values))
    print(String(format: "%@: %.2f dB", name, errors.peakSignalToNoiseRatio(dataRange: range)))
  }
} catch {
  say("CustomDegradation: \(error)")
  exit(1)
}
