/// How a batch is run; what its results are made of stands in `settings`, `model` and `kernels`.
package struct BatchOptions: Sendable {
  /// The program that becomes a worker, with its arguments (`BatchWorker`).
  package var executable: String
  package var arguments: [String]
  /// Processes at work at the same time, 1 or more.
  package var workers = 1
  /// Bytes of resident memory that a worker may take; `nil` for no limit.
  package var memoryLimit: Int?
  /// What failed before this moment is tried again; `nil` for nothing. One moment for all runs of a cluster's array: each failure has one more
  /// chance, not one with every task.
  package var retriesFailuresBefore: Timestamp?
  /// As the upscales have it.
  package var allowGaps = false
  /// Take the jobs K, K + N, K + 2N … alone (K from 1).
  package var part: Part?
  /// Write no name of a refused scan into the ledger.
  package var isDeidentified = false
  /// `ClaimTable.expiry`.
  package var expiry = ClaimTable.usualExpiry
  /// A run with other settings that cannot be looked at may be dead: wait until that is known before giving up. For a task that nobody starts again.
  package var isPatient = false
  /// Goes into the journal; `id`, `host` and `process` are filled in.
  package var run: RunDescription

  package struct Part: Sendable {
    package let number: Int
    package let count: Int

    /// - Returns: `nil` for anything but K/N with 1 ≤ K ≤ N.
    package init?(_ text: String) {
      let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
      guard numbers.count == 2, let number = numbers[0], let count = numbers[1], number >= 1, number <= count else {
        return nil
      }
      (self.number, self.count) = (number, count)
    }
  }

  package init(executable: String, arguments: [String], run: RunDescription) {
    self.executable = executable
    self.arguments = arguments
    self.run = run
  }
}
