// Learns a tiny ×2 model from the bundled scan in about two minutes on two idle cores, and says by how much it beats bicubic interpolation.
//
//   swift run -c release TrainTinyModel [FOLDER [UPDATES of the encoder and of the noise predictor, 1500 each]]
//
// FOLDER (default: TinyModel) then holds model.safetensors with its card, loss.png, and picture.png. The scan is one head, and scored on what it
// learned from: enough to see learning, far too little for a model to use.
import Foundation
import SuperResolutionTraining

func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
let scan = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("Data/sub-16_T1w_cut.nii.gz")
let arguments = CommandLine.arguments.dropFirst()
let output = URL(fileURLWithPath: arguments.first ?? "TinyModel", isDirectory: true)
guard let updates = Int(arguments.dropFirst().first ?? "1500"), updates > 0 else {
  say("TrainTinyModel [FOLDER [UPDATES]]: UPDATES is a whole number above 0")
  exit(64)
}

var configuration = TrainingConfiguration()
configuration.model.encoderFeatures = 16
configuration.model.encoderBlocks = 2
configuration.model.dim = 16
configuration.model.mults = [1, 2, 2]
configuration.data.train = [scan.path]
configuration.data.plane = .axial
configuration.data.validationSubjects = 0
configuration.encoder.updates = updates
configuration.encoder.batch = 8
configuration.encoder.patch = 48
configuration.encoder.rate = 1e-3
configuration.encoder.warmUp = 50
configuration.predictor.updates = updates
configuration.predictor.batch = 8
configuration.predictor.patch = 48
configuration.predictor.rate = 1e-3
configuration.predictor.warmUp = 20
configuration.optimiser.average = 0.99
configuration.upkeep.checkpointEvery = 500
configuration.upkeep.logEvery = 10

do {
  let trainer = try Trainer(configuration, output: output, engine: Engine())
  if trainer.isResumed { say("going on where \(output.path) stopped") }
  while let progress = try trainer.next() {
    if progress.update % 100 == 0 {
      let loss = String(format: "%.4f", progress.recentLoss)
      say("\(progress.stage) \(progress.update)/\(progress.updates): loss \(loss), \(Int(progress.secondsLeft)) s left")
    }
  }
  let picture = output.appendingPathComponent("picture.png")
  let scores = try trainer.scores(of: URL(fileURLWithPath: scan.path), picture: picture)
  let text = "bicubic %.2f dB, the model's encoder %.2f dB, the mean of 4 samples %.2f dB (on the slices it learned from)"
  print(String(format: text, scores.bicubicPSNR, scores.encoderPSNR, scores.meanPSNR))
  print(output.appendingPathComponent("loss.png").path)
  print(picture.path)
} catch {
  say("TrainTinyModel: \(error)")
  exit(1)
}
