/// What one update did.
public struct TrainingProgress: Sendable {
  /// Which of the two.
  public let stage: TrainingConfiguration.StageName
  /// Updates of this stage that are done, and that there are.
  public let update: Int
  /// How many the stage has.
  public let updates: Int
  /// The loss of this update's batch.
  public let loss: Double
  /// The loss averaged over about the last hundred updates.
  public let recentLoss: Double
  /// Norm of all gradients together, before it is cut.
  public let gradientNorm: Double
  /// Learning rate of this update.
  public let rate: Double
  /// Seconds that an update takes, lately, and seconds that are left of both stages at that speed.
  public let secondsPerUpdate: Double
  /// Seconds that are left of both stages, at the present pace.
  public let secondsLeft: Double
  /// The scores, if this update was followed by a validation.
  public let validation: ValidationScores?
  /// Whether a checkpoint was saved after it.
  public let isCheckpoint: Bool
}

/// Mean scores over the validation subjects, inside tissue; images live in [−1, 1], so that the peak is 2.
public struct ValidationScores: Sendable, Equatable {
  /// In dB, peak 2 in [−1, 1], over tissue: bicubic interpolation.
  public let bicubicPSNR: Double
  /// The encoder's own image, in dB.
  public let encoderPSNR: Double
  /// One sample, and the mean of several; NaN while the encoder is trained.
  public let samplePSNR: Double
  /// The mean of the samples, in dB; NaN while the encoder is trained.
  public let meanPSNR: Double
  /// SSIM (7×7, uniform) over tissue: bicubic interpolation.
  public let bicubicSSIM: Double
  /// The encoder's own image.
  public let encoderSSIM: Double
  /// The mean of the samples; NaN while the encoder is trained.
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
