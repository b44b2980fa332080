import Foundation
import Volumes

extension BatchPlan {
  private struct Content: Codable {
    let jobs: [BatchJob]
    let refused: [Refusal]
  }

  /// - Throws: `BatchError` where it cannot be read.
  public init(contentsOf url: URL) throws {
    do {
      let content = try JSONDecoder().decode(Content.self, from: Data(contentsOf: url))
      self.init(jobs: content.jobs, refused: content.refused)
    } catch {
      throw BatchError(.unreadable, url.path, "is no plan of a batch: \(error.localizedDescription)")
    }
  }

  /// Whole or not at all.
  public func write(to url: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      try writeAtomically(Array(encoder.encode(Content(jobs: jobs, refused: refused))), to: url, overwrite: true)
    } catch let error as VolumeError {
      throw BatchError(error.code == .diskFull ? .diskFull : .unwritable, url.path, error.reason)
    }
  }
}
