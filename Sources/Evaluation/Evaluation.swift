import Foundation
import ImageQuality
import SuperResolution
import Tensors
import Volumes

/// Scans through the methods, one after the other, each recorded when it is done:
///
/// ```
/// DIR/volumes/NAME.json, NAME.png     a record and a picture per scan
/// DIR/kept/NAME/…                     the compared slices, where they are kept
/// ```
///
/// A scan whose record fits recipe and files is not computed again.
package struct Evaluation {
  package enum Event {
    case warning(String)
    /// Worth knowing; no cause for worry.
    case note(String)
    case started(name: String, number: Int, of: Int)
    /// The share of the current scan that is done.
    case progress(Double)
    case finished(name: String)
  }

  package let scans: [EvaluationScan]
  package let settings: EvaluationSettings
  package let model: LoadedModel
  /// The folder for everything; made where it does not exist.
  package let output: URL
  /// Keep what was compared, for other programs.
  package var keepsFiles = false

  package init(scans: [EvaluationScan], settings: EvaluationSettings, model: LoadedModel, output: URL) {
    self.scans = scans
    self.settings = settings
    self.model = model
    self.output = output
  }

  /// - Parameter report: called often; what it throws ends the work and comes out here. Finished scans stay recorded.
  /// - Returns: the report, and the scans that could not be evaluated with the reason.
  /// - Throws: `EvaluationError` where nothing could be evaluated or the folder cannot be written to; errors about weights.
  package func run(report: (Event) throws -> Void = { _ in }) throws -> (
    report: EvaluationReport, failures: [(name: String, reason: String)]
  ) {
    let volumes = output.appendingPathComponent("volumes")
    do { try FileManager.default.createDirectory(at: volumes, withIntermediateDirectories: true) } catch {
      throw EvaluationError(.unwritable, output.path, "the folder cannot be made: \(error.localizedDescription)")
    }
    let recipe = try EvaluationRecipe(settings, model: model)
    let recipeDigest = try recipe.digest
    let distance = try settings.perceptualWeights.map { try PerceptualDistance(weights: $0, engine: model.engine) }
    let calibration = try settings.calibration.map { try UncertaintyCalibration(contentsOf: $0) }
    if let calibration, calibration.conditions.samples != settings.upscaling.samples {
      throw EvaluationError(
        .invalidSetting, "--calibration",
        "was fitted for \(calibration.conditions.samples) samples, and --samples asks for \(settings.upscaling.samples). Take as many."
      )
    }
    var records: [VolumeRecord] = []
    var failures: [(name: String, reason: String)] = []
    for (number, scan) in scans.enumerated() {
      do {
        let file = volumes.appendingPathComponent(scan.name + ".json")
        let keeping = keepsFiles ? output.appendingPathComponent("kept/\(scan.name)") : nil
        let source = try sourceDigest(of: scan)
        if let known = VolumeRecord.read(from: file), known.recipe == recipeDigest, known.source == source,
          keeping.map(KeptFiles.isComplete) ?? true
        {
          try report(.note("\(scan.name): taken from its record."))
          records.append(known)
          continue
        }
        try report(.started(name: scan.name, number: number + 1, of: scans.count))
        let work = ScanEvaluation(
          scan: scan, settings: settings, model: model, distance: distance, calibration: calibration, keeping: keeping,
          picture: volumes.appendingPathComponent(scan.name + ".png"))
        if let record = try work.run(recipe: recipeDigest, source: source, progress: { try report(.progress($0)) }) {
          if record.slices.isEmpty {
            failures.append((scan.name, "no chosen slice has any foreground (\(record.foreground))."))
          } else {
            try record.write(to: file)
            records.append(record)
          }
          for warning in record.warnings { try report(.warning("\(scan.name): \(warning)")) }
        } else {
          try report(.note("\(scan.name): the list of slices has nothing for it."))
        }
        try report(.finished(name: scan.name))
      } catch let error where Self.concernsOneScan(error) {
        failures.append((scan.name, "\(error)"))
      }
    }
    guard !records.isEmpty else {
      let reasons = failures.prefix(10).map { "\n  - \($0.name): \($0.reason)" }.joined()
      throw EvaluationError(
        .noData, "evaluation",
        "none of \(scans.count) scans could be evaluated" + (reasons.isEmpty ? "." : ":" + reasons))
    }
    return (EvaluationReport(records: records, recipe: recipe), failures)
  }

  /// The others may still be evaluated.
  private static func concernsOneScan(_ error: any Error) -> Bool {
    if let error = error as? VolumeError { return error.code != .diskFull && error.code != .unwritable }
    if let error = error as? EvaluationError { return error.code != .unwritable }
    return error is SuperResolutionError
  }

  /// Of the files' bytes and of what was chosen from them.
  private func sourceDigest(of scan: EvaluationScan) throws -> String {
    var text = "\(scan.name)\n\(scan.subject)\n"
    for found in [scan.high, scan.low].compactMap(\.self) {
      text += "\(found.series ?? "") " + (try FileDigest.sha256(of: found.files)) + "\n"
    }
    switch settings.selection {
    case .every(let step): text += "every \(step)"
    case .listed(let lists): text += "slices \(lists[scan.name] ?? lists[scan.subject] ?? [])"
    }
    return FileDigest.sha256(ofText: text)
  }
}

extension EvaluationRecipe {
  /// SHA-256 of its JSON.
  var digest: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      return FileDigest.sha256(ofText: String(decoding: try encoder.encode(self), as: UTF8.self))
    }
  }
}

extension EvaluationScan {
  /// SHA-256 of the truth's files.
  var digest: String {
    get throws { try FileDigest.sha256(of: high.files) }
  }
}
