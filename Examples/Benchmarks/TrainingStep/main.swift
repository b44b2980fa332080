// One update of the noise predictor, timed: encoder forward, predictor forward and backward, clipping, Adam, moving average. Reads a line of "dim batch patch"
// per round from standard input and answers with seconds and the peak of resident memory, so that another program's rounds can alternate with these.
import Diffusion
import Foundation
import Neural
import Tensors

/// A training without data: what is timed is arithmetic.
final class Round {
  private let engine: Engine
  private var model: SRDiffModel
  private var optimiser: Adam
  private let low: Tensor
  private let noisy: Tensor
  private let target: Tensor
  private let steps: [Int]

  init(dim: Int, batch: Int, patch: Int) throws {
    engine = try Engine()
    let shape = NetworkShape(scale: 2, encoderFeatures: 32, encoderBlocks: 5, dim: dim)
    model = try SRDiffModel(shape: shape, engine: engine)
    var generator = SystemRandomNumberGenerator()
    model.initialize(using: &generator)
    var settings = Adam.Settings()
    settings.largestNorm = 1
    settings.averageDecay = 0.999
    optimiser = Adam(settings)
    func random(_ side: Int) -> Tensor {
      Tensor(
        (0..<batch * side * side).map { _ in Float.random(in: -1...1) }, n: batch, h: side, w: side, c: 1)
    }
    low = random(patch / 2)
    noisy = random(patch)
    target = random(patch)
    steps = (0..<batch).map { $0 * 7 % 100 }
  }

  func update() -> Double {
    let start = Date()
    let tape = GradientTape(engine: engine)
    let execution = Execution(engine, tape: tape)
    let features = model.encoder(low, in: Execution(engine)).condition
    let condition = model.predictor.projectedCondition(features, in: execution)
    let prediction = model.predictor(noisy, steps: steps, condition: condition, in: execution)
    let forward = Date().timeIntervalSince(start)
    let (_, gradient) = engine.meanAbsoluteError(prediction, target)
    tape.backward(from: prediction, gradient: gradient)
    let backward = Date().timeIntervalSince(start)
    _ = optimiser.update(&model.predictor, under: "denoise_fn", from: tape, rate: 1e-4, on: engine)
    let total = Date().timeIntervalSince(start)
    if CommandLine.arguments.contains("--parts") {
      FileHandle.standardError.write(
        Data("forward \(forward) backward \(backward - forward) update \(total - backward)\n".utf8))
    }
    return total
  }
}

func peakMegabytes() -> Int {
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
  return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
}

var rounds: [String: Round] = [:]
while let line = readLine() {
  let numbers = line.split(separator: " ").compactMap { Int($0) }
  guard numbers.count == 3 else { break }
  let round = try rounds[line] ?? Round(dim: numbers[0], batch: numbers[1], patch: numbers[2])
  rounds[line] = round
  FileHandle.standardOutput.write(Data("\(round.update()) \(peakMegabytes())\n".utf8))
}
