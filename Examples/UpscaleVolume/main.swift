// Upscales one volume in memory and says how sure the result is.
//
//   swift run -c release UpscaleVolume SCAN.nii.gz OUTPUT.nii.gz SIGMA.nii.gz
//
// Research use only. Not for diagnosis.
import Foundation
import SuperResolution

func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

let arguments = CommandLine.arguments.dropFirst().map { URL(fileURLWithPath: $0) }
guard arguments.count == 3 else {
  say("UpscaleVolume SCAN.nii.gz OUTPUT.nii.gz SIGMA.nii.gz")
  exit(64)
}

do {
  var resolver = try SuperResolver()
  resolver.settings.samples = 8
  resolver.settings.seed = 1

  var tenths = 0
  let result = try resolver.upscale(VolumeFile.open(arguments[0])) { share in
    // Throwing here would end the work.
    if Int(share * 10) > tenths {
      tenths = Int(share * 10)
      say("\(tenths * 10) %")
    }
  }
  result.warnings.forEach { say("warning: \($0)") }
  try result.write(to: arguments[1], deviation: arguments[2])

  let size = result.volume.header.size
  print("\(size.0)×\(size.1)×\(size.2) voxels, \(result.record.model.file)")
  if let sigma = result.record.output.meanDeviation {
    print(String(format: "mean sigma %.3g, in the scan's unit", sigma))
  }
  if let agreement = result.consistency { print(agreement.summary) }
} catch {
  say("UpscaleVolume: \(error)")
  exit(1)
}
