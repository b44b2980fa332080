import Foundation

extension BatchPlan {
  /// - Throws: `BatchError` where it cannot be read.
  package init(contentsOf url: URL) throws {
    do {
      self = try JSONDecoder().decode(BatchPlan.self, from: Data(contentsOf: url))
    } catch {
      throw BatchError(.unreadable, url.path, "is no plan of a batch: \(error.localizedDescription)")
    }
  }

  /// Whole or not at all. Holds the paths of all scans.
  package func write(to url: URL) throws { try AtomicJSON.write(self, to: url) }
}
