import Foundation

/// What the parent asks of a worker, as one line of JSON on its standard input. The end of the input asks it to stop.
package struct Assignment: Codable, Sendable {
  package let job: BatchJob
  /// Outputs go here, under the paths they have below the output folder.
  package let staging: URL
  /// Finished slices are kept here, in a folder for the input as it is.
  package let slices: URL
}

/// What a worker answers, as one line of JSON on its standard output.
package enum WorkerMessage: Codable, Sendable {
  /// The model is loaded.
  case ready
  /// The worker cannot work at all.
  case unfit(reason: String)
  case begun(slices: Int)
  /// Slices done, with the share of the one in work.
  case progress(slices: Double)
  case warning(String)
  case note(String)
  /// All outputs are complete in the staging folder, made of the input that had this stamp.
  case staged(JobResult, stamp: String? = nil)
  case failed(reason: String, isDiskFull: Bool)
  /// Stopped between two steps, as asked; finished slices are kept.
  case paused
}

/// Cuts a stream of bytes into lines.
struct LineBuffer {
  private var pending: [UInt8] = []

  mutating func lines(adding bytes: some Sequence<UInt8>) -> [[UInt8]] {
    pending.append(contentsOf: bytes)
    guard let end = pending.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
    let whole = pending[..<end].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true).map(Array.init)
    pending.removeSubrange(...end)
    return whole
  }

  /// What came after the last line break.
  var rest: [UInt8] { pending }
}
