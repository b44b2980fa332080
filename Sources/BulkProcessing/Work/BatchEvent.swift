/// What a run has to tell while it goes on.
package enum BatchEvent: Sendable {
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
package struct BatchProgress: Sendable {
  /// Of this run's plan.
  package var jobs = 0
  /// Those done, here or earlier or elsewhere.
  package var done = 0
  package var failed = 0
  /// The jobs in work here, with slices done and slices in all (0 until known).
  package var running: [(job: String, done: Double, slices: Int)] = []
  /// Slices finished in this run.
  package var slices = 0.0
  /// `nil` until something tells.
  package var secondsLeft: Double?

  package init() {}
}

/// How a run ended.
package struct BatchOutcome: Sendable {
  package struct Failure: Sendable {
    package let job: String
    package let reason: String
    /// Found when the work was planned: another attempt does not help.
    package let isDamage: Bool
  }

  /// Jobs of the plan (of this part of it).
  package var jobs = 0
  package var done = 0
  /// Of those, done by this run.
  package var doneHere = 0
  /// In the plan's order; those of earlier runs too.
  package var failures: [Failure] = []
  /// In the hands of other runs that are alive.
  package var elsewhere = 0
  /// Neither done nor failed nor elsewhere: a pause.
  package var left = 0
  /// Why the run stopped by itself before its end.
  package var pausedBecause: String?
}
