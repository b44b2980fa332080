import Foundation

/// An output in two moves: `complete()` does all that can fail for want of space or sense, `publish()` only gives the name.
///
/// Several outputs that belong together are all completed before the first is published; where a name is then refused, those already
/// given are taken back.
public protocol StagedOutput: AnyObject {
  /// Brings everything to the disk, under a hidden name.
  func complete() throws
  /// Gives the final name; what had it before is kept aside.
  func publish() throws
  /// Undoes what was done so far: what had the name before has it again, or nothing has. Safe at any time; nothing after `settle()`.
  func withdraw()
  /// Makes it final: what was kept aside goes.
  func settle()
}

extension StagedOutput {
  /// All in one, for an output that stands alone.
  public func finish() throws {
    do {
      try complete()
      try publish()
    } catch {
      withdraw()
      throw error
    }
    settle()
  }
}

extension Sequence where Element == any StagedOutput {
  /// Publishes all, in order; where one fails those before it are withdrawn.
  package func publishTogether() throws {
    var published: [any StagedOutput] = []
    do {
      for output in self {
        try output.publish()
        published.append(output)
      }
    } catch {
      published.reversed().forEach { $0.withdraw() }
      throw error
    }
    published.forEach { $0.settle() }
  }
}

/// A small file whose bytes are known: hidden until `publish()`.
package final class StagedFile: StagedOutput {
  private let bytes: [UInt8]
  private let file: PendingFile

  /// - Throws: as `PendingFile`.
  package init(_ bytes: [UInt8], _ url: URL, overwrite: Bool) throws {
    self.bytes = bytes
    file = try PendingFile(url, overwrite: overwrite)
  }

  package func complete() throws {
    try bytes.withUnsafeBytes { try file.write($0, at: 0) }
    try file.synchronise()
  }

  package func publish() throws { try file.publish() }
  package func withdraw() { file.withdraw() }
  package func settle() { file.settle() }
}
