import Foundation
import SuperResolution
import Volumes

/// Finds a batch's scans and names their outputs. Headers are read, voxels are not.
package struct BatchPlanner {
  package let request: BatchRequest

  package init(_ request: BatchRequest) { self.request = request }

  /// - Parameter checkpoint: called often; what it throws ends the search and comes out here.
  /// - Throws: `SuperResolutionError` where nothing can be searched, naming all that is wrong with a list or a selection.
  package func plan(checkpoint: @escaping @Sendable () throws -> Void = {}) throws -> BatchPlan {
    switch request.source {
    case .folder(let folder):
      try OutputFolder.check(request.output, against: folder)
      // Links resolved: relative paths are cut from full ones.
      let root = folder.standardizedFileURL.resolvingSymlinksInPath()
      if try isBids(root) {
        return try BidsPlanner(request: request, root: root, checkpoint: checkpoint).plan()
      }
      return try TreePlanner(request: request, root: root, checkpoint: checkpoint).plan()
    case .list(let file):
      return try ListPlanner(request: request, list: file, checkpoint: checkpoint).plan()
    }
  }

  private func isBids(_ root: URL) throws -> Bool {
    switch request.layout {
    case .bids: return true
    case .tree: return false
    case .auto: return !request.selection.isEmpty || BidsDataset.isOne(root)
    }
  }
}
