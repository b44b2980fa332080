import Foundation
import Volumes

/// Every file that an upscale reads or makes, so that no two of them fall together.
enum OutputNames {
  /// The files of an output, by role.
  static func all(of job: UpscaleJob, source: UpscaleSource) -> [(role: String, url: URL)] {
    var files = [("the output", job.output), ("its sidecar", Sidecar.url(beside: job.output))]
    if !source.isDicom, OutputForm(job.output) == .nifti {
      let carried = BidsSidecar(beside: job.input).outputs(beside: job.output).filter { $0.pathExtension != "json" }
      files += carried.map { ("its .\($0.pathExtension) file", $0) }
    }
    if let url = job.uncertainty { files.append(("--uncertainty", url)) }
    if let url = job.preview { files.append(("--preview", url)) }
    if let folder = job.samplesFolder {
      files += (1...job.settings.samples).map { ("sample \($0)", sample($0, of: job, in: folder)) }
    }
    return files
  }

  /// Outputs that would lie inside a folder that is to hold the DICOM files of another and nothing else: a sentence for each.
  static func nested(_ files: [(role: String, url: URL)]) -> [String] {
    let folders = files.filter { ["the output", "--uncertainty"].contains($0.role) && OutputForm($0.url) == .dicom }
    return files.flatMap { file in
      folders.compactMap { folder in
        identity(file.url).hasPrefix(identity(folder.url) + "/")
          ? "\(file.url.path): \(file.role) would lie inside \(folder.url.path), which is to hold DICOM files alone. Name a "
            + "place outside of it."
          : nil
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
}
