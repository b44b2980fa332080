import Foundation
import Volumes

extension UpscaleJob {
  /// SHA-256 of what is read: `input` as the sidecar names it, and `mask`, `regions` and `labels` where they were given.
  /// - Throws: `VolumeError` or `SuperResolutionError` where one of them cannot be read.
  public func inputDigests() throws -> [String: String] { try inputDigests(of: UpscaleSource(of: self)) }

  func inputDigests(of source: UpscaleSource) throws -> [String: String] {
    var digests = try companionDigests()
    digests["input"] = try FileDigest.sha256(of: source.files)
    return digests
  }

  private func companionDigests() throws -> [String: String] {
    try ["mask": mask, "regions": regions?.labels, "labels": labelsAlong?.labels].compactMapValues(\.self)
      .mapValues { try FileDigest.sha256(of: FoundScan(url: $0).files) }
  }

  /// - Throws: `SuperResolutionError` where what is kept of the slices, or written, may be of two inputs.
  func checkThatNothingChanged(since before: [String: String], source: UpscaleSource, input: String) throws {
    var now = try companionDigests()
    now["input"] = input
    guard let changed = before.keys.sorted().first(where: { before[$0] != now[$0] }) else { return }
    throw SuperResolutionError(
      .unreadable, source.name,
      "the \(changed) changed while it was being worked on. Run the same command again when it is at rest.")
  }
}
