import Foundation
import SuperResolution
import Volumes

/// The scans that a training learns from and those that it is validated with.
struct TrainingSet: Sendable {
  let training: [TrainingVolume]
  let validation: [TrainingVolume]
  /// What was skipped, and why.
  let skipped: [String]

  /// Reads all scans.
  ///
  /// - Parameters:
  ///   - folder: what relative paths start from.
  ///   - report: called with each file as it is read.
  /// - Throws: `TrainingError` when nothing is left to learn from, or a path does not exist; what `checkpoint` throws.
  init(
    _ configuration: TrainingConfiguration, relativeTo folder: URL, checkpoint: () throws -> Void = {},
    report: (String) -> Void = { _ in }
  ) throws {
    let data = configuration.data
    let (known, unusable) = try Self.scans(data.train, folder, key: "data.train")
    let (apart, alsoUnusable) = try Self.scans(data.validation, folder, key: "data.validation")
    var skipped = unusable + alsoUnusable
    func read(_ scans: [FoundScan]) throws -> [TrainingVolume] {
      try scans.compactMap { scan in
        try checkpoint()
        report(scan.url.lastPathComponent)
        do {
          let volume = try TrainingVolume(scan.url, series: scan.series, subject: scan.subject, data: data)
          let patch = max(configuration.encoder.patch, configuration.predictor.patch)
          let fits = volume.axes.contains { axis in
            let size = volume.sliceSize(across: axis)
            return min(size.width, size.height) >= patch
          }
          if fits { return volume }
          skipped.append("\(scan.url.path): its slices are smaller than a patch of \(patch)×\(patch)")
        } catch let error as VolumeError {
          skipped.append("\(error)")
        } catch let error as TrainingError where error.code == .noData {
          skipped.append("\(error)")
        }
        return nil
      }
    }
    let volumes = try read(known)
    var training = volumes
    var validation = try read(apart)
    if data.validation.isEmpty && data.validationSubjects > 0 {
      let chosen = Self.chosen(data.validationSubjects, of: volumes.map(\.subject), seed: configuration.seed)
      training = volumes.filter { !chosen.contains($0.subject) }
      validation = volumes.filter { chosen.contains($0.subject) }
    } else {
      // A subject that is named on both sides validates nothing.
      let subjects = Set(validation.map(\.subject))
      let both = volumes.filter { subjects.contains($0.subject) }
      skipped += both.map { "\($0.url.path): its subject \($0.subject) is kept for validation" }
      training = volumes.filter { !subjects.contains($0.subject) }
    }
    guard !training.isEmpty else {
      let reasons = skipped.prefix(10).map { "\n  - \($0)" }.joined()
      throw TrainingError(
        .noData, "data.train",
        "holds no scan to learn from: \(known.count) scans were found in \(data.train.joined(separator: ", "))"
          + (volumes.isEmpty ? "" : ", and all of them are kept for validation")
          + (reasons.isEmpty ? ". Name folders or files of NIfTI or DICOM volumes." : ":\(reasons)"))
    }
    self.training = training
    self.validation = validation
    self.skipped = skipped
  }

  /// `count` of the subjects, by the seed alone, never all of them.
  static func chosen(_ count: Int, of subjects: [String], seed: UInt64) -> Set<String> {
    var all = Set(subjects).sorted()
    var random = KeyedRandom(seed: seed, .split)
    all.shuffle(using: &random)
    return Set(all.prefix(max(0, min(count, all.count - 1))))
  }

  private static func scans(_ paths: [String], _ folder: URL, key: String) throws -> (
    scans: [FoundScan], skipped: [String]
  ) {
    let urls = paths.map { URL(fileURLWithPath: $0, relativeTo: folder).standardizedFileURL }
    if let missing = urls.first(where: { !FileManager.default.fileExists(atPath: $0.path) }) {
      throw TrainingError(.noData, missing.path, "there is no such file or folder. Correct \(key).")
    }
    let search = try ScanSearch(urls)
    return (search.scans, search.skipped)
  }
}
