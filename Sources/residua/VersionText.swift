import Foundation
import SuperResolution
import Tensors
import Volumes

/// What `--version` says: the program, the commit it was built from, and the libraries that decide its numbers.
enum VersionText {
  static var text: String {
    let engine = try? Engine().information
    let lines = [
      ("commit", commit ?? "unknown (Examples/install.sh notes it)"),
      ("kernels", engine?.kernels ?? "unknown"),
      ("OpenBLAS", engine.map { "\(number($0.openBLAS)), \($0.openBLASCore) kernels" } ?? "unknown"),
      ("DCMTK", VolumeLibraries.dcmtk),
      ("OpenJPEG", VolumeLibraries.openJPEG),
      ("nifticlib", VolumeLibraries.nifticlib),
    ]
    return
      (["residua \(ToolVersion.number)"]
      + lines.map { $0.padding(toLength: 12, withPad: " ", startingAt: 0) + $1 }).joined(separator: "\n")
  }

  /// A build cannot know its commit without a step of its own; the installer leaves it beside the models.
  private static var commit: String? {
    let share = ModelSearchPath.runningProgram.deletingLastPathComponent().deletingLastPathComponent()
    let text = try? String(contentsOf: share.appendingPathComponent("share/residua/commit"), encoding: .utf8)
    let line = text?.split(separator: "\n").first.map(String.init) ?? ""
    return line.isEmpty || line.count > 60 ? nil : line
  }

  /// "OpenBLAS 0.3.21 DYNAMIC_ARCH …" begins with the name.
  private static func number(_ configuration: String) -> String {
    configuration.split(separator: " ").dropFirst().first.map(String.init) ?? configuration
  }
}
