import Foundation

/// How fast a run goes, and how long it will take.
struct Pace {
  /// By index in the plan: bytes of the inputs, or 1 each where bytes do not compare.
  var weights: [Double] = []
  private(set) var slices = 0.0
  private var finished = 0.0
  private let start = ContinuousClock.now
  private var lastTold = ContinuousClock.now
  private static let pause = Duration.milliseconds(200)

  static func weights(of plan: BatchPlan) -> [Double] {
    let sizes = plan.jobs.map { job -> Double in
      var status = stat()
      guard job.series == nil, stat(job.input.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return 0 }
      return Double(status.st_size)
    }
    return sizes.allSatisfy { $0 > 0 } ? sizes : sizes.map { _ in 1 }
  }

  mutating func finish(_ index: Int, slices: Int) {
    finished += weights[index]
    self.slices += Double(slices)
  }

  mutating func isTimeToTell() -> Bool {
    guard ContinuousClock.now - lastTold > Self.pause else { return false }
    lastTold = .now
    return true
  }

  /// - Parameters:
  ///   - running: shares done of jobs in work.
  ///   - ahead: all jobs not finished, those in work too.
  func secondsLeft(running: [(index: Int, share: Double)], ahead: [Int]) -> Double? {
    let begun = running.reduce(0) { $0 + $1.share * weights[$1.index] }
    let done = finished + begun
    guard done > 0 else { return nil }
    let left = ahead.reduce(0) { $0 + weights[$1] } - begun
    let elapsed = ContinuousClock.now - start
    return Double(elapsed.components.seconds) * left / done + Double(elapsed.components.attoseconds) * 1e-18 * left
      / done
  }
}
