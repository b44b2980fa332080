import Figures
import Foundation

/// The tables and the figure that a training leaves behind: `log.csv`, `validation.csv`, `loss.png`.
struct TrainingLog {
  private let folder: URL
  private static let lossHeader = "stage,update,loss,gradient_norm,rate,seconds"
  private static let scoreHeader =
    "stage,update,bicubic_psnr,encoder_psnr,sample_psnr,mean_psnr,bicubic_ssim,encoder_ssim,mean_ssim,deviation"

  private var losses: URL { folder.appendingPathComponent("log.csv") }
  private var scores: URL { folder.appendingPathComponent("validation.csv") }

  /// - Parameters:
  ///   - isDone: whether an update was done when the training that is resumed was saved; lines of others are taken out, since they will be written again.
  init(in folder: URL, isDone: (TrainingConfiguration.StageName, Int) -> Bool) throws {
    self.folder = folder
    for (url, header) in [(losses, Self.lossHeader), (scores, Self.scoreHeader)] {
      let old = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
      let kept = old.split(separator: "\n").dropFirst().filter { line in
        let fields = line.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count > 1, let stage = TrainingConfiguration.StageName(rawValue: String(fields[0])),
          let update = Int(fields[1])
        else { return false }
        return isDone(stage, update)
      }
      let text = ([header[...]] + kept).joined(separator: "\n") + "\n"
      try Self.unwritable(url) { try Data(text.utf8).write(to: url, options: .atomic) }
    }
  }

  func addLoss(
    _ stage: TrainingConfiguration.StageName, update: Int, loss: Double, norm: Double, rate: Double, seconds: Double
  ) throws {
    try append(
      "\(stage),\(update),\(Self.fixed(loss, 6)),\(Self.fixed(norm, 5)),\(rate),\(Self.fixed(seconds, 1))\n", to: losses
    )
  }

  func addScores(_ stage: TrainingConfiguration.StageName, update: Int, _ s: ValidationScores) throws {
    let numbers = [
      s.bicubicPSNR, s.encoderPSNR, s.samplePSNR, s.meanPSNR, s.bicubicSSIM, s.encoderSSIM, s.meanSSIM, s.deviation,
    ]
    let text = numbers.map { $0.isFinite ? Self.fixed($0, 4) : "" }.joined(separator: ",")
    try append("\(stage),\(update),\(text)\n", to: scores)
  }

  /// Draws losses and scores over the updates of both stages.
  func draw() throws {
    var plots: [Plot] = []
    for stage in TrainingConfiguration.StageName.allCases {
      let rows = Self.rows(of: losses, stage)
      guard rows.count > 1 else { continue }
      var plot = Plot(
        title: stage == .encoder ? "Encoder: L1 of the image" : "Noise predictor: L1 of the noise",
        x: PlotAxis("update"), y: PlotAxis("loss", scale: .logarithmic))
      plot.series = [.line("training", x: rows.map { $0[0] }, y: rows.map { $0[1] })]
      plots.append(plot)
      let scored = Self.rows(of: scores, stage)
      guard scored.count > 1 else { continue }
      var quality = Plot(title: "Validation", x: PlotAxis("update"), y: PlotAxis("PSNR in tissue / dB"))
      let columns =
        stage == .encoder ? [(1, "bicubic"), (2, "encoder")] : [(2, "encoder"), (3, "one sample"), (4, "mean")]
      quality.series = columns.map { column, name in
        .line(name, x: scored.map { $0[0] }, y: scored.map { $0[column] })
      }
      plots.append(quality)
    }
    guard !plots.isEmpty else { return }
    let url = folder.appendingPathComponent("loss.png")
    try Self.unwritable(url) { try PlotPage(plots, columns: 2, title: "Training").write(to: url.path, overwrite: true) }
  }

  /// The update and the numbers after it, line by line.
  private static func rows(of url: URL, _ stage: TrainingConfiguration.StageName) -> [[Double]] {
    let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      guard fields.first.map(String.init) == stage.rawValue else { return nil }
      return fields.dropFirst().map { Double($0) ?? .nan }
    }
  }

  private func append(_ text: String, to url: URL) throws {
    try Self.unwritable(url) {
      let handle = try FileHandle(forWritingTo: url)
      defer { try? handle.close() }
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(text.utf8))
    }
  }

  static func unwritable(_ url: URL, _ body: () throws -> Void) throws {
    do { try body() } catch {
      throw TrainingError(
        .unwritable, url.path,
        "cannot be written: \(error.localizedDescription). Make room or choose another folder; the last checkpoint is whole, and the same "
          + "command goes on from it.")
    }
  }

  static func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
