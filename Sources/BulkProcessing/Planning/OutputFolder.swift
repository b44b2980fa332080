import Foundation
import SuperResolution
import Volumes

/// The folder that takes a batch's results.
enum OutputFolder {
  /// Makes it, and the folders above.
  static func make(_ url: URL) throws {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      guard FileIdentity(url.path)?.isFolder == true else {
        let reason = BatchError.unwritable(url.path, "the folder for the results cannot be made", error).reason
        throw SuperResolutionError(.unwritable, url.path, "\(reason). Choose another.")
      }
    }
    guard access(url.path, W_OK) == 0 else {
      throw SuperResolutionError(
        .unwritable, url.path, "the folder for the results may not be written to: \(String(cString: strerror(errno))).")
    }
  }

  /// - Throws: where the two are one, since results would lie among the scans and be found as such.
  static func check(_ output: URL, against input: URL) throws {
    if let a = FileIdentity(output.path), a == FileIdentity(input.path) {
      throw SuperResolutionError(
        .invalidSetting, output.path, "INPUT and OUTPUT are one folder. Choose another for the results.")
    }
    if let identity = FileIdentity(output.path), !identity.isFolder {
      throw SuperResolutionError(.unwritable, output.path, "is a file; name a folder for the results.")
    }
  }
}
