import Foundation

/// Where the calibration of a model is looked for: beside it, then on the model search path, as `NAME.calibration.json` or
/// `NAME.….calibration.json` for `NAME.safetensors`.
package struct CalibrationSearch {
  private let url: URL
  private let digest: String
  var searchPath = ModelSearchPath()

  init(model: LoadedModel) { self.init(model: model.url, digest: model.digest) }

  /// - Parameter digest: SHA-256 of the model's file.
  package init(model url: URL, digest: String) {
    self.url = url
    self.digest = digest
  }

  package struct Found {
    package let url: URL
    let calibration: UncertaintyCalibration
  }

  /// Every calibration of this very model, in the order of the search.
  /// - Throws: `SuperResolutionError` when there is none: who asks for calibrated numbers must not get others unawares.
  package func all() throws -> [Found] {
    let name = url.deletingPathExtension().lastPathComponent
    let folders = [url.deletingLastPathComponent()] + searchPath.folders
    var found: [Found] = []
    var passedOver: [String] = []
    for folder in folders {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      for file in names.sorted() where file.hasPrefix(name + ".") && file.hasSuffix(".calibration.json") {
        let candidate = folder.appendingPathComponent(file)
        let calibration = try UncertaintyCalibration(contentsOf: candidate)
        if calibration.conditions.model == digest {
          found.append(Found(url: candidate, calibration: calibration))
        } else {
          passedOver.append("\(candidate.path) belongs to another model of this name.")
        }
      }
    }
    guard found.isEmpty else { return found }
    throw SuperResolutionError(
      .calibrationNotFound, url.lastPathComponent,
      ([
        "no calibration \(name).calibration.json was found beside it or in \(searchPath.folders.map(\.path).joined(separator: ", "))."
      ]
        + passedOver + [
          "Make one with `residua calibrate`, name one with --calibration, or ask for the raw deviation with --uncertainty."
        ]).joined(separator: " "))
  }
}
