import Foundation

/// Empty files that say "done or failed under these terms": what a run looks at after it has claimed a job, instead of reading everybody's
/// journal again.
///
/// They only save work. Truth is in the journals: without its mark a job would be looked up there.
package struct SettledMarks {
  package let folder: LedgerFolder

  package init(folder: LedgerFolder) { self.folder = folder }

  private func name(_ key: String, _ terms: JobTerms) -> String { "\(key)-\(terms.fingerprint)" }

  package func set(_ key: String, _ terms: JobTerms) {
    let path = folder.settled.appendingPathComponent(name(key, terms)).path
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    if descriptor >= 0 { close(descriptor) }
  }

  func remove(_ key: String, _ terms: JobTerms) {
    unlink(folder.settled.appendingPathComponent(name(key, terms)).path)
  }

  package func contains(_ key: String, _ terms: JobTerms) -> Bool {
    // Opening the folder makes an NFS client ask whether it has changed.
    let parent = open(folder.settled.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard parent >= 0 else { return false }
    defer { close(parent) }
    var status = stat()
    return fstatat(parent, name(key, terms), &status, 0) == 0
  }
}
