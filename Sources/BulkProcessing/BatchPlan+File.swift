import Foundation
import Volumes

extension BatchPlan {
  /// - Throws: `BatchError` where it cannot be read.
  public init(contentsOf url: URL) throws {
    do {
      self = try JSONDecoder().decode(BatchPlan.self, from: Data(contentsOf: url))
    } catch {
      throw BatchError(.unreadable, url.path, "is no plan of a batch: \(error.localizedDescription)")
    }
  }

  /// Whole or not at all.
  public func write(to url: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      try writeAtomically(Array(encoder.encode(self)), to: url, overwrite: true)
    } catch let error as VolumeError {
      throw BatchError(error.code == .diskFull ? .diskFull : .unwritable, url.path, error.reason)
    }
  }
}
