import Foundation

/// What one run says: lines of JSON in a file that only this process writes to, and only at the end.
///
/// A line is written in one call, so that a killed process leaves whole lines or one torn last line. `synchronise` waits for the disk: a run
/// calls it four times a second while there is something new, and at its end.
package final class Journal {
  package let url: URL
  private let descriptor: Int32
  private let encoder = JSONEncoder()
  private var isDirty = false
  private var lastSync = ContinuousClock.now

  /// - Throws: `BatchError` where it cannot be made.
  package init(_ folder: LedgerFolder, run id: String) throws {
    url = folder.journals.appendingPathComponent(id + ".jsonl")
    descriptor = open(url.path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw BatchError.system(.unwritable, url.path, "cannot be made", errno: errno) }
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let parent = open(folder.journals.path, O_RDONLY | O_CLOEXEC)
    if parent >= 0 {
      fsync(parent)
      close(parent)
    }
  }

  deinit { close(descriptor) }

  /// - Throws: `BatchError`, with `diskFull` where that is the reason; half a line is taken back then.
  package func append(_ entry: JournalEntry) throws {
    var line = try encoder.encode(entry)
    line.append(UInt8(ascii: "\n"))
    let before = lseek(descriptor, 0, SEEK_END)
    let count = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    guard count == line.count else {
      let reason = count < 0 ? errno : ENOSPC
      ftruncate(descriptor, before)
      throw BatchError.system(.unwritable, url.path, "cannot be written", errno: reason)
    }
    isDirty = true
  }

  /// Whether there are lines that have not reached the disk, and the last wait for it is longer ago.
  func isWaiting(longerThan pause: Duration) -> Bool { isDirty && ContinuousClock.now - lastSync >= pause }

  /// Returns when all lines are on the disk.
  package func synchronise() throws {
    guard isDirty else { return }
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
      throw BatchError.system(.unwritable, url.path, "does not reach the disk", errno: errno)
    }
    isDirty = false
    lastSync = .now
  }
}
