// A sampler of one's own: ancestral sampling with less noise than the theory asks for. The picture gets smoother and σ smaller, which does not make
// it surer.
//
//   swift run -c release CustomSampler [SCAN.nii.gz]
import Foundation
import SuperResolution

func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

let bundled = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("Data/sub-16_T1w_half.nii.gz")
let scan = CommandLine.arguments.dropFirst().first.map { URL(fileURLWithPath: $0) } ?? bundled

/// Ho, Jain, Abbeel 2020, algorithm 2, respaced as in Nichol and Dhariwal 2021, equation 19, with z scaled by `temperature`. Steps lie closer
/// together where little noise is left.
func plan(temperature: Double, schedule: NoiseSchedule) throws -> SamplingPlan {
  let last = Double(schedule.timesteps - 1)
  let steps = (0..<12).map { Int((last * pow(1 - Double($0) / 11, 1.5)).rounded()) }
  return try SamplingPlan(schedule: schedule, named: "temperature \(temperature)", visiting: steps) { t in
    let (alpha, next) = (t.cumulativeAlpha, t.nextCumulativeAlpha)
    let beta = 1 - alpha / next
    return SamplingPlan.Coefficients(
      residual: next.squareRoot() * beta / (1 - alpha),
      noisy: (1 - beta).squareRoot() * (1 - next) / (1 - alpha),
      deviation: temperature * (beta * (1 - next) / (1 - alpha)).squareRoot())
  }
}

do {
  let volume = try VolumeFile.open(scan)
  var resolver = try SuperResolver()
  resolver.settings.samples = 4
  for temperature in [1, 0.8] {
    resolver.settings.plan = try plan(temperature: temperature, schedule: resolver.model.schedule)
    let record = try resolver.upscale(volume).record
    print(
      String(
        format: "%@: %d steps, mean sigma %.3g", record.settings.sampler, record.settings.steps,
        record.output.meanDeviation ?? 0))
  }
} catch {
  say("CustomSampler: \(error)")
  exit(1)
}
