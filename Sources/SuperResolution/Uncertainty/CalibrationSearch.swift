import Foundation

/// Where the calibration of a model is looked for: beside it, then on the model search path, as `NAME.calibration.json` or
/// `NAME.….calibration.json` for `NAME.safetensors`.
struct CalibrationSearch {
  let model: LoadedModel
  var searchPath = ModelSearchPath()

  struct Found {
    let url: URL
    let calibration: UncertaintyCalibration
  }

  /// Every calibration of this very model, in the order of the search.
  /// - Throws: `SuperResolutionError` when there is none: who asks for calibrated numbers must not get others unawares.
  func all() throws -> [Found] {
    let name = model.url.deletingPathExtension().lastPathComponent
    let folders = [model.url.deletingLastPathComponent()] + searchPath.folders
    var found: [Found] = []
    var passedOver: [String] = []
    for folder in folders {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      for file in names.sorted() where file.hasPrefix(name + ".") && file.hasSuffix(".calibration.json") {
        let url = folder.appendingPathComponent(file)
        let calibration = try UncertaintyCalibration(contentsOf: url)
        if calibration.conditions.model == model.digest {
          found.append(Found(url: url, calibration: calibration))
        } else {
          passedOver.append("\(url.path) belongs to another model of this name.")
        }
      }
    }
    guard found.isEmpty else { return found }
    throw SuperResolutionError(
      .calibrationNotFound, model.url.lastPathComponent,
      ([
        "no calibration \(name).calibration.json was found beside it or in \(searchPath.folders.map(\.path).joined(separator: ", "))."
      ]
        + passedOver + [
          "Make one with `residua calibrate`, name one with --calibration, or ask for the raw deviation with --uncertainty."
        ]).joined(separator: " "))
  }
}
