import Foundation

/// Makes a folder for outputs, with those above it, where it is missing.
/// - Throws: `SuperResolutionError` where that is impossible.
package func makeFolder(_ folder: URL) throws {
  do {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  } catch {
    throw SuperResolutionError(.unwritable, folder.path, "cannot be created: \(error.localizedDescription)")
  }
}
