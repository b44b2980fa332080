import Foundation
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
    let (known, unusable) = try Self.scans(data.train, folder)
    let (apart, alsoUnusable) = try Self.scans(data.validation, folder)
    var skipped = unusable + alsoUnusable
    func read(_ scans: [Scan]) throws -> [TrainingVolume] {
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

  struct Scan {
    let url: URL
    let subject: String
    /// Which series, for a folder of DICOM slices.
    var series: String?
  }

  /// Files, and series of DICOM slices, below the given paths, sorted, each once; and what cannot be used.
  static func scans(_ paths: [String], _ folder: URL) throws -> (scans: [Scan], skipped: [String]) {
    var files: [String: Scan] = [:]
    var dicomFolders: Set<String> = []
    for path in paths {
      let url = URL(fileURLWithPath: path, relativeTo: folder).standardizedFileURL
      for file in try Self.files(under: url) {
        guard let format = try? VolumeFormat.detect(file) else { continue }
        switch format {
        case .nifti1, .nifti2:
          // The image half of a pair is read by way of its header.
          if file.pathExtension == "img" { continue }
          files[file.path] = Scan(url: file, subject: subject(of: file))
        case .dicomFile: dicomFolders.insert(file.deletingLastPathComponent().path)
        default: continue
        }
      }
    }
    var skipped: [String] = []
    var all = files.values.sorted { $0.url.path < $1.url.path }
    // An archive is read to the bottom: folders within folders belong to the outermost.
    for path in dicomFolders.sorted() where !dicomFolders.contains(where: { path.hasPrefix($0 + "/") }) {
      let url = URL(fileURLWithPath: path)
      let archive = try DicomArchive.scan(url)
      skipped += archive.damaged.map { "\(path): \($0)" }
      for series in archive.series {
        if series.isUsable {
          all.append(Scan(url: url, subject: subject(of: url), series: series.selector))
        } else {
          skipped.append("\(path): \(series.summary): \(series.suitability.sentence ?? "cannot be used")")
        }
      }
    }
    return (all, skipped)
  }

  /// Everything that is not hidden.
  private static func files(under url: URL) throws -> [URL] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw TrainingError(.noData, url.path, "there is no such file or folder. Correct data.train or data.validation.")
    }
    guard isFolder.boolValue else { return [url] }
    let names = FileManager.default.subpaths(atPath: url.path) ?? []
    return names.filter { !$0.split(separator: "/").contains { $0.hasPrefix(".") } }.map {
      url.appendingPathComponent($0)
    }
  }

  /// The name's `sub-…` part as BIDS has it, in the file's name or in a folder's above it; else the file's name without extensions.
  static func subject(of file: URL) -> String {
    for part in file.pathComponents.reversed() {
      if part.hasPrefix("sub-") { return String(part.prefix { $0 != "_" && $0 != "." }) }
    }
    return String(file.lastPathComponent.prefix { $0 != "." })
  }
}
