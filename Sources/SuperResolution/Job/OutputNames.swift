import Foundation
import Volumes

/// Which names an output takes, and whether it may have them.
enum OutputNames {
  /// A name that cannot be had, and why.
  struct Problem {
    let code: SuperResolutionError.Code
    let sentence: String
  }

  /// Looks at every name before any work is done: no two outputs fall together, none falls on the input, none exists.
  static func problems(of plan: OutputPlan, job: UpscaleJob, source: UpscaleSource) -> [Problem] {
    var problems: [Problem] = []
    var seen = Dictionary(
      ofInput(job.input, files: source.files, isDicom: source.isDicom).map { ($0, "the input") },
      uniquingKeysWith: { first, _ in first })
    let volumes = plan.volumes.map { (name: $0.role.name, url: $0.url, isFolder: $0.form == .dicom) }
    let files = volumes + plan.files.map { ($0.name, $0.url, false) }
    let read = source.files + (source.series?.files ?? [])
    for (role, url, isFolder) in files {
      if isFolder, read.contains(where: { identity($0).hasPrefix(identity(url) + "/") }) {
        problems.append(
          Problem(
            code: .unwritable,
            sentence: "\(url.path): holds files that this run reads. Name another folder for \(role)."))
      }
      for name in parts(of: url) {
        if let other = seen.updateValue(role, forKey: name) {
          problems.append(
            Problem(
              code: .unwritable,
              sentence: "\(url.path): \(role) and \(other) would be the same file. Give each a name of its own."))
        }
      }
      let folderMayBeMade = url.deletingLastPathComponent().path == job.samplesFolder?.path
      if let problem = obstacle(
        to: url, isFolder: isFolder, overwrite: job.overwrite, folderMayBeMade: folderMayBeMade)
      {
        problems.append(problem)
      }
    }
    return problems + nested(files)
  }

  /// A folder of DICOM files is to hold them and nothing else.
  private static func nested(_ files: [(name: String, url: URL, isFolder: Bool)]) -> [Problem] {
    files.flatMap { file in
      files.filter { $0.isFolder && identity(file.url).hasPrefix(identity($0.url) + "/") }.map { folder in
        Problem(
          code: .unwritable,
          sentence:
            "\(file.url.path): \(file.name) would lie inside \(folder.url.path), which is to hold DICOM files alone. "
            + "Name a place outside of it.")
      }
    }
  }

  /// What the input consists of: its files, the other half of a pair, and its sidecars.
  static func ofInput(_ input: URL, files: [URL], isDicom: Bool) -> Set<String> {
    var all = Set((files + [input]).map(identity))
    guard !isDicom else { return all }
    all.formUnion(parts(of: input))
    all.formUnion(["json", "bval", "bvec"].map { identity(BidsSidecar.neighbour(of: input, $0)) })
    return all
  }

  /// The names that a NIfTI output of this name takes: both halves of a pair.
  static func parts(of url: URL) -> [String] {
    var stem = url
    let packing = stem.pathExtension.lowercased() == "gz" ? stem.pathExtension : nil
    if packing != nil { stem.deletePathExtension() }
    guard ["hdr", "img"].contains(stem.pathExtension.lowercased()) else { return [identity(url)] }
    let isUpper = stem.pathExtension == stem.pathExtension.uppercased()
    return ["hdr", "img"].map { kind in
      let half = stem.deletingPathExtension().appendingPathExtension(isUpper ? kind.uppercased() : kind)
      return identity(packing.map { half.appendingPathExtension($0) } ?? half)
    }
  }

  /// Samples are NIfTI, whatever the output is; packed unless the output is a plain `.nii`.
  static func sample(_ number: Int, of job: UpscaleJob, in folder: URL) -> URL {
    let ending = job.output.lastPathComponent.hasSuffix(".nii") ? "nii" : "nii.gz"
    let digits = String(job.settings.samples).count
    let padded = String(repeating: "0", count: digits - String(number).count) + String(number)
    return folder.appendingPathComponent("sample-\(padded).\(ending)")
  }

  private static func identity(_ url: URL) -> String { url.standardizedFileURL.resolvingSymlinksInPath().path }

  private static func obstacle(to url: URL, isFolder: Bool, overwrite: Bool, folderMayBeMade: Bool) -> Problem? {
    let files = FileManager.default
    var isThere: ObjCBool = false
    if files.fileExists(atPath: url.path, isDirectory: &isThere) {
      // Whether a folder may take a series is for its writer to say.
      if isThere.boolValue, isFolder { return nil }
      if isThere.boolValue { return Problem(code: .unwritable, sentence: "\(url.path): is a folder; name a file.") }
      return overwrite
        ? nil : Problem(code: .outputExists, sentence: "\(url.path): exists. Pass --overwrite to replace it.")
    }
    let folder = url.deletingLastPathComponent()
    guard files.fileExists(atPath: folder.path, isDirectory: &isThere) else {
      return folderMayBeMade
        ? nil : Problem(code: .unwritable, sentence: "\(url.path): its folder does not exist. Create it first.")
    }
    if !isThere.boolValue {
      return Problem(code: .unwritable, sentence: "\(url.path): \(folder.path) is not a folder.")
    }
    return files.isWritableFile(atPath: folder.path)
      ? nil : Problem(code: .unwritable, sentence: "\(url.path): its folder may not be written to.")
  }
}
