/// What one update did.
public struct TrainingProgress: Sendable {
  public let stage: TrainingConfiguration.StageName
  /// Updates of this stage that are done, and that there are.
  public let update: Int
  public let updates: Int
  /// The loss of this update's batch.
  public let loss: Double
  /// The loss averaged over about the last hundred updates.
  public let recentLoss: Double
  public let gradientNorm: Double
  public let rate: Double
  /// Seconds that an update takes, lately, and seconds that are left of both stages at that speed.
  public let secondsPerUpdate: Double
  public let secondsLeft: Double
  /// The scores, if this update was followed by a validation.
  public let validation: ValidationScores?
  public let isCheckpoint: Bool
}

/// Mean scores over the validation subjects, inside tissue; images live in [−1, 1], so that the peak is 2.
public struct ValidationScores: Sendable, Equatable {
  public let bicubicPSNR: Double
  public let encoderPSNR: Double
  /// One sample, and the mean of several; NaN while the encoder is trained.
  public let samplePSNR: Double
  public let meanPSNR: Double
  public let bicubicSSIM: Double
  public let encoderSSIM: Double
  public let meanSSIM: Double
  /// The standard deviation over the samples, averaged over tissue, on a scale of 0–255.
  public let deviation: Double

  /// One line for people.
  public var text: String {
    func number(_ value: Double, _ digits: Int) -> String { TrainingLog.fixed(value, digits) }
    var line =
      "bicubic \(number(bicubicPSNR, 2)) dB / \(number(bicubicSSIM, 4)), encoder \(number(encoderPSNR, 2)) dB / \(number(encoderSSIM, 4))"
    if meanPSNR.isFinite {
      line +=
        ", one sample \(number(samplePSNR, 2)) dB, mean \(number(meanPSNR, 2)) dB / \(number(meanSSIM, 4)), σ \(number(deviation, 2))"
    }
    return line
  }
}
