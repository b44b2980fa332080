import Foundation
import ImageQuality
import Neural
import SuperResolution
import Volumes

/// Fits a calibration on scans that neither training nor test saw, one after the other; a scan that was scored before is taken from
/// its file in `work`.
package struct Calibrating {
  package let scans: [EvaluationScan]
  package let settings: EvaluationSettings
  package let model: LoadedModel
  /// Where scored scans are kept; made where it does not exist.
  package let work: URL
  /// Slices per scan; `nil` for all with tissue.
  package var slices: Int?
  /// Of how many sites the scans come.
  package var sites = 1

  package init(scans: [EvaluationScan], settings: EvaluationSettings, model: LoadedModel, work: URL) {
    self.scans = scans
    self.settings = settings
    self.model = model
    self.work = work
  }

  /// Fewer subjects leave the factors to chance.
  package static let advisableSubjects = 10

  /// - Parameter report: called often; what it throws ends the work and comes out here. Scored scans stay.
  /// - Throws: `EvaluationError` where scans cannot be used or are known from training.
  package func run(report: (Evaluation.Event) throws -> Void = { _ in }) throws -> UncertaintyCalibration {
    do { try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true) } catch {
      throw EvaluationError(.unwritable, work.path, "the folder cannot be made: \(error.localizedDescription)")
    }
    let digests = try scans.map { try $0.digest }
    try refuseWhatIsKnown(digests, report: report)
    var scored: [CalibrationPairs] = []
    for (number, (scan, digest)) in zip(scans, digests).enumerated() {
      let prepared = try CalibrationScan(scan, settings: settings, model: model, slices: slices, digest: digest) {
        try report(.progress(0))
      }
      let file = work.appendingPathComponent("\(scan.name).safetensors")
      if let known = CalibrationPairs(contentsOf: file), known.conditions == prepared.conditions,
        known.subject.sha256 == digest, known.subject.slices == prepared.slices
      {
        try report(.note("\(scan.name): taken from \(file.path)."))
        scored.append(known)
      } else {
        try report(.started(name: scan.name, number: number + 1, of: scans.count))
        let pairs = try prepared.pairs { try report(.progress($0)) }
        try pairs.write(to: file)
        scored.append(pairs)
        try report(.finished(name: scan.name))
      }
      for warning in prepared.pair.warnings { try report(.warning("\(scan.name): \(warning)")) }
    }
    let conditions = try common(of: scored)
    let groups = Dictionary(grouping: scored, by: \.subject.name).sorted { $0.key < $1.key }
    if groups.count < Self.advisableSubjects {
      try report(
        .warning(
          "\(groups.count) subject\(groups.count == 1 ? "" : "s"): the assured factor holds for a new one with probability \(groups.count)/\(groups.count + 1). Take \(Self.advisableSubjects) or more."
        ))
    }
    let fit = CalibrationFit(
      subjects: groups.map { CalibrationFit.Subject($0.key, $0.value) }, sampleCount: conditions.samples,
      checkpoint: {})
    return try fit.calibration(
      conditions: conditions, degradation: settings.degradation.text(scale: model.scale), sites: sites,
      scans: groups.map { Self.subject($0.key, $0.value) })
  }

  /// Several scans of one subject are one draw.
  private static func subject(_ name: String, _ scans: [CalibrationPairs]) -> UncertaintyCalibration.Subject {
    .init(
      name: name, sha256: scans.map(\.subject.sha256).joined(separator: " "), slices: scans.flatMap(\.subject.slices),
      voxels: scans.reduce(0) { $0 + $1.subject.voxels })
  }

  private func common(of scored: [CalibrationPairs]) throws -> CalibrationConditions {
    let first = scored[0]
    for other in scored.dropFirst() {
      let differences = other.conditions.differences(from: first.conditions)
      guard differences.isEmpty, other.conditions == first.conditions else {
        throw EvaluationError(
          .invalidList, other.subject.name,
          "does not belong with \(first.subject.name): \(differences.joined(separator: "; ")). A calibration holds for one kind of scan; make one for each."
        )
      }
    }
    return first.conditions
  }

  /// What a model has learned from says nothing about how wrong it is elsewhere.
  private func refuseWhatIsKnown(_ digests: [String], report: (Evaluation.Event) throws -> Void) throws {
    guard let list = try SafetensorsFile(contentsOf: model.url).metadata[Self.trainingScansKey] else {
      return try report(
        .warning(
          "the model does not say which scans it has learned from: make sure that none of these is among them."))
    }
    let known = Set(list.split(separator: " ").map(String.init))
    let seen = zip(scans, digests).filter { known.contains(String($1.prefix(Self.trainingDigits))) }.map(\.0.name)
    guard seen.isEmpty else {
      throw EvaluationError(
        .invalidList, "calibration",
        "the model has learned from \(seen.joined(separator: ", ")). Leave out what training or its validation saw.")
    }
  }

  /// In a model's metadata: the first digits of the SHA-256 of each scan that training read.
  static let trainingScansKey = "training_scans"
  static let trainingDigits = 16
}
