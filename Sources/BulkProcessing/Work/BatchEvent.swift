/// What a run has to tell while it goes on.
public enum BatchEvent: Sendable {
  /// A job that was done or had failed is done again, and why.
  case reopened(job: String, why: String)
  case started(job: String, attempt: Int)
  case warning(job: String, text: String)
  case note(job: String, text: String)
  case done(job: String, JobResult)
  case failed(job: String, reason: String)
  /// The worker was ended from outside; the job goes on with another.
  case killed(job: String)
  case paused(job: String, reason: String)
  /// Often.
  case progress(BatchProgress)
}

/// Where a run stands.
public struct BatchProgress: Sendable {
  /// Of this run's plan.
  public var jobs = 0
  /// Those done, here or earlier or elsewhere.
  public var done = 0
  public var failed = 0
  /// The jobs in work here, with slices done and slices in all (0 until known).
  public var running: [(job: String, done: Double, slices: Int)] = []
  /// Slices finished in this run.
  public var slices = 0.0
  /// `nil` until something tells.
  public var secondsLeft: Double?

  public init() {}
}

/// How a run ended.
public struct BatchOutcome: Sendable {
  public struct Failure: Sendable {
    public let job: String
    public let reason: String
    /// Found when the work was planned: another attempt does not help.
    public let isDamage: Bool
  }

  /// Jobs of the plan (of this part of it).
  public var jobs = 0
  public var done = 0
  /// Of those, done by this run.
  public var doneHere = 0
  /// In the plan's order; those of earlier runs too.
  public var failures: [Failure] = []
  /// In the hands of other runs that are alive.
  public var elsewhere = 0
  /// Neither done nor failed nor elsewhere: a pause.
  public var left = 0
  /// Why the run stopped by itself before its end.
  public var pausedBecause: String?
}
